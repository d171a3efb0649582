"""A private PostgreSQL for one folder: started, or adopted when it runs already, and stopped."""

import hashlib
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg

from app.kit import postgres
from app.kit.postgres import EmbeddedDatabaseError
from app.kit.telemetry import log

UNIX_SOCKETS = hasattr(socket, "AF_UNIX")
SHORT = Path("/tmp")  # noqa: S108 - the path of a socket ends at 107 bytes; what we make is 0700
PATIENCE = 5.0  # seconds: for a start beside this one to answer, for a killed server to be gone
LOOK = 1.0  # seconds between two looks at a server that is kept
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
    sockets = _sockets(data) if UNIX_SOCKETS else None
    settings = ("jit=off", *_address(data, sockets), *(() if durable else UNSAFE))
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


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """While it lasts, the server of `folder` is started again when it ends, whoever started it."""
    data, over, ours = folder.resolve(), threading.Event(), list[Database]()

    def keep() -> None:
        while not over.wait(LOOK):
            if not _answering(data) and (data / "PG_VERSION").exists():
                log.warning("database", why="it is gone and started again")
                with suppress(EmbeddedDatabaseError):  # the next look tries again
                    ours.append(start(folder))

    keeper = threading.Thread(target=keep, name="database", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        for database in ours[-1:]:
            database.stop()


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


def _sockets(data: Path) -> Path:
    """Always the same for these data, so that a running program of ours finds the next server."""
    return SHORT / f"podkluch-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def _address(data: Path, sockets: Path | None) -> tuple[str, ...]:
    """Where the server listens: a socket that only its own user reaches, else loopback."""
    if sockets:
        listen = ("listen_addresses=", f"unix_socket_directories={sockets}", "port=5432")
        return (*listen, "unix_socket_permissions=0700")
    port = f"port={_port(data.with_name(f'{data.name}.port'))}"
    return ("listen_addresses=127.0.0.1", port, "unix_socket_directories=")


def _port(kept: Path) -> int:
    """The one of before, which a running program of ours asks, unless somebody has taken it."""
    for wanted in (int(kept.read_text("ascii")) if kept.exists() else 0, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", wanted)) as free:
            port: int = free.getsockname()[1]
            kept.write_text(str(port), "ascii")
            return port
    raise EmbeddedDatabaseError("нет свободного порта / no free port")


def _entry(data: Path) -> tuple[str, ...]:
    """How initdb lets clients in: whoever reaches the socket, else whoever reads the password."""
    if UNIX_SOCKETS:
        return ("-A", "trust")
    _password(data).touch(mode=0o600)
    _password(data).write_text(secrets.token_urlsafe(24), encoding="utf-8")
    return ("-A", "scram-sha-256", f"--pwfile={_password(data)}")


def _password(data: Path) -> Path:
    return data.with_name(f"{data.name}.password")
