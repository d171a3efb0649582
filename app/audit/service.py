"""Recording an act, and writing the recorded ones into the vendor's chain at the commit."""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.audit import queries
from app.audit.actor import Actor, Subject
from app.audit.models import Action, AuditEvent, AuditHead, Outcome
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.findings import Finding, Tick, untold
from app.kit.i18n import Sentence
from app.kit.problems import Problem, plain
from app.kit.telemetry import redact

GENESIS = bytes(32)
"""The hash before the first event of a chain."""
STEP = 10_000
"""Events that are examined in one go."""


class HasSubject(Protocol):
    """A row that events can be about."""

    @property
    def subject(self) -> Subject:
        """The row as an event names it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that waits for the commit, where it gets its number and its hashes."""

    at: datetime
    action: Action
    actor: Actor
    subject: Subject
    outcome: Outcome
    reason: str | None
    data: dict[str, object]


def record(
    session: UnitOfWork, action: Action, *, actor: Actor, subject: HasSubject, **data: object
) -> None:
    """Says what this transaction did; committed with it or not at all."""
    session.pending.append(
        Pending(session.now(), action, actor, subject.subject, Outcome.OK, None, _clean(data))
    )


def record_export(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    kind: str,
    filters: Mapping[str, object],
    rows: int,
    *,
    actor: Actor,
) -> None:
    """Says that a list left as a file: which, under which filters, how many rows it had."""
    subject = Subject(vendor_id, "list", vendor_id, kind)
    record(
        session,
        Action.LIST_EXPORTED,
        actor=actor,
        subject=subject,
        filters={name: plain(value) for name, value in filters.items()},
        rows=rows,
    )


