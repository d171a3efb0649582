"""A server that is thrown away: a folder with its database, its MASTER and its files."""

import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy import Engine

from app.kit import embedded
from app.kit.config import Settings
from app.kit.db import Kit, make_engine
from app.kit.signing.keyring import Keyring
from app.kit.storage import LocalStore


@dataclass(frozen=True, slots=True)
class State:
    """How many rows each table has, and the end of every audit chain: vendor, number, hash."""

    counts: Mapping[object, object]
    heads: Sequence[tuple[Any, ...]]


class Server:
    """Nothing of the real installation's settings is in it; its database keeps what it says."""

    def __init__(self, folder: Path, artifacts: Path, master: Path | None = None) -> None:
        self.folder, self.artifacts = folder, artifacts
        self.settings = Settings(
            environment="development",
            data=folder,
            database_url=None,
            artifacts=str(artifacts),
            master_key_file=master or folder / "keys" / "master",
            download_mode="direct",
        )
        self.url = ""
        self._engine: Engine | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        keyring = Keyring.read(self.settings.master_file)
        self._database = embedded.start(self.folder / "postgres")
        self.url = self._database.url
        self._engine = make_engine(self.url, self.settings)
        self.kit = Kit(self.settings, LocalStore(self.artifacts), keyring=keyring)
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()
        self._database.stop()

    @property
    def engine(self) -> Engine:
        """Of a server that runs."""
        assert self._engine is not None  # noqa: S101 - only inside the `with`
        return self._engine

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of one statement of PostgreSQL's own, outside of any transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def state(self) -> "State":
        """What is in the database now."""
        tables = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        counts = {name: self.execute(f'SELECT count(*) FROM "{name}"') for (name,) in tables}  # noqa: S608 - names of our own tables
        heads = self.execute("SELECT vendor_id, seq, hash FROM audit_heads ORDER BY vendor_id")
        return State(counts, heads)

    def destroy(self) -> None:
        """kill -9, and the folder is gone with all that is in it."""
        data = (self.folder / "postgres").resolve()
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        os.kill(pid, signal.SIGKILL)
        for folder in (data, self.folder):
            with suppress(FileNotFoundError):
                shutil.rmtree(folder, ignore_errors=True)
