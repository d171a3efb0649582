"""The PostgreSQL of one test run: a server, a migrated template in it, clones of the template."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from app.kit import embedded
from app.kit.migrate import upgrade
from tests.processes import run_mark

MEMORY = Path("/dev/shm")  # noqa: S108 - what we make there is 0711 and bears the run's mark
ENOUGH = 2 << 30
"""Bytes: the logs of a server take up to 1 GiB, its databases some 15 MiB each."""


@dataclass(frozen=True)
class Cluster:
    """One server and the prefix that all databases of this run share."""

    url: str
    run: str

    def url_of(self, name: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def clone(self, suffix: str) -> str:
        """A new database like the template; its URL."""
        self._execute("CREATE DATABASE {} TEMPLATE {}", f"{self.run}_{suffix}", self.template)
        return self.url_of(f"{self.run}_{suffix}")

    def drop(self, url: str) -> None:
        """Removes a clone, whoever is still connected to it."""
        self._execute("DROP DATABASE {} WITH (FORCE)", urlsplit(url).path.removeprefix("/"))

    @property
    def template(self) -> str:
        return f"{self.run}_template"

    def make_template(self) -> None:
        self._execute("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", self.template)
        upgrade(self.url_of(self.template))

    def drop_all(self) -> None:
        with psycopg.connect(self.url) as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{self.run}_"]
            ).fetchall()
        for (name,) in found:
            self.drop(self.url_of(name))

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The server that TEST_DATABASE_URL names, else a private one; ours alone is ended."""
    run = f"podkluch_test_{run_mark()}"
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        shared = Cluster(given, run)
        try:
            shared.make_template()
            yield shared
        finally:
            shared.drop_all()
        return
    place = private_folder(fastest_place())
    with place as folder, embedded.start(folder / "postgres", durable=False) as server:
        own = Cluster(server.url, run)
        own.make_template()
        yield own


def fastest_place() -> Path | None:
    """Where databases that nobody keeps are copied and dropped quickest: in memory, if they fit."""
    fits = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if fits and shutil.disk_usage(MEMORY).free >= ENOUGH else None


@contextmanager
def private_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder that `nobody`, who runs PostgreSQL for root, passes through; directly below /tmp."""
    parent = parent or (embedded.SHORT if embedded.UNIX_SOCKETS else None)
    folder = Path(tempfile.mkdtemp(prefix=f"podkluch-test-{run_mark()}-", dir=parent))
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder)
