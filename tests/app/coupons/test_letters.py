"""Coupons by mail: one, or a fresh batch of whoever made it."""

import pytest
from sqlalchemy import select

from app.accounts.problems import PermissionDenied
from app.audit.actor import SYSTEM, Actor, ActorKind
from app.audit.models import AuditEvent
from app.coupons.models import Coupon, CouponBatch
from app.coupons.schemas import SendCoupons
from app.coupons.service import letters
from app.kit.problems import SecretExpired, ValidationFailed

pytestmark = pytest.mark.usefixtures("noon")


def wish(world, **changes) -> SendCoupons:
    return SendCoupons(customer_id=world.customer.id, **changes)


def send_batch(world, actor=SYSTEM):
    batch = world.session.scalars(select(CouponBatch)).one()
    return letters.send_batch(world.session, world.vendor.id, batch.id, wish(world), actor=actor)


def actions(world) -> list[str]:
    return list(world.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def test_a_coupon_comes_with_what_it_does(world, box, work):
    [code] = world.coupon()
    coupon = world.session.scalars(select(Coupon)).one()
    letters.send_coupon(world.session, world.vendor.id, coupon.id, wish(world), actor=SYSTEM)
    world.session.commit()
    work()
    assert code in box.text()
    assert "Складской помощник" in box.text()
    assert box.letters[0]["Subject"] == "ООО «DEMO»: купон"
    assert actions(world)[-1] == "coupon.sent"


def test_a_batch_comes_in_one_letter(world, box, work):
    codes = world.coupon(3)
    send_batch(world)
    world.session.commit()
    assert work() == 1
    assert [code for code in codes if code not in box.text()] == []
    assert actions(world)[-1] == "coupon_batch.sent"
    told = world.session.scalars(select(AuditEvent.data)).all()
    assert [code for code in codes if code in str(told)] == []


@pytest.mark.usefixtures("box")
def test_only_its_maker_sends_a_batch_and_only_for_a_day(world, clock):
    world.coupon(3)
    stranger = Actor(ActorKind.SYSTEM, "podkluch (somebody else)")
    with pytest.raises(PermissionDenied):
        send_batch(world, stranger)
    clock.pass_(hours=25)
    with pytest.raises(SecretExpired):
        send_batch(world)


@pytest.mark.usefixtures("box")
def test_a_letter_holds_at_most_a_hundred_codes(world):
    world.coupon(101)
    with pytest.raises(ValidationFailed):
        send_batch(world)
