"""Everything that happened to a subject, newest first: events and the check log as one list."""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import Letter, Vendor
from app.audit import queries as audit
from app.audit.models import Action, AuditEvent, Outcome
from app.delivery.models import InstallReport
from app.kit.db import KitSession
from app.kit.paging import CursorInvalid, Rows, within_days
from app.licensing.models import Activation, Infobase, LicenseCheck
from app.support.queries.threads import Threads
from app.support.schemas import FindStory

T = TypeVar("T")
_FAILED: Final = (Action.EXTENSION_INSTALL_FAILED, Action.EXTENSION_ROLLED_BACK)
_CURSOR_MAX: Final = 300
_OF_COUPONS: Final = (Action.COUPON_REDEEMED, Action.REDEMPTION_REVERSED)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: an event, with its report or letter; or an answer to an agent."""

    at: datetime
    event: AuditEvent | None = None
    report: InstallReport | None = None
    letter: Letter | None = None
    check: LicenseCheck | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of lines; `gap_before` says that older answers and reports are forgotten."""

    lines: Sequence[Line]
    next_cursor: str | None
    gap_before: datetime | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Behind which event and which entry the page begins."""

    seq: int | None = None
    check: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose story, in whose days, and how long the log is kept."""

    vendor_id: uuid.UUID
    zone: str
    retention_days: int


def feed(session: KitSession, asker: Asker, threads: Threads, asked: FindStory) -> Feed:
    """A page of the story; each source is read by its own index, whatever lies behind it."""
    place = _place(asked.cursor)
    events = _events(session, asker, threads, asked, place)
    checks = _checks(session, asker, threads, asked, place)
    merged = sorted(
        [Line(event.at, event=event) for event in events]
        + [Line(check.created_at, check=check) for check in checks],
        key=_order,
        reverse=True,
    )
    shown = merged[: asked.limit]
    more = len(merged) > asked.limit
    return Feed(
        _surrounded(session, asker.vendor_id, shown),
        _cursor(place, shown) if more else None,
        None if more else _gap(session, asker, shown),
    )


def events_of(
    session: KitSession, vendor: Vendor, threads: Threads, cursor: str | None
) -> Rows[AuditEvent]:
    """The events of a story alone, newest first."""
    asked, place = FindStory(cursor=cursor), _place(cursor)
    asker = Asker(vendor.id, vendor.time_zone, vendor.retention_days)
    found = _events(session, asker, threads, asked, place)
    shown = found[: asked.limit]
    last = [Line(event.at, event=event) for event in shown[-1:]]
    return Rows(shown, _cursor(place, last) if len(found) > asked.limit else None)


def _order(line: Line) -> tuple[datetime, int]:
    # Among events of one instant their numbers decide; an answer came before what followed it.
    return line.at, line.event.seq if line.event else -1


def _place(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place()
    if len(cursor) > _CURSOR_MAX:
        raise CursorInvalid
    try:
        seq, check = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))
        return _Place(_number(seq), uuid.UUID(str(check)) if check else None)
    except (ValueError, TypeError, RecursionError):
        raise CursorInvalid from None


def _number(value: object) -> int | None:
    if value is None or (type(value) is int and 0 <= value < 1 << 63):
        return value
    raise ValueError


