"""Keys of another system, and finding them by their old codes."""

import hashlib
import uuid

import pytest
from sqlalchemy import func, select

from app.audit.actor import SYSTEM, Caller
from app.audit.models import AuditEvent
from app.kit.problems import ValidationFailed
from app.licensing.models import LicenseKey, LicenseKeyCode
from app.licensing.problems import KeyCodeExists, KeyMalformed, KeyNotFound, KeyRevoked
from app.licensing.schemas import ImportKeys, RotateKey
from app.licensing.service import keys, lifecycle
from app.licensing.service.imports import import_keys
from app.licensing.service.keys import identify
from tests.factories.world import make_world
from wire.codes import CodeKind, new_code

OLD = "MIKO-0O1IL-UUUUU-ABCDE-12345"  # symbols that no code of ours has
PLAIN = OLD.replace("-", "")
TYPO = "DEMO-ABEKM-HCTPX-01234-567C8"
UNKNOWN = "DEMO-ABEKM-HCTPX-01234-567C7"


def brought(world, *codes, customer=None, **more):
    owner = str((customer or world.customer).id)
    told = [{"code": code, "customer_id": owner, **more} for code in codes]
    command = ImportKeys.model_validate({"keys": told})
    return import_keys(world.session, world.vendor.id, command, actor=SYSTEM)


def counted(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_a_key_keeps_its_old_code_as_a_legacy_one(world, session):
    [key] = brought(world, OLD, comment="Из старой системы")
    session.flush()
    row = session.scalars(select(LicenseKeyCode).where(LicenseKeyCode.key_id == key.id)).one()
    assert (row.kind, row.expires_at, row.hint) == ("legacy", None, "…-12345")
    assert row.digest == hashlib.sha256(PLAIN.encode()).digest()
    opened = session.kit.keyring.open_code(world.vendor.id, row.id, row.cipher)
    assert opened == PLAIN
    assert (key.customer_id, key.status, key.hint, key.comment) == (
        world.customer.id,
        "active",
        "…-12345",
        "Из старой системы",
    )


def test_each_key_has_its_event_without_its_code(world, session):
    brought(world, OLD, "A" * 16)
    session.commit()
    found = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "license_key.imported")
    ).all()
    assert [event.subject_label for event in found] == ["…-12345", "…-AAAAA"]
    assert {str(event.data) for event in found} == {str({"customer": world.customer.company})}


@pytest.mark.parametrize(
    "typed",
    [
        OLD,
        PLAIN.lower(),
        f"  {PLAIN[:8]} {PLAIN[8:]}\N{ZERO WIDTH SPACE}",
        OLD.replace("-", "—"),
        OLD.replace("A", "А").replace("E", "Е").replace("M", "М"),  # Cyrillic
    ],
)
def test_the_old_code_opens_the_key_however_it_is_typed(world, session, typed):
    [key] = brought(world, OLD)
    session.flush()
    assert identify(session, typed, Caller()).key_id == key.id
    assert keys.find(session, world.vendor.id, typed).id == key.id
    assert keys.on_behalf(session, world.vendor.id, typed, actor=SYSTEM).key_id == key.id


def test_letters_and_digits_that_look_alike_are_two_codes(world, session):
    zero, letter = brought(world, "0000000000000000", "OOOOOOOOOOOOOOOO")
    session.flush()
    assert identify(session, "0" * 16, Caller()).key_id == zero.id
    assert identify(session, "O" * 16, Caller()).key_id == letter.id


def test_another_vendor_s_old_code_is_not_found_for_this_one(world, session):
    other = make_world(session, "OTHR")
    brought(other, OLD)
    session.flush()
    assert keys.find(session, world.vendor.id, OLD) is None
    with pytest.raises(KeyNotFound):
        keys.on_behalf(session, world.vendor.id, OLD, actor=SYSTEM)


def test_without_old_codes_a_text_of_their_shape_is_a_typo(world, session, statements):
    for text in (TYPO, PLAIN):
        with pytest.raises(KeyMalformed), statements() as run:
            identify(session, text, Caller())
        asked = [each for each in run if not each.startswith("SAVEPOINT")]
        assert ["kind" in each and "digest" not in each for each in asked] == [True]
    for text in ("too short", "A" * 65, TYPO + "?"):
        with pytest.raises(KeyMalformed), statements() as run:
            identify(session, text, Caller())
        assert run == []
    assert world.code


