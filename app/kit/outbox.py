"""Durable jobs: written in the transaction of the verb, done by a worker, perhaps twice."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Index, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base, Kit, KitSession, UnitOfWork, new_id, transaction
from app.kit.telemetry import log, redact

LOCKED = timedelta(seconds=60)
"""How long a job belongs to the worker that took it; one that was killed loses it then."""
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
ATTEMPTS = len(BACKOFF) + 1
_ERROR_MAX = 500


class Job(Base):
    """What is still to be done; one that failed every time is dead and waits for a person."""

    __tablename__ = "outbox"
    __audited__ = False

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (Index("ix_outbox_due", "next_at", "id", postgresql_where="dead_at IS NULL"),)


@dataclass(frozen=True, slots=True)
class Task:
    """A job in a worker's hands; `id` is the same at every attempt, for effects done once."""

    engine: Engine
    kit: Kit
    id: uuid.UUID
    kind: str
    payload: Mapping[str, Any]
    attempt: int
    locked_until: datetime


Handler = Callable[[Task], None]
"""Does a job; any exception is a failed attempt. It may run twice, so its effect is idempotent."""


def enqueue(
    session: UnitOfWork, kind: str, payload: Mapping[str, object], *, at: datetime | None = None
) -> uuid.UUID:
    """A job that exists if this transaction is committed; payloads hold ids, never secrets."""
    now = session.now()
    job = Job(id=new_id(), kind=kind, payload=dict(payload), created_at=now, next_at=at or now)
    session.add(job)
    return job.id


def work_off(engine: Engine, kit: Kit, handlers: Mapping[str, Handler]) -> bool:
    """Does the job that is due longest; False if none is. Others take others meanwhile."""
    with transaction(engine, kit) as session:
        task = _claim(session, engine, handlers)
    if task is None:
        return False
    try:
        handlers[task.kind](task)
    except Exception as error:  # noqa: BLE001 - whatever a handler meets is a failed attempt
        _failed(task, error)
    else:
        with transaction(engine, kit) as session:
            session.execute(delete(Job).where(*_mine(task)))
    return True


def _claim(session: UnitOfWork, engine: Engine, handlers: Mapping[str, Handler]) -> Task | None:
    now = session.now()
    job = session.scalar(
        select(Job)
        .where(
            Job.dead_at.is_(None),
            Job.next_at <= now,
            or_(Job.locked_until.is_(None), Job.locked_until <= now),
            Job.kind.in_(handlers),
        )
        .order_by(Job.next_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None:
        return None
    if job.attempts >= ATTEMPTS:  # the last attempt took its worker along
        job.dead_at, job.error = now, job.error or "lost with its worker"
        return None
    # Counted before it begins, so that what kills its worker ends among the dead as well.
    job.attempts += 1
    job.locked_until = now + LOCKED
    job.next_at = now + BACKOFF[min(job.attempts, len(BACKOFF)) - 1]
    return Task(engine, session.kit, job.id, job.kind, job.payload, job.attempts, job.locked_until)


def _failed(task: Task, error: Exception) -> None:
    told = str(redact(f"{type(error).__name__}: {error}"))[:_ERROR_MAX]
    log.warning("job failed", kind=task.kind, id=str(task.id), attempt=task.attempt, error=told)
    with transaction(task.engine, task.kit) as session:
        dead_at = session.now() if task.attempt >= ATTEMPTS else None
        values = {"locked_until": None, "error": told, "dead_at": dead_at}
        session.execute(update(Job).where(*_mine(task)).values(values))


def _mine(task: Task) -> tuple[ColumnElement[bool], ...]:
    """The job while it is this worker's: one that was too slow has lost it to another."""
    return Job.id == task.id, Job.locked_until == task.locked_until


def revive(session: UnitOfWork, kind: str, payload: Mapping[str, object]) -> bool:
    """Tries a dead job anew, as often as a new one; whether there was one."""
    dead = update(Job).where(
        Job.kind == kind, Job.payload == dict(payload), Job.dead_at.is_not(None)
    )
    again = {"dead_at": None, "attempts": 0, "next_at": session.now(), "locked_until": None}
    return session.change(dead.values(again)) > 0


def oldest_due(session: KitSession) -> datetime | None:
    """Since when the job that waits longest could have been done."""
    waiting = select(func.min(Job.next_at)).where(
        Job.dead_at.is_(None), Job.next_at <= session.now()
    )
    return session.scalar(waiting)


def dead_letters(session: KitSession) -> int:
    """Jobs that nobody tries any more."""
    return session.scalar(select(func.count()).where(Job.dead_at.is_not(None))) or 0
