"""Issuing keys, and knowing who shows one."""

import hashlib

import pytest
from sqlalchemy import select, update

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.kit.problems import NotFound, TokenInvalid
from app.licensing.models import LicenseKeyCode
from app.licensing.problems import KeyMalformed, KeyNotFound, KeyRevoked
from app.licensing.schemas import IssueKey
from app.licensing.service import keys
from app.licensing.service.keys import Caller, identify
from tests.factories.world import make_world
from wire import codes

UNKNOWN = "DEMO-ABEKM-HCTPX-01234-567C7"


def test_of_a_key_only_digest_and_hint_are_kept(world, session):
    [row] = session.scalars(select(LicenseKeyCode))
    assert row.digest == hashlib.sha256(world.code.encode("ascii")).digest()
    assert row.hint == world.key.hint == f"DEMO-…-{world.code[-5:]}"
    assert (row.kind, row.expires_at) == ("native", None)


def test_a_fresh_key_is_active_empty_and_has_one_event(world, session):
    assert (world.key.status, world.key.rights_version) == ("active", 0)
    event = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == world.key.id)).one()
    assert (event.action, event.subject_label) == ("license_key.issued", world.key.hint)


def test_a_key_bears_its_vendor_s_prefix(session):
    assert make_world(session, "OTHR").code.startswith("OTHR-")


def test_a_key_is_not_issued_to_another_vendor_s_customer(world, session):
    other = make_world(session, "OTHR")
    with pytest.raises(NotFound):
        keys.issue(session, world.vendor.id, IssueKey(customer_id=other.customer.id), actor=SYSTEM)


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: f"  {code.replace('-', ' — ')} "])
def test_a_key_is_known_however_it_is_typed(world, session, typed):
    principal = identify(session, typed(world.code), Caller("192.0.2.0/24", "agent", "12345678"))
    assert (principal.vendor_id, principal.key_id) == (world.vendor.id, world.key.id)
    assert principal.customer_id == world.customer.id
    assert (principal.actor.kind, principal.actor.label) == ("installer", world.key.hint)
    assert (principal.actor.ip, principal.actor.request_id) == ("192.0.2.0/24", "12345678")
    assert principal.infobase_uid is None


def test_a_typo_is_not_looked_up(session, statements):
    with pytest.raises(KeyMalformed), statements() as run:
        identify(session, UNKNOWN[:-1] + "8", Caller())
    assert not any("digest" in statement for statement in run)


def test_a_coupon_in_place_of_a_key_is_named(session):
    coupon = codes.new_code(codes.CodeKind.COUPON, "DEMO").text
    with pytest.raises(KeyMalformed) as refused:
        identify(session, coupon, Caller())
    assert refused.value.params == {"given": "coupon"}


def test_an_unknown_key_and_an_unknown_token_are_refused(world, session):
    assert world.code != UNKNOWN
    with pytest.raises(KeyNotFound):
        identify(session, UNKNOWN, Caller())
    with pytest.raises(TokenInvalid):
        identify(session, "pki_" + "A" * 43, Caller())


@pytest.mark.usefixtures("noon")
def test_a_replaced_code_works_to_its_last_moment(world, session, connection, clock):
    connection.execute(update(LicenseKeyCode).values(expires_at=clock()))
    session.expire_all()
    with pytest.raises(KeyRevoked):
        identify(session, world.code, Caller())
    clock.pass_(microseconds=-1)
    assert identify(session, world.code, Caller()).key_id == world.key.id


def test_a_token_names_its_infobase(world, session, installer):
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon)
    activation = installer.activate().json()["activation"]
    principal = identify(session, installer.token, Caller())
    assert str(principal.activation_id) == activation["id"]
    assert str(principal.infobase_uid) == installer.infobase["id"]
    assert principal.key_id == world.key.id
