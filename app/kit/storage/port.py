"""What every store of artifacts can do; its callers know nothing of folders or buckets."""

import hashlib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.kit.storage.incoming import Arriving, Incoming

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store computed itself about the bytes that it was handed."""

    sha256: str
    size: int


class ArtifactStore(Protocol):
    """Where artifact bytes live. Errors of the medium are DISK_FULL or STORAGE_UNAVAILABLE."""

    def receiving(self, limit: int | None = None) -> Arriving:
        """Takes bytes piece by piece into a file that is gone at the end, unless it was kept."""

    def keep(self, incoming: Incoming) -> Stored:
        """Makes received bytes durable under their hash; the row that names them comes later."""

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Receives and keeps."""

    def read(self, sha256: str, first: int = 0, length: int | None = None) -> Generator[bytes]:
        """The bytes from `first` on, in pieces; whoever stops early closes the iterator."""

    def size(self, sha256: str) -> int | None:
        """Bytes kept under a hash, or None."""

    def lacks(self, sha256: str, size: int) -> bool:
        """Whether the bytes are known to be gone or cut, without asking another machine."""

    def digests(self, before: datetime | None = None) -> Iterator[str]:
        """Every hash that the store holds; with `before`, those that are older."""

    def remove(self, sha256: str) -> None:
        """Deletes the bytes of a hash; nothing if there are none."""

    def unfinished(self, before: datetime | None = None) -> Iterator[str]:
        """Names of files whose bytes did not all arrive: uploads that run now, or were cut."""

    def discard(self, name: str) -> None:
        """Deletes one of the unfinished; nothing if it is gone."""

    def link(self, sha256: str, filename: str) -> str | None:
        """An address that serves the bytes to anybody for a minute; None: this store has none."""

    def writable(self) -> bool:
        """Whether a file could be written now."""


def require_digest(sha256: str) -> None:
    """Only a hash is a name: no path of anybody's leads out of the store."""
    if not is_digest(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")


def is_digest(name: str) -> bool:
    """Whether a name is a SHA-256 in lower-case hex."""
    return _SHA256.match(name) is not None


def place(sha256: str) -> str:
    """Where the bytes of a hash are, in a folder, a bucket and behind nginx alike."""
    require_digest(sha256)
    return f"sha256/{sha256[:2]}/{sha256}"


def digest_of(store: ArtifactStore, sha256: str) -> str:
    """SHA-256 of what the store really holds under a hash, in constant memory."""
    whole = hashlib.sha256()
    for chunk in store.read(sha256):
        whole.update(chunk)
    return whole.hexdigest()
