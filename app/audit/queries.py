"""Reads of the chains of events."""

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, exists, select

from app.audit.models import AuditEvent, AuditHead
from app.kit.db import KitSession


def chained_events(session: KitSession) -> Iterator[Row[Any]]:
    """Every event in the order of its chain, each beside its vendor's head of the same moment."""
    yield from session.execute(
        select(
            AuditEvent.__table__,
            AuditHead.seq.label("head_seq"),
            AuditHead.hash.label("head_hash"),
        )
        .outerjoin(AuditHead, AuditHead.vendor_id == AuditEvent.vendor_id)
        .order_by(AuditEvent.vendor_id, AuditEvent.seq)
        .execution_options(yield_per=1_000)
    )


def heads_without_events(session: KitSession) -> Iterator[uuid.UUID]:
    """Vendors whose head counts events that are not there."""
    events = exists().where(AuditEvent.vendor_id == AuditHead.vendor_id)
    yield from session.scalars(select(AuditHead.vendor_id).where(AuditHead.seq > 0, ~events))
