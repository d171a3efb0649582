"""What customers have of keys, products and infobases, as their cards and lists show it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.kit.db import KitSession
from app.kit.paging import Page, Rows, newest_first
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    Infobase,
    LicenseKey,
)
from app.licensing.queries.keys import Seat, seats_by_id


@dataclass(frozen=True, slots=True)
class Holding:
    """How much a customer has."""

    keys: int = 0
    last_seen_at: datetime | None = None


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
        .join(Entitlement, Entitlement.key_id == LicenseKey.id)
        .join(Activation, Activation.entitlement_id == Entitlement.id)
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.customer_id.in_(ids))
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
        .join(Entitlement, Entitlement.id == Activation.entitlement_id)
        .join(LicenseKey, LicenseKey.id == Entitlement.key_id)
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
