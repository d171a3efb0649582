"""What is done behind requests: jobs by their kind, and schedules by the clock."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.schemas.health import SCHEDULE
from app.accounts.service import alarms as alarm_letters
from app.accounts.service import letters
from app.accounts.service.mailing import Compose, deliver
from app.audit import queries as audit
from app.coupons.service import letters as coupon_letters
from app.kit import schedules
from app.kit.db import Kit, reading, transaction
from app.kit.outbox import Handler, work_off
from app.kit.schedules import Schedule
from app.kit.telemetry import log
from app.licensing.service import letters as key_letters
from app.licensing.service import reminders
from app.trust.service import repairs
from app.upkeep import alarms, repair, sweep

IDLE: Final = 1.0
"""Seconds between two looks for a job when there was none."""
LOOK: Final = 60.0
"""Seconds between two looks at the schedules."""
_PATIENCE: Final = 25.0


def _sweep(engine: Engine, kit: Kit) -> str:
    """Removes what has run out, and frees the seats that vendors want back."""
    for clear in (sweep.run, sweep.release_stale_seats):
        for _ in clear(engine, kit):
            pass
    return ""


def _tell_heads(engine: Engine, kit: Kit) -> str:
    """The ends of the audit chains go where the database's owner cannot rewrite them."""
    with transaction(engine, kit) as session:
        for head in audit.heads(session):
            log.info("audit head", vendor=str(head.vendor_id), seq=head.seq, hash=head.hash.hex())
        letters.queue_heads(session)
    return ""


def _remind(engine: Engine, kit: Kit) -> str:
    """Tells customers of terms that end soon."""
    with reading(engine, kit) as session:
        vendors = reminders.vendors_that_remind(session)
    for vendor_id in vendors:
        told = 1
        while told:
            with transaction(engine, kit) as session:
                told = reminders.remind(session, vendor_id)
    return ""


_LETTERS: Final[Mapping[str, Compose]] = {
    **letters.COMPOSE,
    **alarm_letters.COMPOSE,
    **key_letters.COMPOSE,
    **coupon_letters.COMPOSE,
}
HANDLERS: Final[Mapping[str, Handler]] = {
    f"mail.{kind}": partial(deliver, compose=compose) for kind, compose in _LETTERS.items()
}
WATCH: Final = Schedule(SCHEDULE, alarm_letters.LOOK, alarms.look)
SCHEDULES: Final[Sequence[Schedule]] = (
    Schedule("trust.resign", repairs.EVERY, repairs.resign_all),
    Schedule("sweep", timedelta(hours=1), _sweep),
    Schedule("reminders", timedelta(hours=1), _remind),
    Schedule("audit.head", timedelta(days=1), _tell_heads),
    Schedule("check", timedelta(days=1), repair.attend),
    Schedule("check.full", timedelta(days=7), lambda e, k: repair.attend(e, k, full=True)),
    WATCH,
)
"""In this order after a long rest: what is short waits for nothing that is long."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Does what is due; as many of them as one likes, in as many processes."""

    engine: Engine
    kit: Kit
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)
    schedules: Sequence[Schedule] = SCHEDULES

    def look(self) -> bool:
        """Makes sure of the schedules and does those whose time has come; none is due then."""
        return self._attend(self.schedules)

    def _attend(self, some: Sequence[Schedule]) -> bool:
        schedules.ensure(self.engine, self.kit, some)
        for schedule in some:
            schedules.run_if_due(self.engine, self.kit, schedule)
        return False

    def run(self, stop: threading.Event) -> None:
        """Works until it is told to stop; long schedules keep no job and no alarm waiting.

        Jobs that waited for a worker are worked off before the first look: it would call them late.
        """
        watch = [schedule for schedule in self.schedules if schedule is WATCH]
        others = [schedule for schedule in self.schedules if schedule is not WATCH]
        caught_up = threading.Event()
        clocks = [self._clockwork(stop, others), self._clockwork(stop, watch, caught_up)]
        self._until(stop, IDLE, self._work_off, caught_up)
        caught_up.set()
        end = time.monotonic() + _PATIENCE
        for clock in clocks:
            clock.join(max(0.0, end - time.monotonic()))

    def _clockwork(
        self,
        stop: threading.Event,
        some: Sequence[Schedule],
        after: threading.Event | None = None,
    ) -> threading.Thread:
        """A thread that looks at these schedules every minute; for `after` it waits so long too."""

        def look() -> None:
            if after is not None:
                after.wait(LOOK)
            self._until(stop, LOOK, partial(self._attend, some))

        thread = threading.Thread(target=look, name="schedules", daemon=True)
        thread.start()
        return thread

    def _work_off(self) -> bool:
        return work_off(self.engine, self.kit, self.handlers)

    @staticmethod
    def _until(
        stop: threading.Event,
        pause: float,
        act: Callable[[], bool],
        rested: threading.Event | None = None,
    ) -> None:
        """Acts again at once while there is something to do; `rested` is set when there is none."""
        while not stop.is_set():
            try:
                busy = act()
            except SQLAlchemyError as error:  # the database comes back; nobody is there to ask
                log.warning("worker", error=type(error).__name__)
                busy = False
            if not busy:
                if rested is not None:
                    rested.set()
                stop.wait(pause)


@contextmanager
def beside(engine: Engine, kit: Kit) -> Iterator[None]:
    """A worker in a thread of this process, for as long as the `with` lasts."""
    stop = threading.Event()
    # Daemons: what a job holds lapses by itself, so the end of the process waits for none for ever.
    thread = threading.Thread(
        target=Worker(engine, kit).run, args=(stop,), name="worker", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE)
