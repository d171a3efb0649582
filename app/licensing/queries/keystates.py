"""The states of keys as lists are narrowed by them: the same words that a key's badge says."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Exists, Select, and_, exists, or_, select

from app.accounts import queries as accounts
from app.customers.models import Customer, CustomerStatus
from app.kit.clock import local_date
from app.kit.db import KitSession
from app.kit.paging import CAP, capped_sum
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


@dataclass(frozen=True, slots=True)
class Ways:
    """What holds of all keys in a state, and of each of them just one of these."""

    always: ColumnElement[bool]
    ways: Sequence[ColumnElement[bool]] = ()

    @property
    def any(self) -> ColumnElement[bool]:
        """Keys that are in the state in whichever way."""
        return and_(self.always, or_(*self.ways)) if self.ways else self.always


def in_state(session: KitSession, vendor_id: uuid.UUID, state: KeyState) -> Ways:
    """Keys whose badge says the state: what stops them, else their best product."""
    vendor = accounts.vendor(session, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    day = _Day(vendor_id, today, today + timedelta(days=vendor.expiring_days))
    # As a set: few customers are blocked, and asking each key's own would cost three pages a key.
    blocked = LicenseKey.customer_id.in_(_stopped(vendor_id))
    works, none_active = LicenseKey.status == KeyStatus.ACTIVE, LicenseKey.lasts_until.is_(None)
    match state:
        case "blocked":
            return Ways(blocked)
        case "revoked":
            return Ways(and_(LicenseKey.status == KeyStatus.REVOKED, ~blocked))
        case "suspended":
            # The key itself, or all products that it holds.
            whole = LicenseKey.status == KeyStatus.SUSPENDED
            return Ways(~blocked, [whole, and_(works, none_active, LicenseKey.held > 0)])
        case "empty":
            return Ways(and_(works, ~blocked, LicenseKey.held == 0))
    return Ways(and_(works, ~blocked), _by_products(day, state))


def _stopped(vendor_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Customer.id).where(
        Customer.vendor_id == vendor_id, Customer.status == CustomerStatus.BLOCKED
    )


def to_look_for(session: KitSession, vendor_id: uuid.UUID, state: KeyState) -> ColumnElement[bool]:
    """The keys in a state, for a page of them."""
    if state == "blocked":
        # Named where they are few: the planner would doubt it, and ask the customer of each key.
        named = session.scalars(_stopped(vendor_id).limit(CAP + 1)).all()
        if len(named) <= CAP:
            return LicenseKey.customer_id.in_(named)
    return in_state(session, vendor_id, state).any


def counted(
    session: KitSession,
    vendor_id: uuid.UUID,
    state: KeyState,
    query: Select[Any],
    cap: int = CAP,
) -> int:
    """How many of the keys are in the state, up to the cap; each way by its own index."""
    found = in_state(session, vendor_id, state)
    narrowed = query.where(found.always)
    parts = [narrowed.where(way) for way in found.ways] or [narrowed]
    return capped_sum(session, parts, cap)


def _by_products(day: _Day, state: KeyState) -> list[ColumnElement[bool]]:
    """The state of the best product: told by the key itself, unless one has not started yet."""
    until = LicenseKey.lasts_until
    lasting = day.running(day.unless_before(day.soon + timedelta(days=1)))
    now = day.running(day.unless_before(day.today))
    asked: ColumnElement[bool]
    match state:
        case "active":
            told, asked = until > day.soon, lasting
        case "expiring":
            told, asked = until.between(day.today, day.soon), and_(now, ~lasting)
        case _:
            over = day.running(Entitlement.valid_until < day.today)
            told, asked = until < day.today, and_(over, ~now)
    # As a set, which is small: few keys hold what has not started.
    waits = LicenseKey.vendor_id == day.vendor_id, LicenseKey.starts_last > day.today
    waiting = select(LicenseKey.id).where(*waits, asked).correlate(None)
    return [
        and_(told, LicenseKey.starts_last <= day.today),
        and_(LicenseKey.starts_last > day.today, LicenseKey.id.in_(waiting)),
    ]
