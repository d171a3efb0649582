"""The states of keys as lists are narrowed by them: the same words that a key's badge says."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, CompoundSelect, Exists, and_, exists, or_, select, union
from sqlalchemy.orm import aliased

from app.accounts import queries as accounts
from app.customers.models import Customer, CustomerStatus
from app.kit.clock import local_date
from app.kit.db import KitSession
from app.licensing.models import Entitlement, EntitlementStatus, KeyStatus, LicenseKey

KeyState = Literal["empty", "active", "expiring", "expired", "suspended", "revoked", "blocked"]


@dataclass(frozen=True, slots=True)
class _Day:
    """A vendor's day, against which terms are held."""

    vendor_id: uuid.UUID
    today: date
    soon: date

    def held(self, *wanted: ColumnElement[bool]) -> Exists:
        """Keys that hold a product like this."""
        return exists().where(
            Entitlement.vendor_id == self.vendor_id,
            Entitlement.key_id == LicenseKey.id,
            Entitlement.status != EntitlementStatus.WITHDRAWN,
            *wanted,
        )

    def running(self, *until: ColumnElement[bool]) -> Exists:
        """Keys that hold a product which has started and is not suspended, with such an end."""
        started = Entitlement.starts_on <= self.today
        return self.held(Entitlement.status == EntitlementStatus.ACTIVE, started, *until)

    def unless_before(self, day: date) -> ColumnElement[bool]:
        """An end on the day or later, or none."""
        return or_(Entitlement.valid_until.is_(None), Entitlement.valid_until >= day)


def in_state(session: KitSession, vendor_id: uuid.UUID, state: KeyState) -> ColumnElement[bool]:
    """Keys whose badge says the state: what stops them, else their best product."""
    vendor = accounts.vendor(session, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    day = _Day(vendor_id, today, today + timedelta(days=vendor.expiring_days))
    # As a set: few customers are blocked, and asking each key's own would cost three pages a key.
    stopped = select(Customer.id).where(
        Customer.vendor_id == vendor_id, Customer.status == CustomerStatus.BLOCKED
    )
    blocked = LicenseKey.customer_id.in_(stopped)
    if state == "blocked":
        return blocked
    if state == "revoked":
        return and_(LicenseKey.status == KeyStatus.REVOKED, ~blocked)
    works = LicenseKey.status == KeyStatus.ACTIVE
    if state == "suspended":
        return and_(LicenseKey.id.in_(_suspended(day)), ~blocked)
    return and_(works, ~blocked, *_by_products(day, state))


def _suspended(day: _Day) -> CompoundSelect[uuid.UUID]:
    """Keys that are suspended themselves, and those whose products all are."""
    mine = LicenseKey.vendor_id == day.vendor_id
    whole = select(LicenseKey.id).where(mine, LicenseKey.status == KeyStatus.SUSPENDED)
    all_held = select(Entitlement.key_id).where(
        Entitlement.vendor_id == day.vendor_id,
        Entitlement.status == EntitlementStatus.SUSPENDED,
        select(LicenseKey.id)
        .where(
            mine,
            LicenseKey.id == Entitlement.key_id,
            LicenseKey.status == KeyStatus.ACTIVE,
            ~_other_active(),
        )
        .exists(),
    )
    return union(whole, all_held)


def _other_active() -> Exists:
    other = aliased(Entitlement)
    return exists().where(other.key_id == LicenseKey.id, other.status == EntitlementStatus.ACTIVE)


def _by_products(day: _Day, state: KeyState) -> list[ColumnElement[bool]]:
    """Of keys that work: the state of the best product, or that there is none."""
    lasting = day.running(day.unless_before(day.soon + timedelta(days=1)))
    match state:
        case "active":
            return [lasting]
        case "expiring":
            return [day.running(Entitlement.valid_until.between(day.today, day.soon)), ~lasting]
        case "expired":
            now = day.running(day.unless_before(day.today))
            return [day.running(Entitlement.valid_until < day.today), ~now]
    return [~day.held()]
