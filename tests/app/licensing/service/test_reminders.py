"""Customers hear of an end fourteen days and one day before it, and once each."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Letter
from app.accounts.schemas import UpdateVendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.licensing.models import Entitlement
from app.licensing.service import reminders
from tests.factories.calls import Installer
from tests.factories.clock import TODAY

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def held(world, client) -> Entitlement:
    """A year of a product, which ends on 22 November 2027."""
    [coupon] = world.coupon()
    world.session.commit()
    Installer(client, world.code).redeem(coupon)
    return world.session.scalars(select(Entitlement)).one()


@pytest.fixture
def remind(world, work):
    """What a worker does in an hour; how many letters left."""

    def once() -> int:
        while reminders.remind(world.session, world.vendor.id):
            pass
        world.session.commit()
        return work()

    return once


def days_before(clock, held, days: int) -> None:
    clock.at += (held.valid_until - TODAY) - timedelta(days=days)


def test_two_letters_come_and_no_more(held, remind, clock, box):
    told = []
    days_before(clock, held, 16)
    for _ in range(18):
        told.append(remind())
        told.append(remind())
        clock.pass_(days=1)
    assert [at // 2 for at, count in enumerate(told) if count] == [2, 15]
    first, second = (letter["Subject"] for letter in box.letters)
    assert first == second == "ООО «DEMO»: «Складской помощник» — срок до 22.11.2027"
    assert "последний день завтра" in box.text()


def test_the_letter_names_the_key_by_its_hint(held, remind, clock, box, world):
    days_before(clock, held, 14)
    remind()
    assert world.key.hint in box.text()
    assert world.code not in box.text()
    assert "осталось дней: 14" in box.text()


def test_a_renewed_term_gets_no_second_letter(held, remind, clock, box, world, client):
    days_before(clock, held, 14)
    assert remind() == 1
    [coupon] = world.coupon()
    world.session.commit()
    Installer(client, world.code).redeem(coupon)
    clock.pass_(days=13)
    assert remind() == 0
    assert len(box.letters) == 1


def test_a_renewal_between_queue_and_worker_sends_nothing(held, clock, box, world, client, work):
    days_before(clock, held, 14)
    reminders.remind(world.session, world.vendor.id)
    [coupon] = world.coupon()
    world.session.commit()
    Installer(client, world.code).redeem(coupon)
    work()
    assert box.letters == []
    assert world.session.scalars(select(Letter.error)).one() == "OUTDATED"


@pytest.mark.usefixtures("box")
def test_a_term_that_was_short_from_the_start_waits_for_its_last_day(world, remind, client):
    operation = {"product": world.product.code, "term": {"days": 10}, "seats": 3}
    [coupon] = world.coupon(operations=[operation])
    world.session.commit()
    Installer(client, world.code).redeem(coupon)
    assert remind() == 0


@pytest.mark.usefixtures("box")
def test_a_vendor_may_switch_reminders_off(held, world, session):
    assert held
    assert reminders.vendors_that_remind(session) == [world.vendor.id]
    off = UpdateVendor(expiry_reminders=False)
    accounts.update_vendor(session, world.vendor, off, actor=SYSTEM)
    assert reminders.vendors_that_remind(session) == []


def test_nobody_reminds_without_a_mail_server(held, session):
    assert held
    assert reminders.vendors_that_remind(session) == []


@pytest.mark.usefixtures("box")
def test_each_reminder_is_history(held, remind, clock, session):
    days_before(clock, held, 1)
    remind()
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "entitlement.reminded")
    ).one()
    assert (event.subject_id, event.data["step"]) == (held.id, 1)
