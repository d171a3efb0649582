"""Seats of infobases that went silent: taken back only where a vendor says so."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Vendor
from app.audit.models import AuditEvent
from app.licensing.models import Activation, Entitlement, Transfer
from app.licensing.service.staleness import release_stale, vendors_that_release
from tests.factories.calls import YEAR
from tests.factories.clock import NOON

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def silent(world, session, installer, connection):
    """Two seats, one of them of an infobase that was seen 100 days ago."""
    [coupon] = world.coupon(operations=[YEAR])
    session.commit()
    installer.redeem(coupon).raise_for_status()
    installer.activate().raise_for_status()
    installer.beside().activate().raise_for_status()
    seat = connection.scalar(select(Activation.id).limit(1))
    long_ago = NOON - timedelta(days=100)
    connection.execute(
        update(Activation).where(Activation.id == seat).values(last_seen_at=long_ago)
    )
    return seat


def wanted(connection, days):
    connection.execute(update(Vendor).values(auto_release_after_days=days))


def test_by_default_nobody_loses_a_seat(world, session, silent):
    assert vendors_that_release(session) == []
    assert release_stale(session, world.vendor.id) == 0
    assert session.get_one(Activation, silent).status == "active"


def test_a_seat_unseen_for_longer_than_the_vendor_waits_comes_back(
    world, session, connection, silent
):
    wanted(connection, 99)
    assert vendors_that_release(session) == [world.vendor.id]
    assert release_stale(session, world.vendor.id) == 1
    session.commit()
    seat = connection.execute(select(Activation).where(Activation.id == silent)).one()
    assert (seat.status, seat.release_cause) == ("released", "stale")
    assert connection.scalar(select(Entitlement.active_count)) == 1
    assert connection.scalar(select(func.count(Transfer.id))) == 0
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (event.action, event.data["cause"]) == ("activation.released", "stale")
    assert release_stale(session, world.vendor.id) == 0


def test_one_seen_on_the_last_day_keeps_its_seat(world, session, connection, silent):
    wanted(connection, 100)
    assert release_stale(session, world.vendor.id) == 0
    assert session.get_one(Activation, silent).status == "active"
