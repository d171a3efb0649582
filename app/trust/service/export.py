"""A static copy of a repository for a mirror: whole at every moment, whenever it is cut."""

import hashlib
import os
import uuid
from pathlib import Path
from typing import Final

from app.kit.db import KitSession
from app.trust import queries
from app.trust.models import MetadataRole

_TIMESTAMP: Final = f"{MetadataRole.TIMESTAMP}.json"


def export(session: KitSession, vendor_id: uuid.UUID, folder: Path) -> int:
    """Writes what the folder lacks, as agents ask for it; how many files that were.

    The timestamp is read first and written last: what it names is there before it is.
    """
    row = queries.ready_repository(session, vendor_id)
    place = folder / row.repo_id / "metadata"
    place.mkdir(parents=True, exist_ok=True)
    _sync(place.parent)
    timestamp, written = queries.served(session, row.repo_id, _TIMESTAMP), 0
    for file in queries.files(session, row.id):
        if file.role != MetadataRole.TIMESTAMP and not _holds(place / file.name, file.sha256):
            _write(place / file.name, queries.served(session, row.repo_id, file.name))
            written += 1
    if not _holds(place / _TIMESTAMP, hashlib.sha256(timestamp).hexdigest()):
        _write(place / _TIMESTAMP, timestamp)
        written += 1
    return written


def _holds(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _write(path: Path, content: bytes) -> None:
    """The bytes are on the disk before they have their name, and the name after it."""
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle of a folder to flush; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
