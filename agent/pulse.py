"""A sign of life while 1C or the server is silent: one line of a terminal, rewritten in place."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import IO

SILENT_SECONDS = 5.0
_ERASE = "\r\x1b[2K"


class Pulse:
    """For one terminal; `words` tells how long the step has lasted, in the person's language."""

    def __init__(self, stream: IO[str], words: Callable[[str], str]) -> None:
        self._stream, self._words = stream, words
        self._lock = threading.RLock()
        self._beating: threading.Event | None = None  # set to end the thread of the step
        self._is_shown = False
        self._began = self._heard = 0.0

    def begin(self) -> None:
        """A step begins."""
        self.end()
        self._began = self._heard = time.monotonic()
        self._beating = threading.Event()
        threading.Thread(target=self._beat, args=(self._beating,), daemon=True).start()

    def end(self) -> float | None:
        """The step is over; seconds that it took, None if there was none."""
        if self._beating is None:
            self._erase()
            return None
        with self._lock:
            self._beating.set()
            self._beating = None
            self._erase()
        return time.monotonic() - self._began

    def alive(self, seconds: float) -> None:
        """Somebody waits outside of any step, for so long; within one the step tells it."""
        if self._beating is None and seconds >= SILENT_SECONDS:
            with self._lock:
                self._show(seconds)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Somebody else writes; then silence begins anew."""
        with self._lock:
            self._erase()
            yield
            self._heard = time.monotonic()

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(min(1.0, SILENT_SECONDS)):
            with self._lock:
                if over.is_set():
                    return
                if time.monotonic() - self._heard >= SILENT_SECONDS:
                    self._show(time.monotonic() - self._began)

    def _show(self, seconds: float) -> None:
        text = self._words(clock(seconds))
        self._erase()
        self._stream.write(text[: get_terminal_size().columns - 1])
        self._stream.flush()
        self._is_shown = True

    def _erase(self) -> None:
        if self._is_shown:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._is_shown = False


def clock(seconds: float) -> str:
    """Minutes and seconds as on a stopwatch."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
