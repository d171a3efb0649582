"""Reads of the chains of events."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, exists, select

from app.audit.models import AuditEvent, AuditHead, Outcome
from app.audit.schemas import FindAuditEvents
from app.kit.db import KitSession
from app.kit.paging import CursorInvalid, Page, Rows, created_within

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


def history(
    session: KitSession, vendor_id: uuid.UUID, kind: str, subject_id: uuid.UUID, page: Page
) -> Rows[AuditEvent]:
    """What happened to one thing, newest first."""
    query = select(AuditEvent).where(
        AuditEvent.vendor_id == vendor_id,
        AuditEvent.subject_kind == kind,
        AuditEvent.subject_id == subject_id,
    )
    after = page.after()
    if after is not None:
        last = select(AuditEvent.seq).where(AuditEvent.id == after).scalar_subquery()
        query = query.where(AuditEvent.seq < last)
    rows = session.scalars(query.order_by(AuditEvent.seq.desc()).limit(page.limit + 1)).all()
    shown = rows[: page.limit]
    return Rows(shown, page.next_after(shown[-1].id) if len(rows) > page.limit else None)


def recent(
    session: KitSession, vendor_id: uuid.UUID, *, only_denied: bool = False, limit: int = 10
) -> Sequence[AuditEvent]:
    """The vendor's last events."""
    query = select(AuditEvent).where(AuditEvent.vendor_id == vendor_id)
    if only_denied:
        query = query.where(AuditEvent.outcome == Outcome.DENIED)
    return session.scalars(query.order_by(AuditEvent.seq.desc()).limit(limit)).all()


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
