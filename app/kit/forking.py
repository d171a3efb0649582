"""Several processes on one listening socket; each that dies is replaced."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from prometheus_client import values

from app.kit.config import tell_prometheus
from app.kit.telemetry import Metrics, log

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_LOOK: Final = 0.1
_AGAIN: Final = 1.0
"""Seconds between two starts in one place, so that a process that cannot live costs little."""

Serve = Callable[[int, Callable[[], None]], None]
"""Serves in a process of its own until a signal: its number, and what to call once it answers."""


@dataclass
class Fork:
    """One place, and the process that fills it."""

    number: int
    pid: int = 0
    started: float = 0.0


@dataclass
class Forks:
    """The processes of one server, kept by the one that forked them.

    There must be no other thread in this process, and no connection that the others would share.
    """

    count: int
    serve: Serve
    ready: Callable[[], None]
    stopping: bool = False
    places: list[Fork] = field(default_factory=list)

    def run(self) -> None:
        """Returns when all have ended, after SIGINT or SIGTERM."""
        self._life, self._death = os.pipe()
        self._told, self._tell = os.pipe()
        os.set_blocking(self._told, False)
        self.places = [Fork(number) for number in range(self.count)]
        with self._forwarding():
            answering = 0
            while not self.stopping or any(place.pid for place in self.places):
                for place in self.places:
                    self._look_after(place)
                answering = self._count_answers(answering)
                time.sleep(_LOOK)
        for end in (self._life, self._death, self._told, self._tell):
            os.close(end)

    def _count_answers(self, before: int) -> int:
        with suppress(BlockingIOError):
            after = before + len(os.read(self._told, self.count))
            if before < self.count <= after:
                self.ready()
            return after
        return before

    def _look_after(self, place: Fork) -> None:
        """Buries the dead, and puts another in its place unless all are to end."""
        if place.pid:
            pid, status = os.waitpid(place.pid, os.WNOHANG)
            if not pid:
                return
            place.pid = 0
            if not self.stopping:
                log.warning("process ended", code=os.waitstatus_to_exitcode(status))
        if not self.stopping and time.monotonic() >= place.started + _AGAIN:
            self._start(place)

    def _start(self, place: Fork) -> None:
        place.started = time.monotonic()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            place.pid = os.fork()
            if not place.pid:
                self._live(place.number)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _live(self, number: int) -> NoReturn:
        """The new process, from its first to its last moment."""
        code = 1
        try:
            os.setpgid(0, 0)  # Ctrl+C reaches the one that keeps us, which passes it on
            for name in _SIGNALS:
                signal.signal(name, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.close(self._death)
            threading.Thread(target=self._end_with_keeper, daemon=True).start()
            with suppress(KeyboardInterrupt):
                self.serve(number, self._answers)
            code = 0
        except Exception:  # noqa: BLE001 - whatever it was, it ends here, and on record
            log.exception("process")
        finally:
            os._exit(code)  # what the keeper opened, the keeper closes

    def _answers(self) -> None:
        os.write(self._tell, b".")

    def _end_with_keeper(self) -> None:
        """A keeper killed without warning closes its end, and nobody would replace or stop us."""
        os.read(self._life, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    @contextmanager
    def _forwarding(self) -> Iterator[None]:
        def forward(number: int, frame: FrameType | None) -> None:
            del number, frame
            self.stopping = True
            for place in self.places:
                if place.pid:
                    with suppress(ProcessLookupError):  # buried just now
                        os.kill(place.pid, signal.SIGTERM)

        before = {name: signal.signal(name, forward) for name in _SIGNALS}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)


def share_metrics(folder: str, number: int) -> None:
    """Counters made from now on lie in files of this folder, beside those of other processes.

    A process that replaces another one goes on with its number and its counts; where somebody has
    cleaned the folder away, with new ones.
    """
    Path(folder).mkdir(mode=0o700, exist_ok=True)
    tell_prometheus(folder)
    Metrics.shared = folder
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: number)  # type: ignore[no-untyped-call]
