"""Making a vendor."""

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.accounts import queries
from app.accounts.models import Vendor
from app.accounts.problems import VendorExists
from app.accounts.schemas import CreateVendor
from app.accounts.service import create_vendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.kit.db import new_id
from app.kit.problems import NotFound


def made(session, slug="vector", prefix="VECT", **more):
    command = CreateVendor(slug=slug, name="ООО «Вектор»", prefix=prefix, **more)
    return create_vendor(session, command, actor=SYSTEM)


def test_a_vendor_starts_active_in_moscow_and_in_russian(session):
    vendor = made(session)
    session.commit()
    session.expire_all()
    assert (vendor.status, vendor.time_zone, vendor.locale) == ("active", "Europe/Moscow", "ru")
    assert (vendor.expiring_days, vendor.coupon_batch_max) == (14, 10_000)


def test_its_chain_begins_with_its_own_creation(session):
    vendor = made(session)
    session.commit()
    [event] = session.scalars(select(AuditEvent).where(AuditEvent.vendor_id == vendor.id))
    assert (event.seq, event.action, event.subject_label) == (1, "vendor.created", "ООО «Вектор»")


@pytest.mark.parametrize(("slug", "prefix"), [("vector", "OTHR"), ("other", "VECT")])
def test_a_slug_and_a_prefix_are_taken_once(session, slug, prefix):
    made(session)
    with pytest.raises(VendorExists):
        made(session, slug, prefix)
    session.commit()
    assert len(session.scalars(select(Vendor)).all()) == 1


@pytest.mark.parametrize("prefix", ["DEM", "DEMOS", "demo", "DЕMO", "DEM0", "DEMO\n", ""])
def test_a_prefix_is_four_latin_capitals(prefix):
    with pytest.raises(ValidationError):
        CreateVendor(slug="vector", name="Вектор", prefix=prefix)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../../etc/passwd", "Europe", "", "/"])
def test_a_time_zone_is_one_that_exists(zone):
    with pytest.raises(ValidationError):
        CreateVendor(slug="vector", name="Вектор", prefix="VECT", time_zone=zone)


def test_a_vendor_is_found_by_its_slug_in_any_case(session):
    vendor = made(session)
    assert queries.vendor_by_slug(session, "VECTOR").id == vendor.id
    assert queries.any_vendor(session)


def test_an_absent_vendor_is_not_found(session):
    assert not queries.any_vendor(session)
    with pytest.raises(NotFound):
        queries.vendor(session, new_id())
    with pytest.raises(NotFound):
        queries.vendor_by_slug(session, "nobody")
