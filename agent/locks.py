"""One agent at a time: locks that a killed process loses by itself."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from agent.clock import Timing
from agent.codes import Code
from agent.errors import Failure

_POLL = 0.5


@contextmanager
def held(path: Path, seconds: float = 0.0, timing: Timing | None = None) -> Iterator[None]:
    """Hold the lock of that file; raise BUSY_LOCAL if it is not free within `seconds`."""
    timing = timing or Timing()
    deadline = timing.now() + seconds
    with path.open("ab") as file:
        while not _try(file):
            if timing.now() >= deadline:
                raise Failure(Code.BUSY_LOCAL)
            timing.sleep(_POLL)
        try:
            yield
        finally:
            _unlock(file)


def _try(file: BinaryIO) -> bool:
    try:
        _lock(file)
    except OSError:
        return False
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: BinaryIO) -> None:
        file.seek(0, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
