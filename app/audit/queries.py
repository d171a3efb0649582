"""Reads of the chains of events."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Interval, Row, exists, false, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from app.audit.models import AuditEvent, AuditHead, Outcome
from app.audit.schemas import FindAuditEvents, FindInLog
from app.kit.clock import day_end, day_start
from app.kit.db import KitSession
from app.kit.fields import ListQuery
from app.kit.paging import CursorInvalid, Page, Rows, capped
from app.kit.problems import NotFound

_SEQ_DIGITS = 18
_NO_SEQ: Final = 1 << 63
"""The first number that the column cannot hold."""
PART: Final = 1_000
_SLACK: Final = timedelta(minutes=1)
"""Longer than a request may take from its beginning to its commit."""
_AT: Final[ColumnElement[datetime]] = AuditEvent.at + literal(timedelta(), Interval())
"""The instant, but not for its index, by which all events of the days would have to be sorted."""


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
    query = query.where(*in_days(session, vendor_id, asked, zone))
    rows = session.scalars(query.order_by(AuditEvent.seq).limit(asked.limit + 1)).all()
    shown = rows[: asked.limit]
    return Rows(shown, str(shown[-1].seq) if len(rows) > asked.limit else None)


def log(session: KitSession, vendor_id: uuid.UUID, asked: FindInLog, zone: str) -> Rows[AuditEvent]:
    """A page of the log as a person reads it, newest first; a cursor is the last number seen."""
    query = select(AuditEvent).where(*_looked_for(session, vendor_id, asked, zone))
    if asked.cursor is not None:
        query = query.where(AuditEvent.seq < _number(asked.cursor))
    rows = session.scalars(query.order_by(AuditEvent.seq.desc()).limit(asked.limit + 1)).all()
    shown = rows[: asked.limit]
    return Rows(shown, str(shown[-1].seq) if len(rows) > asked.limit else None)


def log_count(session: KitSession, vendor_id: uuid.UUID, asked: FindInLog, zone: str) -> int:
    """How many events a person would find, up to the cap of counts."""
    wanted = _looked_for(session, vendor_id, asked, zone, at=AuditEvent.at)
    return capped(session, select(AuditEvent).where(*wanted))


def part_of_log(
    session: KitSession, vendor_id: uuid.UUID, asked: FindInLog, zone: str, after: int
) -> Sequence[AuditEvent]:
    """The next events of the log behind a number, oldest first, for a file of them."""
    wanted = _looked_for(session, vendor_id, asked, zone)
    query = select(AuditEvent).where(*wanted, AuditEvent.seq > after)
    return session.scalars(query.order_by(AuditEvent.seq).limit(PART)).all()


def _looked_for(
    session: KitSession,
    vendor_id: uuid.UUID,
    asked: FindInLog,
    zone: str,
    *,
    at: ColumnElement[datetime] | InstrumentedAttribute[datetime] = _AT,
) -> list[ColumnElement[bool]]:
    wanted = [AuditEvent.vendor_id == vendor_id]
    names = ["actor_id", "action", "subject_kind", "subject_id", "outcome", "ip", "request_id"]
    for name in names:
        value = getattr(asked, name)
        if value is not None:
            wanted.append(getattr(AuditEvent, name) == value)
    return wanted + in_days(session, vendor_id, asked, zone, at=at)


def in_days(
    session: KitSession,
    vendor_id: uuid.UUID,
    asked: ListQuery,
    zone: str,
    *,
    at: ColumnElement[datetime] | InstrumentedAttribute[datetime] = _AT,
) -> list[ColumnElement[bool]]:
    """The days that are asked for, as instants and as bounds of the numbers."""
    wanted: list[ColumnElement[bool]] = []
    first = asked.created_from and day_start(asked.created_from, zone)
    last = asked.created_to and day_end(asked.created_to, zone)
    if first:
        wanted += [at >= first]
        wanted += _numbers(session, vendor_id, AuditEvent.at >= first - _SLACK, newest=False)
    if last:
        wanted += [at < last]
        wanted += _numbers(session, vendor_id, AuditEvent.at < last + _SLACK, newest=True)
    return wanted


def _numbers(
    session: KitSession, vendor_id: uuid.UUID, within: ColumnElement[bool], *, newest: bool
) -> list[ColumnElement[bool]]:
    """The days of a period as bounds of the numbers, which every index of the log ends with.

    Numbers follow the commits, instants the beginnings of requests: hence the slack.
    """
    ends = (
        (AuditEvent.at.desc(), AuditEvent.seq.desc()) if newest else (AuditEvent.at, AuditEvent.seq)
    )
    query = select(AuditEvent.seq).where(AuditEvent.vendor_id == vendor_id, within)
    bound = session.scalar(query.order_by(*ends).limit(1))
    if bound is None:
        return [false()]
    return [AuditEvent.seq <= bound] if newest else [AuditEvent.seq >= bound]


def event(session: KitSession, vendor_id: uuid.UUID, seq: int) -> AuditEvent:
    """One event by its number."""
    if not 0 < seq < _NO_SEQ:
        raise NotFound
    found = session.scalar(
        select(AuditEvent).where(AuditEvent.vendor_id == vendor_id, AuditEvent.seq == seq)
    )
    if found is None:
        raise NotFound
    return found


def last_change(
    session: KitSession, vendor_id: uuid.UUID, subject_kind: str, subject_id: uuid.UUID
) -> AuditEvent | None:
    """The newest thing that was done to a subject."""
    return session.scalar(
        select(AuditEvent)
        .where(
            AuditEvent.vendor_id == vendor_id,
            AuditEvent.subject_kind == subject_kind,
            AuditEvent.subject_id == subject_id,
            AuditEvent.outcome == Outcome.OK,
        )
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )


def count_since(
    session: KitSession, vendor_id: uuid.UUID, actions: Sequence[str], since: datetime
) -> int:
    """How many things of some kinds were done since an instant, up to the cap of counts."""
    query = select(AuditEvent.seq).where(
        AuditEvent.vendor_id == vendor_id,
        AuditEvent.action.in_(actions),
        AuditEvent.at >= since,
        AuditEvent.outcome == Outcome.OK,
    )
    return capped(session, query)


def chain_part(
    session: KitSession, vendor_id: uuid.UUID, after: int, upto: int, limit: int
) -> Sequence[Row[Any]]:
    """The next events of one chain between two numbers, in its order."""
    return session.execute(
        select(AuditEvent.__table__)
        .where(AuditEvent.vendor_id == vendor_id, AuditEvent.seq > after, AuditEvent.seq <= upto)
        .order_by(AuditEvent.seq)
        .limit(limit)
    ).all()


def is_behind(session: KitSession, known: AuditHead) -> bool:
    """Whether there are events behind a head that did not move meanwhile."""
    beyond = select(AuditEvent.seq).where(
        AuditEvent.vendor_id == known.vendor_id, AuditEvent.seq > known.seq
    )
    unmoved = select(AuditHead.seq).where(
        AuditHead.vendor_id == known.vendor_id, AuditHead.seq == known.seq
    )
    return bool(session.scalar(select(beyond.exists() & unmoved.exists())))


def head(session: KitSession, vendor_id: uuid.UUID) -> AuditHead | None:
    """The end of one chain; None while nothing has happened."""
    return session.get(AuditHead, vendor_id, populate_existing=True)


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
    return _number(asked.cursor)


def _number(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > _SEQ_DIGITS:
        raise CursorInvalid
    return int(cursor)


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
