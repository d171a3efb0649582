"""Showing a full code again: with a reason, on record, and only while MASTER opens it."""

import uuid

import pytest
from sqlalchemy import select, update

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.coupons.models import Coupon
from app.coupons.service.coupons import reveal as reveal_coupon
from app.kit.fields import Reveal
from app.kit.problems import NotFound, SecretUnreadable
from app.licensing.models import LicenseKeyCode
from app.licensing.schemas import RotateKey
from app.licensing.service.lifecycle import rotate
from app.licensing.service.revealing import reveal

LOST = Reveal(cause="client_lost", reason="Клиент потерял письмо")


def last_event(session):
    session.commit()
    return session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()


def test_the_reveal_of_a_key_is_recorded_without_its_code(world, session):
    code = reveal(session, world.vendor.id, world.key.id, LOST, actor=SYSTEM)
    assert code == world.code
    event = last_event(session)
    assert (event.action, event.subject_id) == ("license_key.revealed", world.key.id)
    assert event.data == {"cause": "client_lost", "reason": "Клиент потерял письмо"}


def test_after_a_rotation_the_new_code_is_revealed(world, session):
    command = RotateKey(reason="Ключ попал в чужие руки")
    fresh = rotate(session, world.vendor.id, world.key.id, command, actor=SYSTEM).code
    assert fresh != world.code
    assert reveal(session, world.vendor.id, world.key.id, LOST, actor=SYSTEM) == fresh


def test_the_reveal_of_a_coupon_is_recorded_without_its_code(world, session):
    [code] = world.coupon()
    coupon = session.scalars(select(Coupon)).one()
    assert reveal_coupon(session, world.vendor.id, coupon.id, LOST, actor=SYSTEM) == code
    event = last_event(session)
    assert (event.action, event.subject_id) == ("coupon.revealed", coupon.id)
    assert code not in str(event.data)


@pytest.mark.parametrize("sealed", [None, b"", b"damaged" * 9])
def test_a_copy_that_does_not_open_is_said_so(world, session, sealed):
    session.execute(update(LicenseKeyCode).values(cipher=sealed))
    with pytest.raises(SecretUnreadable):
        reveal(session, world.vendor.id, world.key.id, LOST, actor=SYSTEM)
    [code] = world.coupon()
    coupon = session.scalars(select(Coupon)).one()
    session.execute(update(Coupon).values(cipher=sealed))
    session.refresh(coupon)
    with pytest.raises(SecretUnreadable):
        reveal_coupon(session, world.vendor.id, coupon.id, LOST, actor=SYSTEM)
    assert code


def test_a_key_or_coupon_of_nobody_does_not_exist(world, session):
    for show in (reveal, reveal_coupon):
        with pytest.raises(NotFound):
            show(session, world.vendor.id, uuid.uuid4(), LOST, actor=SYSTEM)
