"""A static copy of a repository for a mirror: whole at every moment, whenever it is cut."""

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
        if file.role != MetadataRole.TIMESTAMP:
            written += _write(place / f"{file.version}.{file.role}.json", file.content)
    return written + _write(place / _TIMESTAMP, timestamp)


def _write(path: Path, content: bytes) -> bool:
    """Whether it had to be written; durable before it has its name, and the name after it."""
    if path.is_file() and path.read_bytes() == content:
        return False
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle of a folder to flush; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
