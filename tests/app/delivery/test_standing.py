"""The one statement of a check and of offers: true to the schema, by index, and the only one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, text

from app.delivery.queries import standing
from app.kit.db import Base, transaction
from app.kit.pool import Pool
from app.licensing.service import checklog
from app.main import create_app
from tests.factories.calls import YEAR, Installer
from tests.factories.plans import blocks
from tests.factories.world import make_world

TABLE = re.compile(r"\b(?:FROM|JOIN|INTO) ([a-z_]+) ([a-z]{1,2})?\b")
COLUMN = re.compile(r"\b([a-z]{1,2})\.([a-z_]+)\b")
BARE = ("key_id", "expires_at", "digest")
OURS = {"w": {"key_id", "expires_at", "activation_id", "infobase_id", "uid", "own_uid"}}
SIZES = (300, 3_000)
BUDGET = 24
"""Blocks that a key takes with an infobase, its seat and its acceptances."""


def wrong_names(statement: str) -> Iterator[str]:
    """Names that the schema does not have."""
    tables = Base.metadata.tables
    known = dict(OURS)
    for name, alias in TABLE.findall(statement):
        if name not in tables:
            yield name
        elif alias:
            known[alias] = set(tables[name].columns.keys())
    for alias, column in COLUMN.findall(statement):
        if column not in known.get(alias, ()) and column != "rows":
            yield f"{alias}.{column}"


@pytest.mark.parametrize("statement", [standing.OF_CODE, standing.OF_TOKEN])
def test_every_name_of_the_statement_is_in_the_schema(statement):
    assert list(wrong_names(statement)) == []
    codes = set(Base.metadata.tables["license_key_codes"].columns.keys())
    assert codes >= set(BARE)


def test_a_name_that_the_schema_does_not_have_is_found():
    renamed = standing.OF_CODE.replace("k.hint", "k.hinted").replace("vendors v", "sellers v")
    assert set(wrong_names(renamed)) >= {"k.hinted", "sellers", "v.status"}


def test_the_check_log_writes_the_columns_that_there_are():
    columns = Base.metadata.tables["license_checks"].columns
    needed = {name for name, column in columns.items() if not column.nullable}
    assert needed <= set(checklog.COLUMNS) <= set(columns.keys())


class Counting(Pool):
    """A pool that tells what was asked of it."""

    def __init__(self, engine, settings) -> None:
        super().__init__(engine, settings)
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    async def row(self, query, parameters):
        self.asked.append((query, tuple(parameters)))
        return await super().row(query, parameters)

    async def write(self, query, parameters):
        self.asked.append((query, tuple(parameters)))
        await super().write(query, parameters)


@pytest.fixture
def own(clone_database) -> Iterator[Engine]:
    engine = create_engine(clone_database())
    yield engine
    engine.dispose()


@contextmanager
def serving(engine, kit):
    """The application on real connections, with what it asks on them."""
    pool = Counting(engine, kit.settings)
    with TestClient(create_app(engine, kit, pool)) as client:
        yield client, pool


@pytest.fixture
def sold(own, kit):
    """A key with the product, the release that fits, and an agreement."""
    with transaction(own, kit) as session:
        world = make_world(session)
        world.release()
        world.eula()
        [coupon] = world.coupon(operations=[YEAR])
        return world.code, coupon


def test_a_check_and_offers_are_one_statement_each(own, kit, sold):
    code, coupon = sold
    with serving(own, kit) as (client, pool):
        agent = Installer(client, code)
        assert agent.redeem(coupon).status_code == 201
        assert agent.activate().status_code == 201
        for ask in (agent.check, agent.offers):
            ask()
            pool.asked.clear()
            assert ask().status_code == 200
            assert [query for query, _ in pool.asked] == [standing.OF_CODE]
            pool.asked.clear()
        assert agent.post("license-checks", agent.token).status_code == 200
        assert pool.asked[0][0] == standing.OF_TOKEN


def test_the_first_answer_of_a_day_is_written_and_no_other(own, kit, sold):
    code, _ = sold
    with serving(own, kit) as (client, pool):
        agent = Installer(client, code)
        for _ in range(3):
            agent.check()
        queries = [query for query, _ in pool.asked]
    assert queries == [standing.OF_CODE, checklog.INSERT, *[standing.OF_CODE] * 2]


MANY = """
INSERT INTO license_keys (id, vendor_id, created_at, customer_id, status, comment, hint,
    rights_version, row_version)
SELECT md5('k' || n)::uuid, :vendor, now(), :customer, 'active', '', 'x', 0, 1
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n;
INSERT INTO license_key_codes (id, vendor_id, created_at, key_id, digest, hint, kind)
SELECT md5('c' || n)::uuid, :vendor, now(), md5('k' || n)::uuid, sha256(('c' || n)::bytea), 'x',
    'native'
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n;
INSERT INTO entitlements (id, vendor_id, created_at, key_id, product_id, status, source,
    starts_on, active_count, channel, is_trial, row_version)
SELECT md5('e' || n || p.code)::uuid, :vendor, now(), md5('k' || n)::uuid, p.id, 'active',
    'manual', current_date, 0, 'stable', false, 1
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n, products p;
INSERT INTO infobases (id, vendor_id, created_at, uid, label, last_seen_at)
SELECT md5('i' || n)::uuid, :vendor, now(), md5('u' || n)::uuid, '', now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n;
INSERT INTO activations (id, vendor_id, created_at, entitlement_id, infobase_id, machine,
    windows_user, status, last_seen_at)
SELECT md5('a' || n)::uuid, :vendor, now(), e.id, md5('i' || n)::uuid, '', '', 'active', now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
JOIN entitlements e ON e.key_id = md5('k' || n)::uuid
"""


VACUUM = """
VACUUM (ANALYZE) license_keys, license_key_codes, customers, vendors, trust_repositories,
    entitlements, entitlement_features, trials, infobases, activations, eula_acceptances
"""


def read(connection, mode: str, parameters: tuple[object, ...]) -> int:
    """The blocks that the statement takes for a key, with this kind of plan."""
    connection.execute(f"SET plan_cache_mode = {mode}")
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {standing.OF_CODE}"
    cursor = psycopg.RawCursor(connection)
    for _ in range(2):  # of the first one, what the planner looks up for itself
        plan = cursor.execute(explain, parameters, prepare=True).fetchone()[0][0]["Plan"]
    return blocks(plan)


def grow(connection, first: int, last: int) -> None:
    """Keys of these numbers, each with an infobase that has a seat."""
    vendor, customer = connection.execute(text("SELECT vendor_id, id FROM customers")).one()
    told = {"vendor": vendor, "customer": customer, "first": first, "last": last}
    for part in MANY.split(";"):
        connection.execute(text(part), told)
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(VACUUM))


MODES = ("force_custom_plan", "force_generic_plan")


@pytest.mark.usefixtures("sold")
def test_a_key_takes_few_blocks_among_few_and_among_many(own):
    seen, first = [], 1
    with own.connect() as connection:
        for last in SIZES:
            grow(connection, first, last)
            first = last + 1
            digest, uid = connection.execute(
                text("SELECT sha256('c7'::bytea), md5('u7')::uuid")
            ).one()
            driver = connection.connection.driver_connection
            for mode in MODES:
                key_alone = read(driver, mode, (bytes(digest), None, False))
                seen.append((key_alone, read(driver, mode, (bytes(digest), uid, True))))
    for key_alone, everywhere in seen:
        assert everywhere <= BUDGET
        assert key_alone < everywhere
    few, many = seen[0], seen[-1]
    assert many[0] <= few[0] * 1.35
