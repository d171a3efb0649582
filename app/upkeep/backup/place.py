"""The folder of backups: finished ones by their time, and the files that all of them share."""

import os
import re
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from app.kit.config import Settings
from app.kit.storage import LocalStore
from app.kit.storage.incoming import make_folder, sync_folder
from app.kit.telemetry import log
from app.upkeep.backup import manifest
from app.upkeep.backup.manifest import Manifest
from app.upkeep.backup.problems import (
    BackupDamaged,
    BackupFolderUnsafe,
    BackupNotFound,
    BackupTooNew,
)

_FINISHED: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z")
_MAKING, _GOING = ".making-", ".going-"
FILES: Final = "files"
_HARMLESS: Final = (".json", ".sha256", ".dump")
_SMALL: Final = 16_384  # bytes; a file of MASTER has some 50 for each secret


class Place:
    """`<time>/` is a backup, `files/` holds the bytes of releases of all of them.

    A backup gets its name when it is durable and whole; whatever has another name is none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.files = LocalStore(self.folder / FILES)

    @classmethod
    def prepared(cls, folder: Path, settings: Settings) -> Self:
        """A folder to write to, closed to other users; BACKUP_FOLDER_UNSAFE beside secrets."""
        place = cls(folder)
        make_folder(place.folder.parent)
        with suppress(FileExistsError):
            place.folder.mkdir(mode=0o700)
            sync_folder(place.folder.parent)
        place.require_apart(settings)
        return place

    def require_apart(self, settings: Settings) -> None:
        """Whoever takes this folder along takes no MASTER and no key of ROOT with it."""
        master, here = settings.master_file.resolve(), self.folder.resolve()
        own = [master] if master.is_relative_to(here) else []
        for secret in (*own, *_keys_below(here, master.read_bytes().split())):
            raise BackupFolderUnsafe(found=secret)

    def begin(self) -> Path:
        """A folder for a backup that is none yet; what cut ones left is gone."""
        for left in (*self.folder.glob(f"{_MAKING}*"), *self.folder.glob(f"{_GOING}*")):
            left.unlink() if left.is_symlink() else shutil.rmtree(left)
        for name in list(self.files.unfinished()):
            self.files.discard(name)
        part = self.folder / f"{_MAKING}{secrets.token_hex(8)}"
        part.mkdir(mode=0o700)
        return part

    def finish(self, part: Path, taken_at: datetime) -> Path:
        """Gives a whole and durable backup its name: from now on it is one."""
        for folder, _, _ in os.walk(part):
            sync_folder(Path(folder))
        finished = self.folder / taken_at.strftime("%Y%m%dT%H%M%S.%fZ")
        part.replace(finished)
        sync_folder(self.folder)
        return finished

    def backups(self) -> Sequence[Path]:
        """The finished ones, oldest first."""
        if not self.folder.is_dir():
            return []
        found = (path for path in self.folder.iterdir() if _FINISHED.fullmatch(path.name))
        return sorted(path for path in found if path.is_dir() and not path.is_symlink())

    def thin(self, keep: int) -> int:
        """Lets older backups go, and files that no other one names; how many backups went.

        Where one that stays cannot say what it names, no file goes.
        """
        gone, kept = self.backups()[:-keep], self._named(self.backups()[-keep:])
        for path in gone:
            doomed = path.replace(self.folder / f"{_GOING}{path.name}")
            sync_folder(self.folder)
            shutil.rmtree(doomed)
        for sha256 in set(self.files.digests()) - kept:
            self.files.remove(sha256)
        return len(gone)

    def _named(self, backups: Sequence[Path]) -> set[str]:
        try:
            return {each.sha256 for path in backups for each in manifest.read(path).files}
        except (BackupDamaged, BackupTooNew) as problem:
            log.warning("backup", code=problem.code, kept="all files")
            return set(self.files.digests())


class Backup:
    """One finished backup, to be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.manifest: Manifest = manifest.read(folder)
        self.files = LocalStore(self.folder.parent / FILES)

    @classmethod
    def found(cls, folder: Path) -> Self:
        """The backup in this very folder, or the newest of a folder of backups."""
        is_one = _FINISHED.fullmatch(folder.absolute().name)
        if is_one or (folder / manifest.NAME).is_file():
            return cls(folder)
        finished = Place(folder).backups()
        if not finished:
            raise BackupNotFound(folder=folder)
        return cls(finished[-1])

    @property
    def dump(self) -> Path:
        """The database."""
        return self.folder / self.manifest.database.name

    @property
    def name(self) -> str:
        """By which an unfinished restoration knows it again."""
        return self.folder.name


def _keys_below(folder: Path, masters: Sequence[bytes]) -> Sequence[Path]:
    """Private keys and copies of MASTER; the thousands of shared files are none by their names."""
    found = []
    for place, folders, names in os.walk(folder):
        if Path(place) == folder and FILES in folders:
            folders.remove(FILES)
        paths = [Path(place, name) for name in names if not name.endswith(_HARMLESS)]
        found += [path for path in paths if path.suffix == ".pem" or _holds(path, masters)]
    return found


def _holds(path: Path, masters: Sequence[bytes]) -> bool:
    """Whether a file, whatever its name, is one of MASTER; what cannot be read is none of ours."""
    with suppress(OSError):
        if path.is_file() and path.stat().st_size <= _SMALL:
            return not set(masters).isdisjoint(path.read_bytes().split())
    return False
