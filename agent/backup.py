"""Copies of what a write will replace, and where to find them again."""

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from agent.clock import utc_now
from agent.codes import Code
from agent.errors import Failure
from agent.files import private_folder, write_whole
from agent.infobase import StoredExtension
from agent.journal import Journal
from onec.cfe import BadCfe, read_cfe
from wire import codec
from wire.problems import Sentence

_KEPT = 5
_EMPTY = Sentence("1С отдала пустой файл", "1C gave an empty file")


def _text_of(error: BadCfe) -> Sentence:
    return Sentence(error.text("ru"), error.text("en"))


@dataclass(frozen=True, slots=True)
class Backup:
    """What the infobase held before the write; no extension means there was none."""

    extension: StoredExtension | None
    path: Path | None
    sha256: str | None

    def data(self) -> bytes:
        """The bytes kept; raises BACKUP_FAILED when they are not what was put there."""
        assert self.path is not None  # noqa: S101 - callers ask only where something was kept
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise Failure(Code.BACKUP_FAILED, why=error.strerror or "?") from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise Failure(Code.BACKUP_FAILED, why=f"SHA-256: {self.path}")
        return data


@dataclass(frozen=True, slots=True)
class Copy:
    """A kept extension, by the operation before whose write it was made."""

    operation: str
    made_at: str
    extension: StoredExtension
    sha256: str


class Backups:
    """The folder of copies and its rows in the journal."""

    def __init__(self, journal: Journal, folder: Path) -> None:
        self._journal = journal
        self._folder = folder

    def keep_nothing(self, operation: str) -> None:
        """Before the write there was no such extension."""
        self._record(operation, None, None, None)

    def keep(self, operation: str, infobase: str, extension: StoredExtension, data: bytes) -> Path:
        """Put the bytes on the disk and check that they can be written back."""
        if not data:
            raise Failure(Code.BACKUP_FAILED, why=_EMPTY)
        path = private_folder(self._folder / infobase) / f"{operation}.cfe"
        try:
            read_cfe(data)
            write_whole(path, data)
        except BadCfe as error:
            raise Failure(Code.BACKUP_FAILED, why=_text_of(error)) from error
        except OSError as error:
            raise Failure(Code.BACKUP_FAILED, why=error.strerror or "?") from error
        self._record(operation, path, hashlib.sha256(data).hexdigest(), extension)
        return path

    def of(self, operation: str) -> Backup | None:
        """What an operation kept, if it came so far."""
        rows = self._journal.rows("SELECT * FROM backups WHERE operation = ?", operation)
        if not rows:
            return None
        path, extension = rows[0]["path"], rows[0]["extension"]
        return Backup(
            extension=codec.loads(StoredExtension, extension.encode()) if extension else None,
            path=Path(path) if path else None,
            sha256=rows[0]["sha256"],
        )

    def copies(self, infobase: str, onec_name: str) -> list[Copy]:
        """What can be written back, newest first."""
        found = []
        for row in self._kept(infobase, onec_name):
            backup = self.of(row["operation"])
            if backup and backup.extension and backup.sha256:
                made_at, sha256 = row["made_at"], backup.sha256
                found.append(Copy(row["operation"], made_at, backup.extension, sha256))
        return found

    def forget_old(self, infobase: str, onec_name: str) -> None:
        """Leave the last five copies of an extension, and five that differ.

        Attempts that fail night after night each keep what is installed: the copies of it alone
        must not use up the places of what was there before.
        """
        rows = self._kept(infobase, onec_name)
        differing = list(dict.fromkeys(row["sha256"] for row in rows))[:_KEPT]
        for number, row in enumerate(rows):
            if row["sha256"] in differing:
                differing.remove(row["sha256"])  # the newest of its bytes
                continue
            if number < _KEPT:
                continue
            Path(row["path"]).unlink(missing_ok=True)
            with self._journal.transaction() as db:
                name = (row["operation"],)
                db.execute("UPDATE backups SET path = NULL WHERE operation = ?", name)

    def _kept(self, infobase: str, onec_name: str) -> list[sqlite3.Row]:
        """The rows of copies that are there, newest first; those of open operations stay out."""
        return self._journal.rows(
            "SELECT b.* FROM backups b JOIN operations o ON o.id = b.operation"
            " WHERE o.infobase = ? AND o.onec_name = ? AND b.path IS NOT NULL"
            " AND o.finished_at IS NOT NULL ORDER BY b.rowid DESC",
            infobase,
            onec_name,
        )

    def _record(
        self,
        operation: str,
        path: Path | None,
        sha256: str | None,
        extension: StoredExtension | None,
    ) -> None:
        kept = codec.dumps(extension).decode() if extension else None
        with self._journal.transaction() as db:
            db.execute(
                "INSERT INTO backups VALUES (?, ?, ?, ?, ?)",
                (operation, utc_now(), str(path) if path else None, sha256, kept),
            )
