"""Seats of infobases that were not seen for long, where a vendor wants them back by itself."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.kit.db import KitSession, UnitOfWork
from app.licensing.models import Activation, ActivationStatus
from app.licensing.service.transfers import take_back

AT_ONCE = 100


def vendors_that_release(session: KitSession) -> list[uuid.UUID]:
    """Whoever said after how many days a seat comes back; by default nobody does."""
    query = select(Vendor.id).where(Vendor.auto_release_after_days.is_not(None))
    return list(session.scalars(query.order_by(Vendor.id)))


def release_stale(session: UnitOfWork, vendor_id: uuid.UUID) -> int:
    """Takes back up to a hundred seats, product by product; 0 when none is left.

    It counts as no transfer: nobody asked for it.
    """
    days = session.scalar(select(Vendor.auto_release_after_days).where(Vendor.id == vendor_id))
    if days is None:
        return 0
    before = session.now() - timedelta(days=days)
    stale = session.scalars(
        select(Activation)
        .where(
            Activation.vendor_id == vendor_id,
            Activation.status == ActivationStatus.ACTIVE,
            Activation.last_seen_at < before,
        )
        .order_by(Activation.entitlement_id, Activation.id)
        .limit(AT_ONCE)
    ).all()
    return sum(
        take_back(session, seat, "stale", actor=SYSTEM, last_seen_at=seat.last_seen_at)
        for seat in stale
    )
