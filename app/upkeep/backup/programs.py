"""pg_dump and pg_restore: which ones fit the server, and how they reach it."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from app.kit import postgres
from app.kit.config import without_password
from app.kit.postgres import EmbeddedDatabaseError
from app.kit.telemetry import redact
from app.upkeep.backup.problems import ProgramFailed, ProgramsMissing

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_SAID_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation of PostgreSQL's programs."""

    folder: Path
    major: int

    @classmethod
    def fitting(cls, server: int) -> "Programs":
        """Those of the server's own version if they are here, else the oldest of the newer ones.

        PROGRAMS_MISSING if all are older: pg_dump refuses a newer server.
        """
        found = sorted(_installed(), key=lambda each: each.major)
        good = [each for each in found if each.major >= server]
        if not good:
            told = ", ".join(str(each.major) for each in found) or "-"
            raise ProgramsMissing(server=server, found=told)
        return good[0]

    def run(self, program: str, url: str, *arguments: str | Path) -> None:
        """Runs a program on a database; PROGRAM_FAILED with its own words."""
        with _reachable(url) as place:
            done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, in a folder found here
                [self.folder / program, "--no-password", f"--dbname={place}", *arguments],
                env=without_password(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        if done.returncode:
            said = str(redact(done.stderr.strip()))[-_SAID_MAX:]
            raise ProgramFailed("{said}", program=program, said=said)


def _installed() -> Iterator[Programs]:
    """What there is: the embedded package's, those on PATH, the machine's own."""
    folders = []
    with suppress(EmbeddedDatabaseError):
        folders.append(postgres.programs())
    if on_path := shutil.which("pg_dump"):
        folders.append(Path(on_path).resolve().parent)
    folders += postgres.MACHINE.glob("*/bin")
    for folder in dict.fromkeys(folders):
        version = _version(folder)
        if version is not None:
            yield Programs(folder, version)


def _version(folder: Path) -> int | None:
    for program in ("pg_restore", "pg_dump"):
        if shutil.which(program, path=str(folder)) is None:
            return None
    said = subprocess.run(  # noqa: S603 - as above
        [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = _VERSION.search(said)
    return int(found[1]) if found else None


@contextmanager
def _reachable(url: str) -> Iterator[str]:
    """The address for libpq; its password is in a file, not where other users see it."""
    parts = make_url(url).set(drivername="postgresql")
    if parts.password is None:
        yield parts.render_as_string(hide_password=False)
        return
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:  # made with mode 0600
        password = re.sub(r"([\\:])", r"\\\1", str(parts.password))
        file.write(f"*:*:*:*:{password}\n")
        file.flush()
        bare = parts._replace(password=None).update_query_dict({"passfile": file.name})
        yield bare.render_as_string(hide_password=False)