def amend(row: HasSubject, given: Mapping[str, object]) -> dict[str, object]:
    """Sets what differs; for the event, what that was and what it is now. Empty: nothing did."""
    before = {name: getattr(row, name) for name in given}
    changed = {name: value for name, value in given.items() if before[name] != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return {"before": {name: before[name] for name in changed}, "after": changed} if changed else {}


def denial(
    session: KitSession,
    action: Action,
    *,
    actor: Actor,
    subject: HasSubject,
    problem: Problem | type[Problem],
    **data: object,
) -> Pending:
    """A refusal for the record: handed to the Problem, it survives the rollback.

    A problem with parameters leaves them too, for the sentence that whoever asked was shown.
    """
    shown = {"params": problem.params} if isinstance(problem, Problem) and problem.params else {}
    about, told = subject.subject, _clean(data | shown)
    return Pending(session.now(), action, actor, about, Outcome.DENIED, problem.code, told)


def write_pending(session: UnitOfWork) -> None:
    """Numbers, chains and inserts what is pending; the head's row is locked last of all rows."""
    pending: list[Pending] = sorted(session.pending, key=lambda event: event.subject.vendor_id)
    for vendor_id, events in groupby(pending, key=lambda event: event.subject.vendor_id):
        _append(session, vendor_id, list(events))


def _append(session: UnitOfWork, vendor_id: uuid.UUID, events: Sequence[Pending]) -> None:
    empty = {"vendor_id": vendor_id, "seq": 0, "hash": GENESIS}
    session.execute(upsert(AuditHead).values(**empty).on_conflict_do_nothing())
    seq, head = session.execute(
        select(AuditHead.seq, AuditHead.hash)
        .where(AuditHead.vendor_id == vendor_id)
        .with_for_update()
    ).one()
    rows = []
    for number, event in enumerate(events, start=seq + 1):
        row = _row(event, number, head)
        head = chain_hash(row)
        rows.append(row | {"hash": head})
    session.execute(insert(AuditEvent), rows)
    session.execute(
        update(AuditHead)
        .where(AuditHead.vendor_id == vendor_id)
        .values(seq=seq + len(rows), hash=head)
        .execution_options(synchronize_session=False)
    )


def _row(event: Pending, seq: int, prev_hash: bytes) -> dict[str, object]:
    subject, actor = event.subject, event.actor
    return {
        "id": new_id(),
        "vendor_id": subject.vendor_id,
        "seq": seq,
        "at": event.at,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor_label": actor.label,
        "action": event.action.value,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "subject_label": subject.label,
        "data": event.data,
        "ip": actor.ip,
        "user_agent": actor.user_agent,
        "request_id": actor.request_id,
        "prev_hash": prev_hash,
    }


def chain_hash(row: dict[str, object]) -> bytes:
    """SHA-256 over the event's canonical JSON, the previous hash included."""
    members = {
        name: value.hex() if isinstance(value, bytes) else plain(value)
        for name, value in row.items()
        if name != "hash"
    }
    text = json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def find_broken_chain(session: KitSession, *, tick: Tick = untold) -> Iterator[Finding]:
    """Events that were changed, removed or moved, and heads that are not their chain's end."""
    chains = groupby(queries.chained_events(session), key=lambda row: row.vendor_id)
    for vendor_id, events in chains:
        walk, head = _Walk(), None
        for event in events:
            tick()
            fault = walk.step(event)
            if fault is not None:
                yield fault
            head = event.head_seq, event.head_hash
        if head != (walk.seq, walk.link):
            yield _wrong_head(vendor_id, walk.seq)
    for vendor_id in queries.heads_without_events(session):
        yield _wrong_head(vendor_id, 0)


class _Walk:
    """Goes along a chain, event by event."""

    def __init__(self, seq: int = 0, link: bytes = GENESIS) -> None:
        self.seq, self.link = seq, link
        """The number and the hash of the event before the next one."""

    def step(self, event: Row[Any]) -> Finding | None:
        """What is wrong with the next event, if anything is; the walk goes on behind it."""
        fault = _fault(event, self.seq, self.link)
        self.seq, self.link = event.seq, event.hash
        if fault is None:
            return None
        code, text = fault
        return Finding(code, f"audit event {event.seq}", text, event.vendor_id)


@dataclass(frozen=True, slots=True)
class Verified:
    """How far one chain was examined, and the first thing that is wrong with it."""

    seq: int
    """The last event that was looked at."""
    head_seq: int
    finding: Finding | None = None

    @property
    def is_done(self) -> bool:
        """Whether the end is reached, or nothing is to be hoped for behind this."""
        return self.finding is not None or self.seq >= self.head_seq


def verify(
    session: KitSession, vendor_id: uuid.UUID, after: int = 0, *, steps: int = 1
) -> Verified:
    """Examines the next part of a chain; behind an event that was examined before."""
    head = queries.head(session, vendor_id)
    if head is None:
        return Verified(0, 0)
    walk = _Walk(after, queries.event(session, vendor_id, after).hash) if after else _Walk()
    for _ in range(steps):
        for event in queries.chain_part(session, vendor_id, walk.seq, head.seq, STEP):
            fault = walk.step(event)
            if fault is not None:
                return Verified(walk.seq, head.seq, fault)
        if walk.seq >= head.seq or not queries.chain_part(
            session, vendor_id, walk.seq, head.seq, 1
        ):
            return Verified(head.seq, head.seq, _end(session, head, walk))
    return Verified(walk.seq, head.seq)


def _end(session: KitSession, head: AuditHead, walk: _Walk) -> Finding | None:
    """What is wrong with the place where a chain ends."""
    if (head.seq, head.hash) == (walk.seq, walk.link) and not queries.is_behind(session, head):
        return None
    return _wrong_head(head.vendor_id, walk.seq)


def record_verified(
    session: UnitOfWork, subject: HasSubject, found: Verified, *, actor: Actor
) -> None:
    """Somebody had a chain examined to its end, or to where it breaks."""
    code = found.finding.code if found.finding else None
    record(session, Action.AUDIT_VERIFIED, actor=actor, subject=subject, upto=found.seq, code=code)


def _fault(event: Row[Any], seq: int, link: bytes) -> tuple[str, Sentence] | None:
    """What is wrong with an event, given the number and the hash of the one before it."""
    if event.seq != seq + 1:
        return "AUDIT_SEQ_GAP", Sentence(
            f"Событие {event.seq} стоит сразу после {seq}: между ними чего-то нет",
            f"Event {event.seq} follows {seq}: something between them is missing",
        )
    if event.prev_hash != link:
        return "AUDIT_LINK_BROKEN", Sentence(
            f"Событие {event.seq} ссылается не на то событие, что стоит перед ним",
            f"Event {event.seq} does not point at the event before it",
        )
    stored = {column.name: getattr(event, column.name) for column in AuditEvent.__table__.columns}
    if chain_hash(stored) != event.hash:
        return "AUDIT_HASH_WRONG", Sentence(
            f"Содержание события {event.seq} изменено: хеш не сходится",
            f"Event {event.seq} was changed: its hash differs",
        )
    return None


def _wrong_head(vendor_id: uuid.UUID, seq: int) -> Finding:
    text = Sentence(
        f"Вершина цепочки аудита не указывает на последнее событие, {seq}",
        f"The head of the audit chain is not the last event, {seq}",
    )
    return Finding("AUDIT_HEAD_WRONG", "audit head", text, vendor_id)


def _clean(data: dict[str, object]) -> dict[str, object]:
    """Data as JSON keeps it, with anything that looks like a secret cut out."""
    return {name: redact(plain(value)) for name, value in data.items()}
