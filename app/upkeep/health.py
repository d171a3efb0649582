"""What an operator should know before users notice: each check with its value and its limits."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text

from app.catalog import queries as catalog
from app.kit import outbox, schedules
from app.kit.db import KitSession
from app.kit.schedules import ScheduleRow
from app.trust import queries as trust
from app.trust.models import ROOT_FAULT, ROOT_WARNINGS
from app.upkeep.backup.making import PERIOD, SCHEDULE

_GIB: Final = 1 << 30
_DAY: Final = 24 * 60 * 60
_AUDIT_CHECKS: Final = ("check", "check.full")
WAL_SLOT: Final = "podkluch_wal"
"""The replication slot of the receiver, and the name that it connects by."""
_SLOT: Final = text("SELECT active FROM pg_replication_slots WHERE slot_name = :slot")
_LAG: Final = text(
    "SELECT extract(epoch FROM greatest(flush_lag, clock_timestamp() - reply_time))"
    " FROM pg_stat_replication WHERE application_name = :slot"
)


class State(IntEnum):
    """The worst of several is the largest."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One check: what was measured, and from where on it is a warning or a failure."""

    check: str
    state: State
    value: object
    warn: object = None
    fail: object = None


def read(session: KitSession) -> dict[str, object]:
    """All checks, and the worst of them."""
    readings = [check(session) for check in CHECKS]
    worst = max(reading.state for reading in readings)
    told = [asdict(reading) | {"state": reading.state.name.lower()} for reading in readings]
    return {"status": worst.name.lower(), "checks": told}


def above(check: str, value: float, warn: float | None, fail: float | None) -> Reading:
    """A value that is the worse the larger it is; `warn` and `fail` are the first bad ones."""
    failed, warned = fail is not None and value >= fail, warn is not None and value >= warn
    state = State.FAIL if failed else State.WARN if warned else State.OK
    return Reading(check, state, value, warn, fail)


def disk_free(session: KitSession) -> Reading:
    """Room where files arrive."""
    folder = session.kit.settings.artifacts_folder.absolute()
    total, _, free = shutil.disk_usage(_existing(folder))
    state = State.FAIL if free < _GIB else State.WARN if free < total / 10 else State.OK
    return Reading("disk_free", state, free, total // 10, _GIB)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def storage(session: KitSession) -> Reading:
    """Whether files can be kept."""
    good = session.kit.artifacts.writable()
    return Reading("storage", State.OK if good else State.FAIL, good, fail=False)


def master(session: KitSession) -> Reading:
    """Whether the next start would find MASTER."""
    good = session.kit.settings.master_file.is_file()
    return Reading("master", State.OK if good else State.FAIL, good, fail=False)


def oldest_job(session: KitSession) -> Reading:
    """Seconds that the job waits which could have been done first."""
    since = outbox.oldest_due(session)
    waiting = (session.now() - since).total_seconds() if since else 0.0
    return above("oldest_due_job", waiting, 300, 1_800)


def dead_letters(session: KitSession) -> Reading:
    """Jobs that failed every time."""
    return above("dead_letters", outbox.dead_letters(session), 1, None)


def overdue(session: KitSession) -> Reading:
    """How many of its periods the most neglected schedule is late; without a worker all are."""
    rows = [row for row in schedules.states(session) if row.name != SCHEDULE]
    late = {row.name: _periods(row, session.now()) for row in rows}
    worst = max(late.values(), default=0.0)
    reading = above("schedule_overdue", worst, 2, 4)
    told = {name: round(periods, 1) for name, periods in late.items() if periods >= 1}
    return Reading(reading.check, reading.state, told, reading.warn, reading.fail)


def _periods(row: ScheduleRow, now: datetime) -> float:
    return (now - (row.last_done_at or row.created_at)) / row.period


def quarantined(session: KitSession) -> Reading:
    """Files that were found missing or damaged."""
    return above("quarantined_artifacts", catalog.quarantined(session), None, 1)


def audit_chain(session: KitSession) -> Reading:
    """When the chains were last verified; broken is a failure at any age."""
    rows = [row for row in schedules.states(session) if row.name in _AUDIT_CHECKS]
    done = [row.last_done_at for row in rows if row.last_done_at]
    broken = any("AUDIT_" in (row.error or "") for row in rows)
    old = not done or session.now() - max(done) > timedelta(hours=26)
    state = State.FAIL if broken else State.WARN if old else State.OK
    told = max(done).isoformat() if done else None
    return Reading("audit_chain_verified", state, told, "26 h", "broken")


def clock(session: KitSession) -> Reading:
    """Seconds between the server's clock and the database's."""
    theirs = session.scalars(select(func.clock_timestamp())).one()
    return above("clock", abs((session.now() - theirs).total_seconds()), 2, 30)


def trust_timestamp(session: KitSession) -> Reading:
    """Seconds since the timestamp was signed that is the oldest of all vendors'."""
    signed = [row.timestamp_signed_at for row in trust.repositories(session)]
    ages = [(session.now() - at).total_seconds() for at in signed if at]
    return above("trust_timestamp", max(ages, default=0.0), 2 * _DAY, 3 * _DAY)


def trust_root(session: KitSession) -> Reading:
    """Days that are left of the root which ends first; None without roots."""
    ends = [row.root_expires_at for row in trust.repositories(session)]
    left = min(((end - session.now()).days for end in ends if end), default=None)
    warn, fail = ROOT_WARNINGS[0].days, ROOT_FAULT.days
    state = State.OK
    if left is not None and left <= warn:
        state = State.FAIL if left <= fail else State.WARN
    return Reading("trust_root", state, left, warn, fail)


def trust_resigning(session: KitSession) -> Reading:
    """Whether the last attempt to sign the timestamps anew went well."""
    rows = [row for row in schedules.states(session) if row.name == "trust.resign"]
    failed = any(row.error and not row.is_done for row in rows)
    return Reading("trust_resigning", State.FAIL if failed else State.OK, not failed, fail=False)


def last_backup(session: KitSession) -> Reading:
    """Seconds since the moment of the last backup; before the first one, since work began here."""
    rows = schedules.states(session)
    done = [row.last_started_at for row in rows if row.name == SCHEDULE]
    since = next(filter(None, done), min((row.created_at for row in rows), default=session.now()))
    age = (session.now() - since).total_seconds()
    return above("last_backup", age, PERIOD.total_seconds(), 3 * _DAY)


def wal_archive(session: KitSession) -> Reading:
    """Seconds that the receiver of WAL is behind; None where none is wanted."""
    active = session.scalar(_SLOT, {"slot": WAL_SLOT})
    if active is None and not session.kit.settings.wal_archive:
        return Reading("wal_archive", State.OK, None, 600, 3_600)
    if not active:
        return Reading("wal_archive", State.FAIL, "no receiver", 600, 3_600)
    lag = session.scalar(_LAG, {"slot": WAL_SLOT})
    if lag is None:  # what others' connections do is shown to members of pg_monitor only
        return Reading("wal_archive", State.WARN, "GRANT pg_monitor", 600, 3_600)
    return above("wal_archive", float(lag), 600, 3_600)


CHECKS: Final[Sequence[Callable[[KitSession], Reading]]] = (
    disk_free,
    storage,
    master,
    oldest_job,
    dead_letters,
    overdue,
    quarantined,
    audit_chain,
    trust_timestamp,
    trust_root,
    trust_resigning,
    clock,
    last_backup,
    wal_archive,
)
