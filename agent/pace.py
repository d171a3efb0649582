"""Patience with a slow server: a least speed, and an end of the whole."""

from collections.abc import Iterable, Iterator

from agent.clock import Timing
from agent.codes import Code
from agent.errors import Failure

_SLOWEST, _SLOW_FOR = 1024, 60.0  # bytes per second, seconds
_BASE_SECONDS, _TOTAL_SPEED = 120.0, 20 * 1024


class Pace:
    """For one file of at most `size` bytes, however many requests it takes."""

    def __init__(self, timing: Timing, size: int) -> None:
        self._timing = timing
        self._deadline = timing.now() + _BASE_SECONDS + size / _TOTAL_SPEED

    def kept(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks as they come; DOWNLOAD_TOO_SLOW if they only drip."""
        since, received = self._timing.now(), 0
        for chunk in chunks:
            yield chunk
            received += len(chunk)
            now = self._timing.now()
            self._check(now)
            if now - since >= _SLOW_FOR:
                if received < _SLOWEST * _SLOW_FOR:
                    raise Failure(Code.DOWNLOAD_TOO_SLOW)
                since, received = now, 0

    def check(self) -> None:
        """Raise DOWNLOAD_TOO_SLOW if the whole has taken too long."""
        self._check(self._timing.now())

    def _check(self, now: float) -> None:
        if now > self._deadline:
            raise Failure(Code.DOWNLOAD_TOO_SLOW)
