"""The PostgreSQL of the benchmark and the databases that it keeps between runs, below var/bench."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from sqlalchemy import Engine, create_engine

from app.kit import embedded
from app.kit.config import Settings
from app.kit.db import SCHEMA_HEAD, Kit
from app.kit.signing.keyring import Keyring, create_master
from app.kit.storage import store_of
from tests.bench import dataset as rows
from tests.bench.dataset import Dataset
from tests.bench.numbering import Scale
from tests.bench.servers import Place
from tests.browser.site import Site

KEPT = 14 * 86_400
"""Seconds after which a dataset is made anew."""
HOME = Path(__file__).parents[2] / "var" / "bench"
_MADE_OF = ("dataset.py", "catalogue.py", "numbering.py", "rows.sql")
_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")


@dataclass(frozen=True, slots=True)
class Base:
    """A database with a dataset, and the folder of its files."""

    dataset: Dataset
    place: Place
    kit: Kit

    @property
    def label(self) -> str:
        """How people call its size."""
        return labelled(self.dataset.scale.keys)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """For verbs; nothing of it stays open."""
        made = create_engine(self.dataset.url)
        try:
            yield made
        finally:
            made.dispose()


def labelled(number: int) -> str:
    """10k, 1M."""
    return f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number / 1_000:g}k"


class Store:
    """A running server with its databases."""

    def __init__(self, url: str, pid: int, home: Path) -> None:
        self.url, self.pid, self.home = url, pid, home
        self._numbers = count(1)

    def url_of(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def settings(self) -> dict[str, str]:
        """What the server says of its own durability and memory."""
        with psycopg.connect(self.url) as connection:
            return {
                name: connection.execute(f"SHOW {name}").fetchone()[0] for name in _SETTINGS
            } | {"version": connection.execute("SHOW server_version").fetchone()[0]}

    def base(self, scale: Scale) -> Base:
        """A dataset of this scale: the one that is kept, or a fresh one."""
        name = f"bench_{labelled(scale.keys).lower()}"
        data = self.home / name
        note = data / "dataset.json"
        told = json.loads(note.read_text()) if note.exists() else {}
        kit = a_kit(data)
        if told.get("made_of") != digest(scale) or _is_old(note):
            note.unlink(missing_ok=True)
            self._create(name)
            made = rows.build(self.url_of(name), scale, kit)
            told = {"made_of": digest(scale), "prefix": made.prefix, "site": asdict(made.site)}
            note.write_text(json.dumps(told))
        _renew(self.url_of(name))
        found = Dataset(self.url_of(name), scale, told["prefix"], Site(**told["site"]))
        return Base(found, Place(found.url, data), kit)

    @contextmanager
    def copy(self, base: Base) -> Iterator[Base]:
        """A copy that may be spoiled; it is dropped afterwards, its files stay."""
        name = f"bench_copy_{next(self._numbers)}"
        original = urlsplit(base.dataset.url).path[1:]
        self._create(name, original)
        kept = base.dataset
        copied = Dataset(self.url_of(name), kept.scale, kept.prefix, kept.site)
        try:
            yield Base(copied, Place(copied.url, base.place.data), base.kit)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _create(self, name: str, template: str = "template0") -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _is_old(note: Path) -> bool:
    """Terms in it end some time after it was made."""
    return time.time() - note.stat().st_mtime > KEPT


def _renew(url: str) -> None:
    """Whoever was signed in still is."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE user_sessions SET created_at = now(), last_seen_at = now()")


def a_kit(data: Path) -> Kit:
    """What verbs reach, on a folder with a MASTER of its own."""
    settings = Settings(environment="development", data=data, totp_required=False)
    if not settings.master_file.exists():
        create_master(settings.master_file)
    return Kit(settings, store_of(settings), keyring=Keyring.read(settings.master_file))


def digest(scale: Scale) -> str:
    """What a dataset is made of: another digest, another dataset."""
    parts = [Path(__file__).with_name(name).read_bytes() for name in _MADE_OF]
    whole = b"\0".join([*parts, SCHEMA_HEAD.encode(), repr(scale).encode()])
    return hashlib.sha256(whole).hexdigest()


@contextmanager
def opened(home: Path = HOME) -> Iterator[Store]:
    """The server, with fsync on as in production."""
    home.mkdir(parents=True, exist_ok=True)
    with embedded.start(home / "postgres") as server:
        with psycopg.connect(server.url) as connection:
            directory = connection.execute("SHOW data_directory").fetchone()[0]
        pid = int((Path(directory) / "postmaster.pid").read_text().split("\n", 1)[0])
        yield Store(server.url, pid, home)
