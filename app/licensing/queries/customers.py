"""What customers have of keys, products and infobases, as their cards and lists show it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from app.accounts import queries as accounts
from app.customers import queries as customers
from app.customers.models import Customer
from app.kit.clock import local_date
from app.kit.db import KitSession
from app.kit.paging import CAP, Page, Rows, capped, newest_first
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementStatus,
    Infobase,
    KeyStatus,
    LicenseKey,
)
from app.licensing.queries.keys import Seat, seats_by_id
from app.licensing.schemas.views import ListHolders


@dataclass(frozen=True, slots=True)
class Holding:
    """How much a customer has."""

    keys: int = 0
    last_seen_at: datetime | None = None


def holders(session: KitSession, vendor_id: uuid.UUID, asked: ListHolders) -> Rows[Customer]:
    """A page of the customers that a person looks for."""
    return customers.listed(session, vendor_id, asked, _among(session, vendor_id, asked))


def holders_count(
    session: KitSession, vendor_id: uuid.UUID, asked: ListHolders, cap: int = CAP
) -> int:
    """How many customers a person would find, up to the cap."""
    among = _among(session, vendor_id, asked)
    return capped(session, customers.looked_for(session, vendor_id, asked, among), cap)


def _among(
    session: KitSession, vendor_id: uuid.UUID, asked: ListHolders
) -> Select[uuid.UUID] | None:
    """Those with a product that ends within the vendor's days of warning, if they are asked for."""
    if not asked.has_expiring:
        return None
    vendor = accounts.vendor(session, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    soon = (
        select(LicenseKey.customer_id)
        .distinct()
        .join(Entitlement, Entitlement.key_id == LicenseKey.id)
        .where(
            Entitlement.vendor_id == vendor_id,
            Entitlement.status == EntitlementStatus.ACTIVE,
            Entitlement.valid_until.between(today, today + timedelta(days=vendor.expiring_days)),
            LicenseKey.status == KeyStatus.ACTIVE,
        )
        .cte("soon")
        .prefix_with("MATERIALIZED")  # else every customer is asked by itself
    )
    return select(soon.c.customer_id)


def active_keys_of(
    session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID, *, limit: int = 200
) -> Sequence[LicenseKey]:
    """The keys of a customer that work, newest first."""
    return session.scalars(
        select(LicenseKey)
        .where(
            LicenseKey.vendor_id == vendor_id,
            LicenseKey.customer_id == customer_id,
            LicenseKey.status == KeyStatus.ACTIVE,
        )
        .order_by(LicenseKey.id.desc())
        .limit(limit)
    ).all()


def holdings(
    session: KitSession, vendor_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Holding]:
    """The keys of several customers, and when an agent of theirs was last heard of."""
    counted = session.execute(
        select(LicenseKey.customer_id, func.count())
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.customer_id.in_(ids))
        .group_by(LicenseKey.customer_id)
    )
    seen = session.execute(
        select(LicenseKey.customer_id, func.max(Activation.last_seen_at))
        .join(Activation, Activation.key_id == LicenseKey.id)
        .where(
            LicenseKey.vendor_id == vendor_id,
            LicenseKey.customer_id.in_(ids),
            Activation.vendor_id == vendor_id,  # else the index is looked through for each key
        )
        .group_by(LicenseKey.customer_id)
    )
    last = {first: second for first, second in seen}  # noqa: C416 - rows are no pairs
    return {each: Holding(number, last.get(each)) for each, number in counted}


def keys_of(
    session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID, page: Page
) -> Rows[LicenseKey]:
    """The keys of a customer, newest first."""
    query = select(LicenseKey).where(
        LicenseKey.vendor_id == vendor_id, LicenseKey.customer_id == customer_id
    )
    return newest_first(session, query, LicenseKey.id, page)


def seats_of_customer(
    session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID, *, limit: int = 200
) -> list[Seat]:
    """The taken seats of all keys of a customer, those last heard of first."""
    found = session.scalars(
        select(Activation.id)
        .join(Infobase, Infobase.id == Activation.infobase_id)
        .join(LicenseKey, LicenseKey.id == Activation.key_id)
        .where(
            Activation.vendor_id == vendor_id,
            Activation.status == ActivationStatus.ACTIVE,
            LicenseKey.customer_id == customer_id,
        )
        .order_by(Activation.last_seen_at.desc(), Activation.id)
        .limit(limit)
    ).all()
    by_id = seats_by_id(session, vendor_id, found)
    return [by_id[each] for each in found]
