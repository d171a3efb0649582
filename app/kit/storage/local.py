"""Artifacts in a folder: write-once, and durable before they have a name."""

import os
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from app.kit.storage import incoming as arrival
from app.kit.storage.incoming import Arriving, Incoming, told_apart
from app.kit.storage.port import Stored, digest_of, is_digest, place

CHUNK = 1 << 20


class LocalStore:
    """`incoming/<random>` while bytes arrive, `sha256/ab/<hash>` once durable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def receiving(self, limit: int | None = None) -> Arriving:
        return Arriving(self.folder / "incoming", limit)

    def keep(self, incoming: Incoming) -> Stored:
        target = self.path(incoming.sha256)
        with told_apart():
            if self.lacks(incoming.sha256, incoming.size) or self._is_damaged(incoming.sha256):
                arrival.make_folder(target.parent)
                incoming.path.replace(target)
            arrival.sync_folder(target.parent)
        return Stored(incoming.sha256, incoming.size)

    def _is_damaged(self, sha256: str) -> bool:
        return digest_of(self, sha256) != sha256

    def put(self, chunks: Iterable[bytes]) -> Stored:
        with self.receiving() as arriving:
            for chunk in chunks:
                arriving.write(chunk)
            return self.keep(arriving.finish())

    def path(self, sha256: str) -> Path:
        """The file of a hash, present or not."""
        return self.folder / place(sha256)

    def read(self, sha256: str, first: int = 0, length: int | None = None) -> Generator[bytes]:
        with told_apart(), self.path(sha256).open("rb", buffering=0) as file:
            file.seek(first)
            left = length
            while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
                left = None if left is None else left - len(chunk)
                yield chunk

    def size(self, sha256: str) -> int | None:
        path = self.path(sha256)
        with told_apart():
            try:
                return path.stat().st_size
            except FileNotFoundError:
                return None

    def lacks(self, sha256: str, size: int) -> bool:
        return self.size(sha256) != size

    def digests(self, before: datetime | None = None) -> Iterator[str]:
        # Shelf by shelf: who asks whether there is any file does not wait for the names of all.
        for shelf in sorted((self.folder / "sha256").glob("??/")):
            for name in sorted(path.name for path in shelf.iterdir()):
                if is_digest(name) and arrival.is_older(shelf / name, before):
                    yield name

    def remove(self, sha256: str) -> None:
        with told_apart():
            self.path(sha256).unlink(missing_ok=True)

    def unfinished(self, before: datetime | None = None) -> Iterator[str]:
        return arrival.unfinished(self.folder / "incoming", before)

    def discard(self, name: str) -> None:
        with told_apart():
            (self.folder / "incoming" / Path(name).name).unlink(missing_ok=True)

    def link(self, sha256: str, filename: str) -> str | None:
        del sha256, filename
        return None

    def writable(self) -> bool:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return os.access(self.folder, os.W_OK)
