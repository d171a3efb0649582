"""A private PostgreSQL for one folder: started, or adopted when it runs already, and stopped."""

import secrets
import shutil
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg

from app.kit import postgres
from app.kit.postgres import EmbeddedDatabaseError

UNIX_SOCKETS = hasattr(socket, "AF_UNIX")
SHORT = Path("/tmp")  # noqa: S108 - the path of a socket ends at 107 bytes; what we make is 0700
PATIENCE = 5.0  # seconds: for a start beside this one to answer, for a killed server to be gone
UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@dataclass(frozen=True, slots=True)
class Database:
    """A server that answers at `url` (psycopg, SQLAlchemy); an adopted one is not ours to stop."""

    url: str
    adopted: bool
    _stop: tuple[str | Path, ...] = ()
    _sockets: Path | None = None

    def stop(self) -> None:
        """Fast shutdown, waited for; a second call does nothing."""
        if not self.adopted:
            postgres.run(*self._stop)
        if self._sockets:
            with suppress(OSError):  # not empty: who is there now has been started since
                self._sockets.rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(folder: Path, *, durable: bool = True) -> Database:
    """The server of `folder`, made at the first call; `durable=False` is for tests only."""
    data = postgres.data_folder(folder.absolute())
    if url := _answering(data):
        return Database(url, adopted=True)
    programs = postgres.programs()
    if not postgres.is_made(data, programs):
        postgres.make(data, programs, *_entry(data), *([] if durable else ["--no-sync"]))
    sockets = postgres.sockets_of(data, SHORT) if UNIX_SOCKETS else None
    settings = ("jit=off", *postgres.address(data, sockets), *(() if durable else UNSAFE))
    options = " ".join(f"-c {setting}" for setting in settings)
    control, log = (programs / "pg_ctl", "-D", data, "-w"), data / "server.log"
    started, url, deadline = False, None, time.monotonic() + PATIENCE
    while not url and time.monotonic() < deadline:
        if sockets:
            postgres.own_folder(sockets)
        started, said = postgres.run(*control, "-l", log, "-o", options, "start")
        url = _answering(data)
    if started and url:
        return Database(
            url, adopted=False, _stop=(*control, "-m", "fast", "stop"), _sockets=sockets
        )
    Database("", adopted=True, _sockets=sockets).stop()
    if url:  # a start beside this one was faster
        return Database(url, adopted=True)
    if log.exists():
        said += "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
    raise EmbeddedDatabaseError(f"PostgreSQL не запустился / did not start ({data}):\n{said}")


def answers(folder: Path) -> bool:
    """Whether the server of `folder` takes connections now."""
    return _answering(folder.resolve()) is not None


def remove(folder: Path) -> None:
    """Deletes the database of `folder`, wherever its data lie; a running one is refused."""
    data = folder.resolve()
    if _answering(data):
        raise EmbeddedDatabaseError(f"{data}: база работает / the database is running")
    if data.exists():
        shutil.rmtree(data)
    if folder.is_symlink():
        folder.unlink()


def _answering(data: Path) -> str | None:
    """The URL of the server that answers for this data folder now."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        _, _, _, port, sockets, host, *_ = lines
        place = f"@/postgres?host={quote(sockets)}&port={port}"
        if not sockets:
            place = f":{_password(data).read_text(encoding='utf-8')}@{host}:{port}/postgres"
        url = f"postgresql://postgres{place}"
        psycopg.connect(url, connect_timeout=5).close()
    except (OSError, ValueError, psycopg.OperationalError):  # none, half-written, not ours, dead
        return None
    return url


def _entry(data: Path) -> tuple[str, ...]:
    """How initdb lets clients in: whoever reaches the socket, else whoever reads the password."""
    if UNIX_SOCKETS:
        return ("-A", "trust")
    _password(data).touch(mode=0o600)
    _password(data).write_text(secrets.token_urlsafe(24), encoding="utf-8")
    return ("-A", "scram-sha-256", f"--pwfile={_password(data)}")


def _password(data: Path) -> Path:
    return data.with_name(f"{data.name}.password")
