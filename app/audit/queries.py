"""Reads of the chains of events."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, exists, select

from app.audit.models import AuditEvent, AuditHead
from app.audit.schemas import FindAuditEvents
from app.kit.db import KitSession
from app.kit.paging import CursorInvalid, Rows, created_within

_SEQ_DIGITS = 18


def events(
    session: KitSession, vendor_id: uuid.UUID, asked: FindAuditEvents, zone: str
) -> Rows[AuditEvent]:
    """A page of the vendor's events, oldest first; the zone is where days are counted.

    An event is seen only after all before it: its number is given out under the head's lock.
    """
    query = select(AuditEvent).where(
        AuditEvent.vendor_id == vendor_id, AuditEvent.seq > _last_seen(asked)
    )
    for name in ("action", "subject_kind", "subject_id"):
        value = getattr(asked, name)
        if value is not None:
            query = query.where(getattr(AuditEvent, name) == value)
    query = created_within(query, AuditEvent.at, asked, zone)
    rows = session.scalars(query.order_by(AuditEvent.seq).limit(asked.limit + 1)).all()
    shown = rows[: asked.limit]
    return Rows(shown, str(shown[-1].seq) if len(rows) > asked.limit else None)


def _last_seen(asked: FindAuditEvents) -> int:
    """A cursor of this list is a `seq`, which is the same place under every filter."""
    if asked.cursor is None:
        return asked.after_seq
    if not asked.cursor.isascii() or not asked.cursor.isdigit() or len(asked.cursor) > _SEQ_DIGITS:
        raise CursorInvalid
    return int(asked.cursor)


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


def heads(session: KitSession) -> Sequence[AuditHead]:
    """The ends of all chains."""
    return session.scalars(select(AuditHead).order_by(AuditHead.vendor_id)).all()
