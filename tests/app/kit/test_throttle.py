"""Failures are counted exactly, whoever counts at the same time and however requests end."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from app.kit import throttle
from app.kit.db import Kit, make_engine, reading, transaction
from app.kit.problems import Conflict, RateLimited
from app.kit.throttle import (
    ONE_TIME_CODE,
    PASSWORD_RESET,
    SIGN_IN,
    SIGN_IN_ALL,
    UNKNOWN_COUPON,
    UNKNOWN_KEY,
    Limit,
    ThrottleBucket,
    count,
    count_afterwards,
    give_back,
)
from tests.waiting import PATIENCE

HERE, THERE = "203.0.113.0/24", "198.51.100.0/24"
pytestmark = pytest.mark.usefixtures("noon")

SLOW, FAST = Limit("slow", 3, 600), Limit("fast", 2, 60)


@pytest.fixture
def fail(connection, kit) -> Callable[..., int]:
    """Counts a failure; 0 if it was within the limit, else the seconds to wait."""

    def fail(*limits: Limit, at: tuple[str, ...] = (HERE,)) -> int:
        try:
            count(connection, kit, limits, *at)
        except RateLimited as refused:
            return int(refused.headers["Retry-After"])
        return 0

    return fail


@pytest.fixture
def committed(clone_database, settings) -> Iterator[Engine]:
    engine = make_engine(clone_database(), settings)
    yield engine
    engine.dispose()


def test_the_limits_are_those_that_were_promised():
    assert [(each.tokens, each.seconds) for each in UNKNOWN_KEY] == [(10, 600), (40, 3600)]
    assert [(each.tokens, each.seconds) for each in UNKNOWN_COUPON] == [(5, 600), (30, 86_400)]

    assert [(each.tokens, each.seconds) for each in SIGN_IN] == [(10, 300)]
    assert [(each.tokens, each.seconds) for each in SIGN_IN_ALL] == [(1_000, 300)]
    told = [(each.tokens, each.seconds) for each in ONE_TIME_CODE]
    assert told == [(5, 300), (20, 3_600), (50, 86_400)]
    assert [(each.tokens, each.seconds) for each in PASSWORD_RESET] == [(5, 86_400)]


def test_so_many_failures_pass_and_the_next_one_waits(fail):
    assert [fail(FAST) for _ in range(3)] == [0, 0, 30]


def test_waiting_as_told_is_enough_and_less_is_not(fail, clock):
    assert [fail(FAST) for _ in range(3)] == [0, 0, 30]
    clock.pass_(seconds=29)
    assert fail(FAST) == 1
    clock.pass_(seconds=1)
    assert [fail(FAST), fail(FAST)] == [0, 30]


def test_a_bucket_never_holds_more_than_its_limit(fail, clock):
    assert fail(FAST) == 0
    clock.pass_(days=30)
    assert [fail(FAST) for _ in range(3)] == [0, 0, 30]


def test_the_wait_is_never_less_than_a_second(fail, clock):
    assert [fail(FAST) for _ in range(3)] == [0, 0, 30]
    clock.pass_(seconds=29.9)
    assert fail(FAST) == 1


def test_the_longest_wait_is_told_and_a_refusal_takes_nothing(fail, clock):
    assert [fail(SLOW, FAST), fail(SLOW, FAST), fail(SLOW, FAST)] == [0, 0, 30]
    clock.pass_(seconds=30)
    assert fail(SLOW, FAST) == 0
    assert fail(SLOW, FAST) > 30
    clock.pass_(seconds=60)
    assert [fail(FAST), fail(FAST)] == [0, 0]


def test_every_subject_has_its_own_bucket(fail):
    assert [fail(FAST), fail(FAST), fail(FAST)] == [0, 0, 30]
    assert fail(FAST, at=(THERE,)) == 0
    assert fail(FAST, at=(THERE, HERE)) == 30
    assert [fail(FAST, at=(THERE,)), fail(FAST, at=(THERE,))] == [0, 30]


def test_a_host_whose_clock_is_late_gives_no_time_out_twice(fail, clock):
    assert [fail(FAST), fail(FAST)] == [0, 0]
    clock.pass_(seconds=-3600)
    assert fail(FAST) == 30
    clock.pass_(seconds=3600)
    assert fail(FAST) == 30


def test_buckets_name_no_address(fail, connection, kit):
    fail(FAST)
    with reading(connection, kit) as session:
        (name,) = session.scalars(select(ThrottleBucket.name))
    assert name.startswith("fast:60:")
    assert "113" not in name.partition("60:")[2][:3]
    assert len(name) == len("fast:60:") + 64


def tokens(connection, kit) -> list[float]:
    with reading(connection, kit) as session:
        return list(session.scalars(select(ThrottleBucket.tokens)))


def attempt(connection, kit, error: Exception | None = None) -> None:
    """A transaction in which something was not found, and which ends this way."""
    with transaction(connection, kit) as session:
        count_afterwards(session, (FAST,), HERE)
        if error is not None:
            raise error


def test_a_failure_is_counted_after_the_rollback_that_it_causes(connection, kit):
    with pytest.raises(Conflict):
        attempt(connection, kit, Conflict())
    assert tokens(connection, kit) == [1]


def test_a_failure_that_is_an_answer_is_counted_after_the_commit(connection, kit):
    attempt(connection, kit)
    assert tokens(connection, kit) == [1]


def test_over_the_limit_the_answer_is_the_limit(connection, kit):
    for _ in range(2):
        with pytest.raises(Conflict):
            attempt(connection, kit, Conflict())
    for error in (Conflict(), None):
        with pytest.raises(RateLimited):
            attempt(connection, kit, error)


def test_a_defect_of_ours_is_nobodys_failure(connection, kit):
    with pytest.raises(ZeroDivisionError):
        attempt(connection, kit, ZeroDivisionError())
    assert tokens(connection, kit) == []


def test_fifty_failures_at_once_never_pass_the_limit(committed: Engine, kit: Kit):
    def fail(_: int) -> bool:
        try:
            count(committed, kit, UNKNOWN_KEY, HERE)
        except RateLimited:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(50) as pool:
            assert sum(pool.map(fail, range(50))) == 10
        with transaction(committed, kit) as session:
            session.execute(delete(ThrottleBucket))


def test_to_look_first_and_then_take_would_pass_the_limit(committed: Engine, kit: Kit):
    """The control: with this schedule a check before the act breaks, so the race above is one."""
    both_have_looked = Barrier(2, timeout=PATIENCE)
    with transaction(committed, kit) as session:
        values = {"name": HERE, "tokens": 1, "updated_at": session.now()}
        session.execute(insert(ThrottleBucket).values(values))

    def take(_: int) -> bool:
        with transaction(committed, kit) as session:
            left = session.scalars(select(ThrottleBucket.tokens)).one()
            both_have_looked.wait()
            session.execute(update(ThrottleBucket).values(tokens=ThrottleBucket.tokens - 1))
        return left >= 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(take, range(2))) == 2


def test_one_failure_at_two_buckets_in_two_orders_never_locks_up(committed: Engine, kit: Kit):
    many = Limit("many", 1000, 600)

    def fail(n: int) -> None:
        count(committed, kit, (many,), *((HERE, THERE) if n % 2 else (THERE, HERE)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fail, range(200)))
    assert tokens(committed, kit) == [800, 800]


BUCKETS = {
    "a sign-in": SIGN_IN,
    "all sign-ins": SIGN_IN_ALL,
    "a one-time code": ONE_TIME_CODE,
    "a reset": PASSWORD_RESET,
    "an unknown key": UNKNOWN_KEY,
    "an unknown coupon": UNKNOWN_COUPON,
}


def test_every_bucket_is_tried_in_two_processes():
    known = {each for limits in BUCKETS.values() for each in limits}
    told = vars(throttle).values()
    assert known == {each for limits in told if isinstance(limits, tuple) for each in limits}


@pytest.mark.parametrize("name", BUCKETS)
def test_two_processes_share_each_bucket(clone_database, settings, kit, name):
    """Two pools of connections are what two processes are to the database."""
    url, limits = clone_database(), BUCKETS[name]
    engines = [make_engine(url, settings) for _ in range(2)]
    first = min(limits, key=lambda limit: limit.tokens).tokens
    for number in range(first):
        count(engines[number % 2], kit, limits, HERE)
    for engine in engines:
        with pytest.raises(RateLimited):
            count(engine, kit, limits, HERE)
    give_back(engines[0], kit, limits, HERE)
    count(engines[1], kit, limits, HERE)
    with pytest.raises(RateLimited):
        count(engines[0], kit, limits, HERE)
    for engine in engines:
        engine.dispose()


def test_failures_of_a_while_are_summed_up_wherever_they_came_from(fail, session, clock):
    def recent() -> float:
        return throttle.recent(session, SLOW, timedelta(minutes=5))

    assert recent() == 0
    for where in (HERE, HERE, THERE):
        assert fail(SLOW, at=(where,)) == 0
    fail(FAST)
    assert recent() == 3
    clock.pass_(minutes=4)
    fail(SLOW, at=("192.0.2.0/24",))
    assert recent() == 4
    clock.pass_(minutes=1)
    assert recent() == 1


def test_what_a_limit_refused_is_no_recent_failure(fail, session):
    assert [bool(fail(FAST)) for _ in range(4)] == [False, False, True, True]
    assert throttle.recent(session, FAST, timedelta(minutes=5)) == 2
