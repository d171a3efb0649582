"""The dataset: true to its numbers and to every constraint, and read by agents at a fixed cost."""

from collections.abc import Iterator, Mapping

import psycopg
import pytest

from app.coupons.service.integrity import find_missummed_batches
from app.delivery.service.integrity import find_mismarked_reports
from app.kit.db import reading
from app.licensing.service.integrity import find_misnamed_seats, find_missummed_keys
from tests.bench.asking import expected, keys
from tests.bench.budgets import Budget, Statement, asked, budgets, forbidden, plan_of
from tests.bench.dataset import LARGE, build
from tests.bench.numbering import (
    Scale,
    code_of,
    digest_of,
    environment_of,
    is_blocked,
    mixed,
    prefix_of,
)
from tests.bench.servers import Place
from tests.bench.store import Base, a_kit
from tests.factories.plans import blocks
from wire.codes import CodeKind, normalise

pytestmark = pytest.mark.long

SMALL, LARGER = Scale(2_000, 3, 300), Scale(20_000, 3, 300)
GROWTH = 1.35
MOST = 32
"""Blocks; what they should be at most is a goal of the benchmark."""
SAMPLE = 12
_REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""


@pytest.fixture(scope="module")
def bases(cluster, worker_id: str, tmp_path_factory) -> Iterator[Mapping[Scale, Base]]:
    """Two sizes, ten times apart."""
    made = {}
    for scale in (SMALL, LARGER):
        url = cluster.clone(f"{worker_id}_bench_{scale.keys}")
        folder = tmp_path_factory.mktemp(f"bench-{scale.keys}")
        kit = a_kit(folder)
        made[scale] = Base(build(url, scale, kit), Place(url, folder), kit)
    yield made
    for base in made.values():
        cluster.drop(base.dataset.url)


@pytest.fixture(scope="module")
def found(bases) -> Mapping[Scale, Mapping[str, Budget]]:
    """What a check and offers take, at both sizes."""
    return {scale: budgets(base, keys(scale, SAMPLE)) for scale, base in bases.items()}


def test_what_is_kept_twice_agrees(bases):
    base = bases[SMALL]
    finders = find_missummed_keys, find_misnamed_seats, find_missummed_batches
    with base.engine() as engine, reading(engine, base.kit) as session:
        assert [each for find in finders for each in find(session)] == []
        assert list(find_mismarked_reports(session)) == []


def test_every_reference_holds(bases):
    with psycopg.connect(bases[SMALL].dataset.url) as connection:
        references = connection.execute(_REFERENCES).fetchall()
        for table, name, definition in references:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        connection.rollback()
    assert len(references) > 50


def test_no_index_is_lost_while_it_is_filled(bases, database_url):
    listed = "SELECT indexdef FROM pg_indexes WHERE tablename = ANY(%s) ORDER BY 1"
    per_database = []
    for url in (database_url, bases[SMALL].dataset.url):
        with psycopg.connect(url) as connection:
            per_database.append(connection.execute(listed, [list(LARGE)]).fetchall())
    assert per_database[0] == per_database[1]


@pytest.mark.parametrize("scale", [SMALL, LARGER])
def test_there_is_as_much_as_the_scale_says(bases, scale):
    counted = {
        "license_keys": scale.keys,
        "entitlements": 3 * scale.keys,
        "downloads": scale.downloads,
        "audit_events": scale.downloads,
        "releases": scale.releases,
        "compatibility_rules": 4 * scale.releases,
        "vendors": scale.vendors,
    }
    with psycopg.connect(bases[scale].dataset.url) as connection:
        for table, number in counted.items():
            rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            # one thing of every kind came before
            assert number <= rows <= number + 500, table


def test_every_code_is_a_sound_one_and_the_database_knows_it(bases):
    base = bases[SMALL]
    query = "SELECT k.status FROM license_key_codes c JOIN license_keys k ON k.id = c.key_id"
    with psycopg.connect(base.dataset.url) as connection:
        for key in keys(SMALL, 50):
            code = normalise(base.dataset.code(key), CodeKind.KEY)
            assert code.text == base.dataset.code(key)
            assert code.digest == digest_of(code.text)
            [status] = connection.execute(f"{query} WHERE digest = %s", [code.digest]).fetchone()
            assert (status == "suspended") is is_blocked(key)


def test_codes_differ():
    assert len({code_of(number, "DEMO") for number in range(1, 5_000)}) == 4_999
    prefixes = {prefix_of(vendor, "DEMO") for vendor in range(1, 101)}
    assert len(prefixes) == 100


def test_statements_and_clients_mix_numbers_alike(bases):
    query = "SELECT (('x' || to_hex((%s::bigint * 2654435761) %% 4294967296))::text)"
    with psycopg.connect(bases[SMALL].dataset.url) as connection:
        for number in (1, 77, 19_999):
            [shown] = connection.execute(query, [number]).fetchone()
            assert int(shown[1:], 16) >> 16 == mixed(number)


def test_one_key_in_fifty_is_blocked_and_every_other_is_offered_something():
    asking = [expected(LARGER, key) for key in range(1, 2_001)]
    assert sum(told.blocked for told in asking) == 40
    assert all(len(told.best) == 3 for told in asking)
    assert all(environment_of(LARGER, told.key).ordinal >= 1 for told in asking)


@pytest.mark.parametrize("route", ["check", "offers"])
def test_a_read_is_one_statement_that_finds_its_rows_by_their_keys(found, route):
    assert found[LARGER][route].statements == 1
    assert found[LARGER][route].blocks <= MOST


@pytest.mark.parametrize("route", ["check", "offers"])
def test_a_read_takes_no_more_blocks_from_more_keys(found, route):
    small, larger = found[SMALL][route], found[LARGER][route]
    assert larger.blocks <= GROWTH * small.blocks
    assert larger.bytes <= GROWTH * small.bytes
    assert larger.statements == small.statements


@pytest.mark.parametrize("route", ["check", "offers"])
def test_no_read_goes_through_a_table_or_sorts_one(found, route):
    assert found[LARGER][route].faults == ()


def test_bad_plans_and_every_driver_s_statements_are_seen(bases):
    through = Statement("SELECT count(*) FROM license_keys WHERE comment <> %(a)s", {"a": "x"})
    by_key = Statement("SELECT hint FROM license_key_codes WHERE digest = %(d)s", {"d": b"x"})
    with asked() as seen, psycopg.connect(bases[LARGER].dataset.url) as connection:
        for mode in ("force_custom_plan", "force_generic_plan"):
            assert list(forbidden(plan_of(connection, through, mode))) == [
                "reads through license_keys"
            ]
            plan = plan_of(connection, by_key, mode)
            assert list(forbidden(plan)) == []
            assert 0 < blocks(plan) < 10
        connection.execute(by_key.text, by_key.parameters)
    assert seen[-1] == by_key
