"""What many tests stand on: made by the product's verbs once, then put back as it was committed."""

import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import Connection, text

from app.kit.db import Base, UnitOfWork
from app.kit.storage import LocalStore
from tests.factories.clock import HandClock

T = TypeVar("T")
FRESH = timedelta(minutes=1)
"""For how long what was made by the server's clock passes for made just now."""

ROWS = "SELECT CAST(t AS text) FROM {} t"
# OFFSET 0 keeps PostgreSQL from reading the whole row anew for every column.
INSERT = """{name}_ AS (INSERT INTO {name} ({names}) SELECT {values} FROM (
    SELECT CAST(x AS {name}) AS r FROM unnest(CAST(%({name})s AS text[])) x OFFSET 0) s)"""


@dataclass(frozen=True)
class Kept:
    """The rows of every table, the bytes of files, and what `make` returned with its entities."""

    rows: Mapping[str, list[str]]
    files: list[bytes]
    made: bytes
    at: datetime


_KEPT: dict[object, Kept] = {}


def prepared(session: UnitOfWork, make: Callable[..., T], *told: object) -> T:
    """What `make(session, *told)` returns; this session has written its rows and not committed.

    The same as calling it, but for what does not matter here: the moment, by less than a minute,
    and ids and secrets, which are the same for all tests of a process.
    """
    kit = session.kit
    assert isinstance(kit.clock, HandClock)  # by another one, nobody knows when it was made
    settings = repr(kit.settings.model_dump(exclude={"data"}))
    name = (make, told, kit.clock.at, settings, *kit.keyring.masters.items())
    kept = _KEPT.get(name)
    if kept is None or not kept.at <= session.now() < kept.at + FRESH:
        kept = _KEPT[name] = _take(session, lambda own: make(own, *told))
    return _put(session, kept)


def _take(session: UnitOfWork, make: Callable[[UnitOfWork], object]) -> Kept:
    """Makes it in a transaction of its own, which leaves nothing."""
    engine = session.get_bind().engine
    with TemporaryDirectory() as folder, engine.connect() as connection:
        store, outer = LocalStore(Path(folder) / "artifacts"), connection.begin()
        kit, before = replace(session.kit, artifacts=store), _rows(connection)
        with UnitOfWork(connection, kit=kit) as own:
            made = make(own)
            own.commit()
            whole = _dumped(own, (made, list(own.identity_map.values())))
        files = [b"".join(store.read(digest)) for digest in store.digests()]
        kept = Kept(_added(before, _rows(connection)), files, whole, session.now())
        outer.rollback()
    return kept


def _put(session: UnitOfWork, kept: Kept) -> object:
    for content in kept.files:
        session.kit.artifacts.put([content])
    session.connection().exec_driver_sql(_statement(tuple(kept.rows)), dict(kept.rows))
    made, entities = _loaded(session, kept.made)
    session.add_all(entities)
    return made


def _rows(connection: Connection) -> dict[str, list[str]]:
    """The rows of each table that has any, each as PostgreSQL writes it, tables in their order."""
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = connection.scalars(text(ROWS.format(table.name))).all()
        if rows:
            found[table.name] = list(rows)
    return found


def _added(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows that came; none of those that were there before may have changed or gone."""
    old, new = ({(name, row) for name in each for row in each[name]} for each in (before, after))
    assert old <= new, sorted(old - new)
    added = {name: [row for row in after[name] if (name, row) not in old] for name in after}
    return {name: rows for name, rows in added.items() if rows}


def _statement(tables: tuple[str, ...]) -> str:
    """One statement for all of them: references are looked at when it ends."""
    parts = []
    for name in tables:
        columns = [each.name for each in Base.metadata.tables[name].columns if not each.computed]
        names, values = (", ".join(f"{lead}{each}" for each in columns) for lead in ("", "(r)."))
        parts.append(INSERT.format(name=name, names=names, values=values))
    return f"WITH {', '.join(parts)} SELECT 1"


class _Dumper(pickle.Pickler):
    def __init__(self, file: io.BytesIO, session: UnitOfWork) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.session = session

    def persistent_id(self, obj: object) -> str | None:
        return "session" if obj is self.session else None


class _Loader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, session: UnitOfWork) -> None:
        super().__init__(file)
        self.session = session

    def persistent_load(self, _pid: str) -> UnitOfWork:
        return self.session


def _dumped(session: UnitOfWork, thing: object) -> bytes:
    file = io.BytesIO()
    _Dumper(file, session).dump(thing)
    return file.getvalue()


def _loaded(session: UnitOfWork, whole: bytes) -> tuple[object, list[Base]]:
    return _Loader(io.BytesIO(whole), session).load()
