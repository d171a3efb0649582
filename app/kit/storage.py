"""The bytes of artifacts, named by their SHA-256: write-once, and never visible half-written."""

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.kit.problems import DiskFull

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store computed itself about the bytes that it was handed."""

    sha256: str
    size: int


class ArtifactStore(Protocol):
    """Where artifact bytes live; the local folder now, object storage behind the same port."""

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Keeps the bytes durably; the row that names them is written only afterwards."""

    def path(self, sha256: str) -> Path:
        """The file of a hash, present or not."""

    def size(self, sha256: str) -> int | None:
        """Bytes kept under a hash, or None."""

    def digests(self) -> Iterator[str]:
        """Every hash that the store holds."""

    def unfinished(self) -> Iterator[str]:
        """Names of files whose bytes did not all arrive: uploads that run now, or were cut."""

    def writable(self) -> bool:
        """Whether a file could be written now."""


class LocalStore:
    """A folder: `incoming/<random>` while bytes arrive, `sha256/ab/<hash>` once durable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, chunks: Iterable[bytes]) -> Stored:
        temporary = self.folder / "incoming" / secrets.token_hex(16)
        try:
            _make_folder(temporary.parent)
            stored = self._write(temporary, chunks)
            self._publish(temporary, stored)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise
        finally:
            temporary.unlink(missing_ok=True)
        return stored

    @staticmethod
    def _write(temporary: Path, chunks: Iterable[bytes]) -> Stored:
        digest, size = hashlib.sha256(), 0
        with temporary.open("xb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            # Without it a power cut can leave the renamed name with no bytes behind it.
            os.fsync(file.fileno())
        return Stored(digest.hexdigest(), size)

    def _publish(self, temporary: Path, stored: Stored) -> None:
        target = self.path(stored.sha256)
        if self.size(stored.sha256) != stored.size:
            _make_folder(target.parent)
            temporary.replace(target)
        _sync_folder(target.parent)

    def path(self, sha256: str) -> Path:
        if not _SHA256.match(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self.folder / "sha256" / sha256[:2] / sha256

    def size(self, sha256: str) -> int | None:
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def digests(self) -> Iterator[str]:
        for path in sorted((self.folder / "sha256").glob("??/*")):
            if _SHA256.match(path.name):
                yield path.name

    def unfinished(self) -> Iterator[str]:
        for path in sorted((self.folder / "incoming").glob("*")):
            yield path.relative_to(self.folder).as_posix()

    def writable(self) -> bool:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return os.access(self.folder, os.W_OK)


def digest_of(path: Path) -> str:
    """SHA-256 of a file in constant memory, lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a megabyte at a time."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _make_folder(folder: Path) -> None:
    """Makes a folder that a power cut does not take back with all that is in it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle of a folder to flush; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
