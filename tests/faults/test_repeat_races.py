"""One POST from many clients at once with one Idempotency-Key: one effect, one answer."""

import pytest

from app.kit.idempotency import IdempotentAnswer
from app.licensing.models import LicenseKey

pytestmark = pytest.mark.fault

CLIENTS = 16


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
