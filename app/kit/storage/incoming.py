"""Bytes on their way in: hashed and counted as they come, in a file that nobody else sees."""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from app.kit.problems import BodyTooLarge, DiskFull, StorageUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def told_apart() -> Iterator[None]:
    """What an error of the medium means for the caller: no room, or come again."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull from error
        raise StorageUnavailable(n=10) from error


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that arrived whole and is durable, under a name that means nothing yet."""

    path: Path
    sha256: str
    size: int


class Arriving:
    """The open end of a file that arrives; at the end of the `with` it is gone unless kept."""

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        self._path = folder / secrets.token_hex(16)
        self._limit = limit
        self._digest, self._size = hashlib.sha256(), 0
        self._descriptor = -1

    def __enter__(self) -> Self:
        with told_apart():
            make_folder(self._path.parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self._path, flags, 0o600)
        return self

    def __exit__(self, *_: object) -> None:
        # What stays lying here is swept after a day; it must not hide what really happened.
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """The next bytes; BODY_TOO_LARGE as soon as they are too many."""
        self._size += len(chunk)
        if self._limit is not None and self._size > self._limit:
            raise BodyTooLarge(max=self._limit)
        self._digest.update(chunk)
        rest = memoryview(chunk)
        with told_apart():
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def finish(self) -> Incoming:
        """Makes what came durable; nothing more is written."""
        with told_apart():
            # Without it a power cut can leave the renamed name with no bytes behind it.
            os.fsync(self._descriptor)
            self._close()
        return Incoming(self._path, self._digest.hexdigest(), self._size)

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


def unfinished(folder: Path, before: datetime | None) -> Iterator[str]:
    """Names of files in a folder of arriving ones; with `before`, those untouched since."""
    for path in sorted(folder.glob("*")):
        if is_older(path, before):
            yield path.relative_to(folder.parent).as_posix()


def is_older(path: Path, before: datetime | None) -> bool:
    """Whether a file was last written before an instant; one that is gone was not."""
    try:
        return before is None or path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def make_folder(folder: Path) -> None:
    """Makes a folder that a power cut does not take back with all that is in it."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    if os.name == "nt":  # Windows has no handle of a folder to flush; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
