"""What a backup says of itself: its time, its parts with their SHA-256, and how far it goes."""

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.kit.storage.incoming import sync_folder
from app.upkeep.backup.problems import BackupDamaged, BackupNotFound, BackupTooNew

FORMAT: Final = "podkluch-backup-1"
NAME: Final = "manifest.json"
SEAL: Final = "manifest.json.sha256"
"""Of the manifest itself; `sha256sum --check` reads it as well."""
_PIECE: Final = 1 << 20


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Kid = Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]


class Part(BaseModel):
    """One file of a backup, by its path in it."""

    name: str
    sha256: Sha256
    size: int


class Kept(BaseModel):
    """A file of a release or a picture; its place follows from its hash."""

    sha256: Sha256
    size: int


class Mark(BaseModel):
    """How far one vendor's data go."""

    id: UUID
    slug: str
    audit_seq: int
    audit_at: datetime | None
    repository: str | None = None
    root_version: int = 0
    timestamp_version: int = 0


class Manifest(BaseModel):
    """A backup. Everything in it is of one moment, `taken_at`."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["podkluch-backup-1"] = FORMAT
    program: str
    taken_at: datetime
    revision: Annotated[str, Field(min_length=1)]
    postgresql: str
    masters: Sequence[Kid]
    """The names of the secrets that open what is sealed in it, never the secrets."""
    vendors: Sequence[Mark]
    database: Part
    trust: Sequence[Part]
    files: Sequence[Kept]
    lacking: Sequence[str] = ()
    """Files that the server itself had lost, or whose bytes it had damaged."""

    @property
    def size(self) -> int:
        """Bytes of everything that is in it."""
        parts = sum(part.size for part in (self.database, *self.trust))
        return parts + sum(file.size for file in self.files)


def write(manifest: Manifest, folder: Path) -> None:
    """Writes the manifest and its seal, durably; after everything that it names."""
    content = manifest.model_dump_json(indent=1).encode()
    seal = f"{hashlib.sha256(content).hexdigest()}  {NAME}\n".encode()
    for name, data in ((NAME, content), (SEAL, seal)):
        with (folder / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    sync_folder(folder)


def read(folder: Path) -> Manifest:
    """The manifest of one backup; BACKUP_NOT_FOUND, BACKUP_DAMAGED or BACKUP_TOO_NEW."""
    try:
        document = json.loads(_sealed(folder))
        written_as, program = document.get("format"), document.get("program")
    except (ValueError, RecursionError, AttributeError):  # no JSON, or no object
        raise BackupDamaged(files=f"{folder.name}/{NAME}") from None
    if written_as != FORMAT:
        raise BackupTooNew(found=str(written_as)[:60])
    try:
        return Manifest.model_validate(document)
    except ValidationError:
        raise BackupTooNew(found=str(program)[:60]) from None


def _sealed(folder: Path) -> bytes:
    if not all((folder / name).is_file() for name in (NAME, SEAL)):  # a pipe would be waited for
        if folder.is_dir():
            raise BackupDamaged(files=f"{folder.name}/{NAME}")
        raise BackupNotFound(folder=folder)
    content = (folder / NAME).read_bytes()
    seal = (folder / SEAL).read_text("ascii", "replace").split()[:1]
    if seal != [hashlib.sha256(content).hexdigest()]:
        raise BackupDamaged(files=f"{folder.name}/{NAME}")
    return content


def part_of(folder: Path, path: Path) -> Part:
    """A finished file as the manifest names it."""
    name = path.relative_to(folder).as_posix()
    return Part(name=name, sha256=digest(path), size=path.stat().st_size)


def digest(path: Path) -> str:
    """SHA-256 of a file, in constant memory."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            whole.update(piece)
    return whole.hexdigest()


def is_whole(folder: Path, part: Part) -> bool:
    """Whether a file is there with the bytes that were backed up."""
    path = folder / part.name
    return path.is_file() and path.stat().st_size == part.size and digest(path) == part.sha256
