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
from agent.windows import mutex

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


@contextmanager
def machine_wide(
    name: str, path: Path, seconds: float, timing: Timing | None = None
) -> Iterator[None]:
    """Hold a lock of the whole computer: a mutex of Windows, elsewhere that of the file.

    One folder of trust has one user, whichever account it runs as. Raises BUSY_LOCAL.
    """
    if sys.platform != "win32":
        with held(path, seconds, timing):
            yield
        return
    try:
        with mutex(rf"Global\{name}", seconds) as is_held:
            if not is_held:
                raise Failure(Code.BUSY_LOCAL)
            yield
    except PermissionError as error:  # another account's, which gave us no right to wait
        raise Failure(Code.BUSY_LOCAL) from error


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
