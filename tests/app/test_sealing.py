"""Of every code there are a digest, a hint and a copy that only its own row opens; nothing else."""

import json
from collections.abc import Iterator
from itertools import permutations

import pytest
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.coupons.models import Coupon
from app.kit.signing.keyring import CannotOpenError
from app.licensing.models import LicenseKeyCode
from app.licensing.schemas import ImportKeys, RotateKey
from app.licensing.service.imports import import_keys
from app.licensing.service.lifecycle import rotate
from tests.factories.contents import contents
from wire import codes

OLD = "AAAA1111BBBB2222CCCC"


@pytest.fixture
def given(world, session) -> list[codes.Code]:
    """Codes from every place that makes or takes them: issue, rotation, import, generation."""
    spare, issued = world.another_key()
    because = RotateKey(reason="Утечка ключа")
    rotated = rotate(session, world.vendor.id, spare.id, because, actor=SYSTEM).code
    wish = {"keys": [{"code": OLD, "customer_id": world.customer.id}]}
    import_keys(session, world.vendor.id, ImportKeys.model_validate(wish), actor=SYSTEM)
    coupons = world.coupon(count=3)
    session.commit()
    ours = [codes.normalise(text, codes.CodeKind.KEY) for text in (world.code, issued, rotated)]
    made = [codes.normalise(text, codes.CodeKind.COUPON) for text in coupons]
    return [*ours, codes.normalise_legacy(OLD), *made]


def rows(session) -> Iterator[LicenseKeyCode | Coupon]:
    yield from session.scalars(select(LicenseKeyCode))
    yield from session.scalars(select(Coupon))


def test_each_row_opens_its_own_copy(given, session):
    by_digest = {code.digest: code for code in given}
    found = list(rows(session))
    assert {row.digest for row in found} == by_digest.keys()
    for row in found:
        opened = session.kit.keyring.open_code(row.vendor_id, row.id, row.cipher)
        assert opened == by_digest[row.digest].text
        assert row.hint == by_digest[row.digest].hint


def test_no_row_opens_the_copy_of_another(given, session):
    assert len(given) == 7
    for row, other in permutations(rows(session), 2):
        with pytest.raises(CannotOpenError):
            session.kit.keyring.open_code(row.vendor_id, row.id, other.cipher)


def test_nothing_of_them_is_kept_in_clear(given, connection):
    kept = json.dumps(contents(connection), ensure_ascii=False)
    for code in given:
        assert code.hint in kept
        for text in (code.text, code.text.replace("-", "")):
            assert text not in kept
            assert text.encode().hex() not in kept
