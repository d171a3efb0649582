"""Reads of infobases, as their agents last described them."""

import uuid
from datetime import datetime

from sqlalchemy import func, or_, select

from app.kit.db import KitSession
from app.kit.paging import capped
from app.kit.problems import NotFound
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    Infobase,
    LicenseCheck,
    LicenseKey,
    Transfer,
)


def configurations_seen(
    session: KitSession, vendor_id: uuid.UUID
) -> list[tuple[str, str | None, int]]:
    """Which configurations the vendor's infobases run: name, version, how many of them."""
    rows = session.execute(
        select(Infobase.configuration_name, Infobase.configuration_version, func.count())
        .where(Infobase.vendor_id == vendor_id, Infobase.configuration_name.is_not(None))
        .group_by(Infobase.configuration_name, Infobase.configuration_version)
        .order_by(Infobase.configuration_name, Infobase.configuration_version)
    )
    return [(name, version, count) for name, version, count in rows if name is not None]


def had_seat(session: KitSession, infobase_id: uuid.UUID, customer_id: uuid.UUID) -> bool:
    """Whether a key of this customer has, or once had, a seat on the infobase.

    A seat that moved on leaves its old infobase to its transfers.
    """
    rights = (
        select(Entitlement.id)
        .join(LicenseKey, LicenseKey.id == Entitlement.key_id)
        .where(LicenseKey.customer_id == customer_id)
    )
    here = select(Activation.id).where(
        Activation.infobase_id == infobase_id, Activation.entitlement_id.in_(rights)
    )
    moved = select(Transfer.id).where(
        Transfer.from_infobase_id == infobase_id, Transfer.entitlement_id.in_(rights)
    )
    return session.scalar(select(or_(here.exists(), moved.exists()))) is True


def infobase(session: KitSession, vendor_id: uuid.UUID, infobase_id: uuid.UUID) -> Infobase:
    """One infobase that an agent has named to the vendor."""
    found = session.scalar(
        select(Infobase).where(Infobase.vendor_id == vendor_id, Infobase.id == infobase_id)
    )
    if found is None:
        raise NotFound
    return found


def silent_seats(session: KitSession, vendor_id: uuid.UUID, before: datetime) -> int:
    """Taken seats whose agents were last heard before an instant, to a little over 1,000."""
    rows = select(Activation.id).where(
        Activation.vendor_id == vendor_id,
        Activation.status == ActivationStatus.ACTIVE,
        Activation.last_seen_at < before,
    )
    return capped(session, rows)


def checks_before(session: KitSession, vendor_id: uuid.UUID, before: datetime) -> int:
    """What agents asked before an instant, in rows of the check log, to a little over 1,000."""
    rows = select(LicenseCheck.id).where(
        LicenseCheck.vendor_id == vendor_id, LicenseCheck.created_at < before
    )
    return capped(session, rows)
