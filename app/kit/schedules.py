"""Work that comes again and again: a row per schedule says when it was last begun and done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base, Kit, KitSession, UnitOfWork, exclusive, transaction
from app.kit.telemetry import log, redact

LATE, TOO_LATE = 2, 4
"""After how many of its periods without an end of its work a schedule is overdue."""
AGAIN = timedelta(minutes=10)
"""When work that failed, or was lost with its worker, is tried again before its time."""
_ERROR_MAX = 500


class ScheduleRow(Base):
    """What is known of a schedule; the row is made by whichever worker looks first."""

    __tablename__ = "schedules"
    __audited__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[timedelta]
    created_at: Mapped[datetime]
    last_started_at: Mapped[datetime | None]
    last_done_at: Mapped[datetime | None]
    error: Mapped[str | None]
    """Why the last run failed, or what it found wrong."""

    @property
    def is_done(self) -> bool:
        """Whether the last run came to its end."""
        done, started = self.last_done_at, self.last_started_at
        return done is not None and started is not None and done >= started

    @property
    def has_failed(self) -> bool:
        """Whether the last run broke off."""
        return self.error is not None and not self.is_done

    def periods_late(self, now: datetime) -> float:
        """How many of its periods have passed since its work was last done."""
        return (now - (self.last_done_at or self.created_at)) / self.period

    def is_due(self, now: datetime) -> bool:
        """Whether its time has come: the period is over, or the last run did not end well."""
        return self.next_at is None or now >= self.next_at

    @property
    def next_at(self) -> datetime | None:
        """When it runs next; None before its first run, which is as soon as a worker looks."""
        if self.last_started_at is None:
            return None
        return self.last_started_at + (self.period if self.is_done else min(self.period, AGAIN))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A name, how often, and what is done; it may be lost half-way and simply runs again."""

    name: str
    period: timedelta
    run: Callable[[Engine, Kit], str]
    """Says what it found wrong, or nothing; an exception means that it was not done."""


def ensure(engine: Engine, kit: Kit, schedules: Sequence[Schedule]) -> None:
    """Every schedule of the code has its row, with the period that the code says."""
    with transaction(engine, kit) as session:
        for each in schedules:
            row = {"name": each.name, "period": each.period, "created_at": session.now()}
            session.execute(
                insert(ScheduleRow)
                .values(row)
                .on_conflict_do_update(index_elements=["name"], set_={"period": each.period})
            )


def run_if_due(engine: Engine, kit: Kit, schedule: Schedule) -> bool:
    """Does the work if its time has come and no other worker is at it; whether it ran."""
    with exclusive(engine, f"schedule:{schedule.name}") as mine:
        if not mine or not _begin(engine, kit, schedule):
            return False
        try:
            error = schedule.run(engine, kit)
        except Exception as failure:  # noqa: BLE001 - one schedule must not end the others
            done, error = False, f"{type(failure).__name__}: {failure}"
        else:
            done = True
        _end(engine, kit, schedule, str(redact(error))[:_ERROR_MAX], done=done)
        return True


def _begin(engine: Engine, kit: Kit, schedule: Schedule) -> bool:
    with transaction(engine, kit) as session:
        row = session.get(ScheduleRow, schedule.name)
        if row is None or not row.is_due(session.now()):
            return False
        row.last_started_at, row.error = session.now(), None
        return True


def _end(engine: Engine, kit: Kit, schedule: Schedule, error: str, *, done: bool) -> None:
    if error:
        log.error("schedule", name=schedule.name, done=done, error=error)
    with transaction(engine, kit) as session:
        row = session.get_one(ScheduleRow, schedule.name)
        row.error = error or None
        if done:
            row.last_done_at = session.now()


def note_done(session: UnitOfWork, name: str, period: timedelta, started_at: datetime) -> None:
    """What people or timers of the system did themselves, and how long that suffices."""
    done = {"period": period, "last_started_at": started_at, "last_done_at": session.now()}
    session.execute(
        insert(ScheduleRow)
        .values(name=name, created_at=session.now(), **done)
        .on_conflict_do_update(index_elements=["name"], set_=done)
    )


def states(session: KitSession) -> Sequence[ScheduleRow]:
    """Every schedule, for those who watch."""
    return session.scalars(select(ScheduleRow).order_by(ScheduleRow.name)).all()