def test_with_old_codes_a_text_of_their_shape_is_a_guess_that_counts(world, session):
    brought(world, OLD)
    session.flush()
    for text in (TYPO, "B" * 16, UNKNOWN):
        with pytest.raises(KeyNotFound):
            identify(session, text, Caller())
    with pytest.raises(KeyMalformed):
        identify(session, "too short", Caller())


def test_a_coupon_in_place_of_a_key_is_named_all_the_same(world, session):
    brought(world, OLD)
    session.flush()
    with pytest.raises(KeyMalformed) as refused:
        identify(session, new_code(CodeKind.COUPON, "DEMO").text, Caller())
    assert refused.value.params == {"given": "coupon"}


def test_a_key_of_ours_is_found_before_an_old_one(world, session, statements):
    brought(world, OLD)
    session.flush()
    with statements() as run:
        assert identify(session, world.code, Caller()).key_id == world.key.id
    assert len(run) == 1


def test_an_old_code_may_look_like_one_of_ours(world, session):
    lookalike = new_code(CodeKind.KEY, "MIKO").text
    [key] = brought(world, lookalike)
    session.flush()
    assert identify(session, lookalike, Caller()).key_id == key.id


def test_an_old_code_is_replaced_by_one_of_ours(world, session, clock):
    [key] = brought(world, OLD)
    session.flush()
    fresh = lifecycle.rotate(
        session, world.vendor.id, key.id, RotateKey(grace_hours=1, reason="Переходим"), actor=SYSTEM
    )
    session.flush()
    assert fresh.code.startswith("DEMO-")
    assert identify(session, OLD, Caller()).key_id == key.id
    clock.pass_(hours=2)
    with pytest.raises(KeyRevoked):
        identify(session, OLD, Caller())
    assert identify(session, fresh.code, Caller()).key_id == key.id


def test_a_code_that_is_there_already_stops_the_whole_import(world, session):
    brought(world, OLD)
    other = make_world(session, "OTHR")
    brought(other, "B" * 16)
    session.flush()
    before = counted(session, LicenseKey)
    for codes, places in (
        (["C" * 16, OLD.lower()], [1]),
        (["B" * 16, "C" * 16], [0]),
        (["C" * 16, "D" * 16, "cccc-cccc-cccc-cccc"], [0, 2]),
        (["C" * 16, world.code], [1]),
    ):
        with pytest.raises(KeyCodeExists) as refused:
            brought(world, *codes)
        assert refused.value.params == {"keys": places}
    assert counted(session, LicenseKey) == before


def test_what_is_wrong_with_a_row_is_told_by_its_place(world, session):
    other = make_world(session, "OTHR")
    archived = world.another_customer()
    archived.status = "archived"
    session.flush()
    coupon = new_code(CodeKind.COUPON, "DEMO").text
    rows = [
        (OLD, world.customer.id),
        ("A" * 15, world.customer.id),
        ("A" * 65, world.customer.id),
        ("КЛЮЧ" * 5, world.customer.id),
        (coupon, world.customer.id),
        ("B" * 16, other.customer.id),
        ("C" * 16, uuid.uuid4()),
        ("D" * 16, archived.id),
    ]
    told = [{"code": code, "customer_id": str(owner)} for code, owner in rows]
    with pytest.raises(ValidationFailed) as refused:
        import_keys(
            session, world.vendor.id, ImportKeys.model_validate({"keys": told}), actor=SYSTEM
        )
    assert [(error["pointer"], error["code"]) for error in refused.value.errors] == [
        *((f"/keys/{number}/code", "key_malformed") for number in range(1, 5)),
        *((f"/keys/{number}/customer_id", "no_customer") for number in range(5, 8)),
    ]
    assert session.scalar(select(LicenseKeyCode.id).where(LicenseKeyCode.kind == "legacy")) is None


def test_a_thousand_keys_cost_no_more_statements_than_ten(world, session, statements):
    costs = []
    for letter, many in (("A", 10), ("B", 1_000)):
        with statements() as run:
            brought(world, *(f"{letter}{number:015}" for number in range(many)))
        session.commit()
        costs.append(len(run))
    assert costs[1] <= costs[0] + 4
