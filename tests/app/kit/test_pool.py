"""Statements outside of sessions: prepared, repeated where that is safe, never queued for ever."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url

from app.kit import pool as module
from app.kit.config import Settings
from app.kit.pool import CONNECTIONS, Pool
from app.kit.problems import Busy, DatabaseUnavailable
from tests.apart import run_apart

NOTHING_THERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
MINE = "SELECT pg_backend_pid()"

Story = Callable[[Pool], Coroutine[Any, Any, None]]


@pytest.fixture
def own(clone_database: Callable[[], str]) -> Iterator[Engine]:
    """A database of this test's own."""
    engine = create_engine(clone_database())
    yield engine
    engine.dispose()


@pytest.fixture
def run(own: Engine, settings: Settings) -> Callable[[Story], None]:
    """Tells a story with a pool, which is closed at its end."""

    async def told(story: Story) -> None:
        pool = Pool(own, settings)
        try:
            await story(pool)
        finally:
            await pool.close()

    return lambda story: run_apart(told(story))


@pytest.fixture
def beside(own: Engine) -> Iterator[psycopg.Connection]:
    """Somebody else in the same database."""
    url = make_url(own.url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def test_it_reads_one_row_or_none_and_keeps_what_it_writes(run, beside):
    beside.execute("CREATE TABLE told (n int, text text)")

    async def story(pool: Pool) -> None:
        await pool.write("INSERT INTO told VALUES ($1, $2)", (1, "раз"))
        assert await pool.row("SELECT n, text FROM told WHERE n = $1", (1,)) == (1, "раз")
        assert await pool.row("SELECT n FROM told WHERE n = $1", (2,)) is None

    run(story)
    assert beside.execute("SELECT count(*) FROM told").fetchone() == (1,)


def test_a_connection_is_used_again_and_prepares_a_statement_once(run):
    async def story(pool: Pool) -> None:
        first = await pool.row(MINE, ())
        assert await pool.row(MINE, ()) == first
        known = "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1"
        assert await pool.row(known, (MINE,)) == (1,)

    run(story)


def test_nothing_is_prepared_behind_a_pooler_of_transactions(own):
    async def story() -> None:
        pool = Pool(own, Settings(environment="test", prepare=False))
        await pool.row(MINE, ())
        assert await pool.row("SELECT count(*) FROM pg_prepared_statements", ()) == (0,)
        await pool.close()

    run_apart(story())


def test_a_read_on_a_dead_connection_is_repeated_once(run, beside):
    async def story(pool: Pool) -> None:
        told = await asyncio.gather(*(pool.row(MINE, ()) for _ in range(4)))
        for (pid,) in set(told):
            beside.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
        [again] = await pool.row(MINE, ())
        assert (again,) not in told

    run(story)


def test_a_write_on_a_dead_connection_is_told_and_never_repeated(run, beside):
    beside.execute("CREATE TABLE told (n int)")

    async def story(pool: Pool) -> None:
        [pid] = await pool.row(MINE, ())
        beside.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
        with pytest.raises(DatabaseUnavailable):
            await pool.write("INSERT INTO told VALUES (1)", ())
        await pool.write("INSERT INTO told VALUES (2)", ())

    run(story)
    assert beside.execute("SELECT n FROM told").fetchall() == [(2,)]


def test_a_plan_from_before_a_migration_is_made_anew(run, beside):
    beside.execute("CREATE TABLE told AS SELECT 1 AS n")

    async def story(pool: Pool) -> None:
        for _ in range(3):
            assert await pool.row("SELECT * FROM told", ()) == (1,)
        beside.execute("ALTER TABLE told ADD more text DEFAULT 'x'")
        assert await pool.row("SELECT * FROM told", ()) == (1, "x")

    run(story)


def test_a_connection_in_use_does_not_outlive_what_the_others_died_of(run, beside):
    beside.execute("CREATE TABLE told AS SELECT 1 AS n")

    async def story(pool: Pool) -> None:
        over = asyncio.Event()

        async def hold(cursor: psycopg.AsyncRawCursor) -> int:
            await over.wait()
            return cursor.connection.info.backend_pid

        held = asyncio.create_task(pool._run(hold))
        await asyncio.sleep(0)
        await pool.row("SELECT * FROM told", ())
        beside.execute("ALTER TABLE told ADD more text DEFAULT 'x'")
        assert await pool.row("SELECT * FROM told", ()) == (1, "x")
        over.set()
        old = await held
        found = await asyncio.gather(pool.row(MINE, ()), pool.row(MINE, ()))
        assert (old,) not in found

    run(story)


def test_whoever_finds_all_connections_in_use_is_told_to_repeat(run, beside, monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    beside.execute("SELECT pg_advisory_lock(7)")

    async def story(pool: Pool) -> None:
        # Shorter than the limit of a statement, longer than all of this takes.
        waiting = [
            asyncio.create_task(pool.row("SELECT pg_advisory_lock_shared(7)", ()))
            for _ in range(CONNECTIONS)
        ]
        await asyncio.sleep(0)  # each has its turn now
        with pytest.raises(Busy):
            await pool.row(MINE, ())
        beside.execute("SELECT pg_advisory_unlock(7)")
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await pool.row(MINE, ())

    run(story)


def test_a_statement_that_meets_a_lock_is_busy_and_its_connection_stays(run, beside):
    beside.execute("CREATE TABLE told (n int)")

    async def story(pool: Pool) -> None:
        before = await pool.row(MINE, ())
        with beside.transaction():
            beside.execute("LOCK TABLE told")
            with pytest.raises(Busy):
                await pool.row("SELECT n FROM told", ())
        assert await pool.row(MINE, ()) == before

    run(story)


def test_a_cancelled_caller_takes_its_connection_along_and_leaves_its_turn(run, beside):
    beside.execute("SELECT pg_advisory_lock(8)")

    async def story(pool: Pool) -> None:
        for _ in range(CONNECTIONS + 1):
            asked = asyncio.create_task(pool.row("SELECT pg_advisory_lock_shared(8)", ()))
            await asyncio.sleep(0)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
        assert await pool.row("SELECT 1", ()) == (1,)

    run(story)


def test_no_database_is_told_as_such(settings):
    async def story() -> None:
        pool = Pool(create_engine(NOTHING_THERE), settings)
        for _ in range(CONNECTIONS + 1):  # no turn is lost
            with pytest.raises(DatabaseUnavailable) as told:
                await pool.row(MINE, ())
        assert told.value.headers["Retry-After"]

    run_apart(story())


def test_an_address_may_have_words_of_its_own_for_what_the_pool_says(own, settings):
    own_words = {"connect_timeout": "10", "options": "-c statement_timeout=0"}
    spoken = own.url.update_query_dict({**own_words, "application_name": "ours"})

    async def story() -> None:
        pool = Pool(create_engine(spoken), settings)
        asked = "SELECT current_setting('statement_timeout'), current_setting('application_name')"
        assert await pool.row(asked, ()) == ("2s", "ours")
        await pool.close()

    run_apart(story())


def test_what_is_a_defect_of_ours_stays_one(run):
    async def story(pool: Pool) -> None:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await pool.row("SELECT 1 FROM nowhere", ())
        assert await pool.row("SELECT 1", ()) == (1,)

    run(story)
