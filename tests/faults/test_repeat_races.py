"""One POST from many clients at once with one Idempotency-Key: one effect, one answer."""

import json

import pytest

from app.kit.idempotency import IdempotentAnswer
from app.licensing.models import LicenseKey
from tests.factories.automation import VENDOR_API, a_token

pytestmark = pytest.mark.fault

CLIENTS = 16


@pytest.fixture
def wish(stage):
    """A request for a fresh licence key, which no other answer than the first can tell."""
    with stage.acting() as world:
        token, customer = a_token(world.session, world.vendor.id), str(world.customer.id)

    def wish(key: int, comment: str = "") -> dict[str, str]:
        body = json.dumps({"customer_id": customer, "comment": comment})
        call = {"act": "post", "holder": token, "path": f"{VENDOR_API}/license-keys"}
        return call | {"key": f"K{key}", "body": body}

    return wish


def test_a_repeated_post_has_one_effect_and_one_answer(stage, race, rounds, wish):
    many, before = rounds(ci=25, campaign=100), stage.count(LicenseKey)
    for number in range(many):
        outcomes = race([wish(number)] * CLIENTS)
        assert outcomes.codes == {"OK": CLIENTS}
        assert (len(outcomes.ids), len(outcomes.fresh)) == (1, 1)
    assert stage.count(LicenseKey) - before == stage.count(IdempotentAnswer) == many
    assert stage.contradictions() == []


def test_another_post_under_the_same_key_is_refused_and_has_no_effect(stage, race, rounds, wish):
    many, before = rounds(ci=25, campaign=100), stage.count(LicenseKey)
    half = CLIENTS // 2
    for number in range(many):
        one, other = ([wish(number, comment)] * half for comment in ("один", "другой"))
        outcomes = race([*one, *other])
        assert outcomes.codes == {"OK": half, "IDEMPOTENCY_MISMATCH": half}
        assert (len(outcomes.ids), len(outcomes.fresh)) == (1, 1)
    assert stage.count(LicenseKey) - before == stage.count(IdempotentAnswer) == many
    assert stage.contradictions() == []