def _cursor(place: _Place, shown: Sequence[Line]) -> str:
    seq, check = place.seq, place.check
    for line in shown:
        seq = line.event.seq if line.event else seq
        check = line.check.id if line.check else check
    text = json.dumps([seq, None if check is None else str(check)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _events(
    session: KitSession, asker: Asker, threads: Threads, asked: FindStory, place: _Place
) -> Sequence[AuditEvent]:
    wanted = [AuditEvent.vendor_id == asker.vendor_id, *_wanted_events(asker, asked)]
    wanted += audit.in_days(session, asker.vendor_id, asked, asker.zone)
    if place.seq is not None:
        wanted.append(AuditEvent.seq < place.seq)
    if threads.redemptions is not None:
        others = AuditEvent.subject_kind == "coupon", AuditEvent.action.in_(_OF_COUPONS)
        mine = AuditEvent.data["redemption"].astext.in_(threads.redemptions)
        wanted.append(or_(~and_(*others), mine, AuditEvent.actor_id.in_(threads.actors)))
    found = _numbers(threads, wanted, asked.limit + 1)
    if found is None:
        return ()
    query = select(AuditEvent).where(
        AuditEvent.vendor_id == asker.vendor_id, AuditEvent.seq.in_(found)
    )
    return session.scalars(query.order_by(AuditEvent.seq.desc())).all()


def _numbers(
    threads: Threads, wanted: Sequence[ColumnElement[bool]], limit: int
) -> Select[int] | None:
    """The numbers of the newest events: so many of each thread, then so many of all."""
    one = select(AuditEvent.seq).where(*wanted)
    newest = AuditEvent.seq.desc()
    parts: list[Select[int]] = []
    if threads.request_id is not None:
        parts.append(one.where(AuditEvent.request_id == threads.request_id))
    if threads.network is not None:
        parts.append(one.where(AuditEvent.ip == threads.network))
    parts = [part.order_by(newest).limit(limit) for part in parts]
    if threads.subjects:
        kinds = _array("kinds", String(), [kind for kind, _ in threads.subjects])
        ids = _array("ids", Uuid(), [each for _, each in threads.subjects])
        about = func.unnest(kinds, ids).table_valued("kind", "id").render_derived(name="about")
        same = (AuditEvent.subject_kind == about.c.kind, AuditEvent.subject_id == about.c.id)
        parts.append(_of_each(about, one.where(*same).order_by(newest).limit(limit)))
    if threads.actors:
        ids = _array("actors", Uuid(), threads.actors)
        actor = func.unnest(ids).table_valued("id").render_derived(name="actor")
        by = one.where(AuditEvent.actor_id == actor.c.id)
        parts.append(_of_each(actor, by.order_by(newest).limit(limit)))
    if not parts:
        return None
    together = union(*(part.subquery().select() for part in parts)).subquery()
    return select(together.c.seq).order_by(together.c.seq.desc()).limit(limit)


def _array(name: str, of: Any, values: Sequence[object]) -> Any:
    return bindparam(name, list(values), type_=ARRAY(of), unique=True)


def _of_each(values: Any, query: Select[int]) -> Select[int]:
    found = query.correlate(values).lateral()
    return select(found.c.seq).select_from(values.join(found, true()))


def _wanted_events(asker: Asker, asked: FindStory) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if asked.refused:
        wanted.append(or_(AuditEvent.outcome == Outcome.DENIED, AuditEvent.action.in_(_FAILED)))
    if asked.code is not None:
        told = [AuditEvent.data[name].astext == asked.code for name in ("code", "why")]
        wanted.append(or_(AuditEvent.reason == asked.code, *told))
    if asked.agent_version is not None:
        wanted.append(AuditEvent.user_agent == f"podkluch-agent/{asked.agent_version}")
    if asked.infobase_id is not None:
        wanted.append(_at_infobase(asker.vendor_id, asked.infobase_id))
    return wanted


def _at_infobase(vendor_id: uuid.UUID, infobase_id: uuid.UUID) -> ColumnElement[bool]:
    mine = Infobase.vendor_id == vendor_id, Infobase.id == infobase_id
    seats = select(Activation.id).where(
        Activation.vendor_id == vendor_id, Activation.infobase_id == infobase_id
    )
    label = select(Infobase.label).where(*mine).scalar_subquery()
    about = (AuditEvent.subject_kind == "infobase") & (AuditEvent.subject_id == infobase_id)
    seat = (AuditEvent.subject_kind == "activation") & AuditEvent.subject_id.in_(seats)
    return or_(about, seat, AuditEvent.data["infobase"].astext == label)


def _checks(
    session: KitSession, asker: Asker, threads: Threads, asked: FindStory, place: _Place
) -> Sequence[LicenseCheck]:
    of: list[ColumnElement[bool]] = [
        LicenseCheck.key_id.in_(threads.keys) if threads.keys else false(),
        LicenseCheck.infobase_uid.in_(threads.infobases) if threads.infobases else false(),
    ]
    if threads.request_id is not None:
        of.append(LicenseCheck.request_id == threads.request_id)
    if threads.network is not None:
        of.append(LicenseCheck.ip == threads.network)
    wanted = [LicenseCheck.vendor_id == asker.vendor_id, or_(*of), *_wanted_checks(asker, asked)]
    if place.check is not None:
        wanted.append(LicenseCheck.id < place.check)
    query = select(LicenseCheck).where(*wanted).order_by(LicenseCheck.id.desc())
    return session.scalars(query.limit(asked.limit + 1)).all()


def _wanted_checks(asker: Asker, asked: FindStory) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = within_days(LicenseCheck.created_at, asked, asker.zone)
    if asked.refused:
        wanted.append(~LicenseCheck.valid)
    if asked.code is not None:
        inner = LicenseCheck.refusals.contains([{"code": asked.code}])
        wanted.append(or_(LicenseCheck.code == asked.code, inner))
    if asked.agent_version is not None:
        wanted.append(LicenseCheck.agent_version == asked.agent_version)
    if asked.infobase_id is not None:
        uid = select(Infobase.uid).where(
            Infobase.vendor_id == asker.vendor_id, Infobase.id == asked.infobase_id
        )
        wanted.append(LicenseCheck.infobase_uid == uid.scalar_subquery())
    return wanted


def _surrounded(session: KitSession, vendor_id: uuid.UUID, lines: Sequence[Line]) -> list[Line]:
    """Beside events what the agent itself told of an installation, and what became of letters."""
    told = select(InstallReport).where(
        InstallReport.vendor_id == vendor_id,
        InstallReport.operation_id.in_(_named(lines, "operation")),
    )
    written = select(Letter).where(
        Letter.vendor_id == vendor_id, Letter.id.in_(_named(lines, "letter_id"))
    )
    reports = {row.operation_id: row for row in session.scalars(told)}
    letters = {row.id: row for row in session.scalars(written)}
    return [
        replace(
            line,
            report=_first(reports, _named([line], "operation")),
            letter=_first(letters, _named([line], "letter_id")),
        )
        for line in lines
    ]


def _first(rows: Mapping[uuid.UUID, T], ids: set[uuid.UUID]) -> T | None:
    return next((rows[each] for each in ids if each in rows), None)


def _named(lines: Sequence[Line], member: str) -> set[uuid.UUID]:
    """The ids that events of the lines have as a member."""
    values = [line.event.data.get(member) for line in lines if line.event]
    return {uuid.UUID(text) for text in values if isinstance(text, str)}


def _gap(session: KitSession, asker: Asker, shown: Sequence[Line]) -> datetime | None:
    """Since when answers and reports are there still, if the story is older."""
    kept_from = session.now() - timedelta(days=asker.retention_days)
    return kept_from if shown and shown[-1].at < kept_from else None
