"""What an operator should know before users notice: each check with its value and its limits.

The limits stand here, or beside what they limit; pages and letters go by the states alone.
"""

import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text

from app.accounts.schemas.health import State
from app.accounts.service.viewers import is_master_confirmed
from app.catalog import queries as catalog
from app.kit import outbox, schedules, throttle
from app.kit.db import KitSession
from app.trust import queries as trust
from app.trust.models import ROOT_FAULT, ROOT_WARNINGS, TIMESTAMP_FAULT, TIMESTAMP_WARNING
from app.upkeep.backup.making import PERIOD, SCHEDULE

_GIB: Final = 1 << 30
_DAY: Final = 24 * 60 * 60
_WINDOW: Final = timedelta(minutes=5)
_AUDIT_CHECKS: Final = ("check", "check.full")
WAL_SLOT: Final = "podkluch_wal"
"""The replication slot of the receiver, and the name that it connects by."""
_SLOT: Final = text("SELECT active FROM pg_replication_slots WHERE slot_name = :slot")
_LAG: Final = text(
    "SELECT extract(epoch FROM greatest(flush_lag, clock_timestamp() - reply_time))"
    " FROM pg_stat_replication WHERE application_name = :slot"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One check: what was measured, and from where on it is a warning or a failure."""

    check: str
    state: State
    value: object
    warn: object = None
    fail: object = None
    vendors: Mapping[uuid.UUID, State] | None = None
    """Whom it concerns, and how much; None if it is the whole server's."""

    def state_for(self, vendor_id: uuid.UUID | None) -> State:
        """How it is for one vendor; without one, for the server with all of them."""
        if self.vendors is None or vendor_id is None:
            return self.state
        return self.vendors.get(vendor_id, State.OK)


def read(session: KitSession, vendor_id: uuid.UUID | None = None) -> dict[str, object]:
    """All checks, and the worst of them; for a vendor, what is its business."""
    readings = read_all(session)
    states = [reading.state_for(vendor_id) for reading in readings]
    told = [
        {"check": each.check, "state": state.word, "value": each.value}
        | {"warn": each.warn, "fail": each.fail}
        for each, state in zip(readings, states, strict=True)
    ]
    return {"status": max(states).word, "checks": told}


def read_all(session: KitSession) -> list[Reading]:
    """Every check once."""
    return [check(session) for check in CHECKS]


def above(check: str, value: float, warn: float | None, fail: float | None) -> Reading:
    """A value that is the worse the larger it is; `warn` and `fail` are the first bad ones."""
    return Reading(check, _above(value, warn, fail), value, warn, fail)


def _above(value: float, warn: float | None, fail: float | None) -> State:
    failed, warned = fail is not None and value >= fail, warn is not None and value >= warn
    return State.FAIL if failed else State.WARN if warned else State.OK


def disk_free(session: KitSession) -> Reading:
    """Room where files arrive."""
    folder = session.kit.settings.artifacts_folder.absolute()
    try:
        total, _, free = shutil.disk_usage(_existing(folder))
    except OSError as error:  # a disk that cannot even be asked
        return Reading("disk_free", State.FAIL, type(error).__name__, fail=_GIB)
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
    try:
        good = session.kit.settings.master_file.is_file()
    except OSError:
        good = False
    return Reading("master", State.OK if good else State.FAIL, good, fail=False)


def master_words(session: KitSession) -> Reading:
    """Whether an owner has said that the words of MASTER are kept."""
    good = is_master_confirmed(session)
    return Reading("master_words", State.OK if good else State.WARN, good, warn=False)


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
    late = {row.name: row.periods_late(session.now()) for row in rows}
    limits = (schedules.LATE, schedules.TOO_LATE)
    state = _above(max(late.values(), default=0.0), *limits)
    told = {name: round(periods, 1) for name, periods in late.items() if periods >= 1}
    return Reading("schedule_overdue", state, told, *limits)


def quarantined(session: KitSession) -> Reading:
    """Files that were found missing or damaged."""
    found = catalog.quarantined(session)
    state = State.FAIL if found else State.OK
    vendors = dict.fromkeys(found, State.FAIL)
    return Reading("quarantined_artifacts", state, sum(found.values()), fail=1, vendors=vendors)


def audit_chain(session: KitSession) -> Reading:
    """When the chains were last verified; broken is a failure at any age.

    Before the first time it counts from the day on which work began here.
    """
    rows = [row for row in schedules.states(session) if row.name in _AUDIT_CHECKS]
    done = [row.last_done_at for row in rows if row.last_done_at]
    broken = any("AUDIT_" in (row.error or "") for row in rows)
    since = done or [row.created_at for row in rows]
    old = not since or session.now() - max(since) > timedelta(hours=26)
    state = State.FAIL if broken else State.WARN if old else State.OK
    told = max(done).isoformat() if done else None
    return Reading("audit_chain_verified", state, told, "26 h", "broken")


def clock(session: KitSession) -> Reading:
    """Seconds between the server's clock and the database's."""
    theirs = session.scalars(select(func.clock_timestamp())).one()
    return above("clock", abs((session.now() - theirs).total_seconds()), 2, 30)


def trust_timestamp(session: KitSession) -> Reading:
    """Seconds since the timestamp was signed that is the oldest of all vendors'."""
    signed = {row.vendor_id: row.timestamp_signed_at for row in trust.repositories(session)}
    ages = {each: (session.now() - at).total_seconds() for each, at in signed.items() if at}
    limits = (TIMESTAMP_WARNING.total_seconds(), TIMESTAMP_FAULT.total_seconds())
    vendors = {each: _above(age, *limits) for each, age in ages.items()}
    worst = max(vendors.values(), default=State.OK)
    return Reading("trust_timestamp", worst, max(ages.values(), default=0.0), *limits, vendors)


def trust_root(session: KitSession) -> Reading:
    """Days that are left of the root which ends first; None without roots."""
    ends = {row.vendor_id: row.root_expires_at for row in trust.repositories(session)}
    left = {each: (end - session.now()).days for each, end in ends.items() if end}
    limits = (ROOT_WARNINGS[0].days, ROOT_FAULT.days)
    vendors = {each: _above(-days, *(-limit for limit in limits)) for each, days in left.items()}
    worst = max(vendors.values(), default=State.OK)
    return Reading("trust_root", worst, min(left.values(), default=None), *limits, vendors)


def trust_resigning(session: KitSession) -> Reading:
    """Whether the last attempt to sign the timestamps anew went well."""
    rows = [row for row in schedules.states(session) if row.name == "trust.resign"]
    failed = any(row.has_failed for row in rows)
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


def unknown_keys(session: KitSession) -> Reading:
    """Keys that nobody has, tried at this server within five minutes; each network a few."""
    failures = throttle.recent(session, throttle.UNKNOWN_KEY[0], _WINDOW)
    return above("unknown_keys", round(failures), 1_000, None)


CHECKS: Final[Sequence[Callable[[KitSession], Reading]]] = (
    disk_free,
    storage,
    master,
    master_words,
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
    unknown_keys,
)
