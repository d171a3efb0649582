"""Revisions over a database with much in it: up, down one, up, and nothing is lost."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg import sql

from app.kit import migrate
from app.kit.config import Settings
from app.kit.db import SCHEMA_HEAD
from tests.bench.dataset import build
from tests.bench.numbering import Scale
from tests.factories.kit import a_kit

pytestmark = pytest.mark.fault

SCALES = {"ci": Scale(1_000, vendors=2, releases=100), "campaign": Scale(20_000, 2, 1_000)}
"""Downloads are five times the keys."""
REVISIONS = [
    (revision.revision, revision.down_revision)
    for revision in ScriptDirectory.from_config(migrate.configuration("")).walk_revisions()
]
"""The newest first, each with the one before it."""
INDEX, OF_INDEX = "ix_entitlements_held", "2026_11_22_list_indexes"
"""One that is built beside the work, and the revision before it."""
_COLUMNS = """
SELECT table_name, array_agg(column_name::text ORDER BY column_name) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'alembic_version' GROUP BY 1
"""
Columns = dict[str, list[str]]


@dataclass
class Filled:
    """A database with data, at whatever revision it was brought to."""

    url: str

    def columns(self) -> Columns:
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute(_COLUMNS).fetchall())

    def sums(self, columns: Columns) -> dict[str, tuple[int, str]]:
        """How many rows each table has, and a sum of what stands in these columns of them."""
        query = sql.SQL("SELECT count(*), sum(hashtextextended(ROW({})::text, 0))::text FROM {}")
        with psycopg.connect(self.url) as connection:
            return {
                table: connection.execute(
                    query.format(
                        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
                    )
                ).fetchone()
                for table, names in columns.items()
            }

    def revision(self) -> str:
        with psycopg.connect(self.url) as connection:
            return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


@pytest.fixture
def filled(clone_database, pytestconfig, tmp_path) -> Filled:
    """Keys, downloads, releases and events."""
    url = clone_database()
    scale = SCALES[pytestconfig.getoption("--fault-profile")]
    build(url, scale, a_kit(Settings(environment="test", data=tmp_path)))
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE bench_vendors")
    return Filled(url)


def steps(filled: Filled, took: Callable[[str, float], None]) -> Iterator[None]:
    """Each revision from the last to the first: down one, up, down one again; timed, not judged."""
    for revision, before in REVISIONS:
        if before is None:
            return
        migrate.downgrade(filled.url, before)
        columns = filled.columns()
        there = filled.sums(columns)
        began = time.monotonic()
        migrate.upgrade(filled.url, revision)
        took(revision, time.monotonic() - began)
        assert filled.sums(columns) == there, revision
        if revision == SCHEMA_HEAD:
            migrate.check(filled.url)
        migrate.downgrade(filled.url, before)
        assert filled.sums(columns) == there, revision
        yield


@pytest.fixture
def took(pytestconfig, record_property, figures) -> Callable[[str, float], None]:
    """Keeps the seconds of a revision; with less data than in a campaign they are no figure."""

    def keep(revision: str, seconds: float) -> None:
        record_property(revision, round(seconds, 2))
        if pytestconfig.getoption("--fault-profile") == "campaign":
            figures("revision", seconds)

    return keep


@pytest.mark.fault(minutes=1)
def test_every_revision_goes_up_and_down_and_up_and_loses_nothing(filled, took):
    assert sum(1 for _ in steps(filled, took)) == len(REVISIONS) - 1
    migrate.upgrade(filled.url)
    migrate.check(filled.url)


def test_indexes_that_were_half_built_are_built_anew(clone_database):
    url = clone_database()
    migrate.downgrade(url, OF_INDEX)
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE INDEX {INDEX} ON entitlements (vendor_id, product_id, key_id)")
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [INDEX]
        )
    migrate.upgrade(url)
    with psycopg.connect(url) as connection:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass"
        assert connection.execute(valid, [INDEX]).fetchone() == (True,)
    migrate.check(url)
