"""A database with very many keys, downloads and events, made by statements over whole sets.

Rights have no ledger and the bulk of the audit events no true hashes: nothing is measured by them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import psycopg
from psycopg import Connection, sql
from sqlalchemy import create_engine, select

from app.accounts.models import Vendor
from app.kit.db import Kit, UnitOfWork
from app.kit.migrate import upgrade
from tests.bench import catalogue
from tests.bench.numbering import Scale, code_of, digest_of, lines_of, prefix_of
from tests.browser.site import Site, furnish
from tests.factories.world import make_world

ROWS = Path(__file__).with_name("rows.sql")
LARGE = (
    "customers",
    "license_keys",
    "license_key_codes",
    "entitlements",
    "infobases",
    "activations",
    "installation_tokens",
    "coupons",
    "redemptions",
    "downloads",
    "install_reports",
    "license_checks",
    "audit_events",
)
"""Tables that grow with the keys: no page may read through one of them."""
_SPARE = """
SELECT i.indrelid::regclass::text AS table, i.indexrelid::regclass::text AS index, c.conname,
    CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
    ELSE pg_get_constraintdef(c.oid) END AS definition
FROM pg_index AS i LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype <> 'f'
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary
AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conindid = i.indexrelid)
ORDER BY 1, 2
"""
"""All indexes that can be absent for a while: no foreign key leans on them."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is in the database, and where."""

    url: str
    scale: Scale
    prefix: str
    """Begins the codes of the main vendor, who is number 1."""
    site: Site
    """One thing of every kind of the main vendor, and people who are signed in."""

    def code(self, key: int) -> str:
        """The code of the n-th key."""
        return code_of(key, prefix_of(self.scale.vendor_of(key), self.prefix))


def build(url: str, scale: Scale, kit: Kit) -> Dataset:
    """Fills an empty database; psycopg's URL of a superuser."""
    upgrade(url)
    site = _begin(url, scale, kit)
    with psycopg.connect(url) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET work_mem = '128MB'")
        connection.execute("SET session_replication_role = replica")  # references hold as made
        vendors = connection.execute("SELECT id, prefix FROM bench_vendors ORDER BY number")
        known = vendors.fetchall()
        catalogue.load(connection, scale, [row[0] for row in known], kit)
        _codes(connection, scale, known[0][1])
        with _bare(connection):
            connection.execute(_statements(scale, *known[0]))
        connection.execute("DROP TABLE bench_codes")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE)")
    return Dataset(url, scale, known[0][1], site)


def _begin(url: str, scale: Scale, kit: Kit) -> Site:
    """The vendors, made by the product's own verbs; the first has one thing of every kind."""
    engine = create_engine(url)
    with UnitOfWork(engine, kit=kit) as session:
        site = furnish(session)
        main = session.scalars(select(Vendor).where(Vendor.id == site.ids["vendor_id"])).one()
        others = [
            make_world(session, prefix_of(number, main.prefix)).vendor
            for number in range(2, scale.vendors + 1)
        ]
        vendors = [(vendor.id, vendor.prefix) for vendor in (main, *others)]
        session.commit()
    engine.dispose()
    _name(url, vendors)
    return site


def _name(url: str, vendors: list[tuple[Any, str]]) -> None:
    """Keeps the numbers of the vendors beside them."""
    table = "CREATE TABLE bench_vendors (number int PRIMARY KEY, id uuid, prefix text, lines int,"
    with psycopg.connect(url) as connection:
        connection.execute(f"{table} first_line int)")
        for number, (vendor_id, prefix) in enumerate(vendors, start=1):
            lines = lines_of(number)
            connection.execute(
                "INSERT INTO bench_vendors VALUES (%s, %s, %s, %s, %s)",
                [number, vendor_id, prefix, len(lines), lines[0]],
            )


def _codes(connection: Connection, scale: Scale, main: str) -> None:
    connection.execute("CREATE TABLE bench_codes (n bigint, digest bytea, tail text)")
    heads = [prefix_of(number, main) for number in range(1, scale.vendors + 1)]
    with connection.cursor().copy("COPY bench_codes FROM STDIN (FORMAT binary)") as target:
        target.set_types(["int8", "bytea", "text"])
        for key in range(1, scale.keys + 1):
            code = code_of(key, heads[scale.vendor_of(key) - 1])
            target.write_row((key, digest_of(code), code[-5:]))


def _statements(scale: Scale, vendor_id: Any, prefix: str) -> str:
    main_customers = scale.customers - (scale.customers // 10 if scale.vendors > 1 else 0)
    return Template(ROWS.read_text(encoding="utf-8")).substitute(
        vendor=vendor_id,
        prefix=prefix,
        vendors=scale.vendors,
        keys=scale.keys,
        customers=scale.customers,
        main_keys=2 * main_customers,
        main_releases=scale.main_releases,
        batches=max(scale.keys // 100, 1),
        coupons=scale.keys,
        reports=scale.keys,
        downloads=scale.downloads,
        events=scale.downloads,
    )


@contextmanager
def _bare(connection: Connection) -> Iterator[None]:
    """Builds the indexes of large tables once at the end, which takes a fraction of the time."""
    found = connection.execute(_SPARE, [list(LARGE)]).fetchall()
    for table, index, constraint, _ in found:
        what = f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
        connection.execute(what if constraint else f"DROP INDEX {index}")
    yield
    for table, _, constraint, definition in found:
        again = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
            sql.Identifier(table), sql.Identifier(constraint or ""), sql.SQL(definition)
        )
        connection.execute(again if constraint else definition)
