"""Schedules: at their time, by one worker, and again soon when a run was lost."""

import threading
from datetime import timedelta

import pytest

from app.kit.db import make_engine, transaction
from app.kit.schedules import AGAIN, Schedule, ScheduleRow, ensure, run_if_due, states
from tests.factories.clock import NOON
from tests.waiting import PATIENCE

HOUR = timedelta(hours=1)


@pytest.fixture
def plan(clone_database, settings, kit, clock):
    """A schedule of an hour, in a database with real commits."""
    clock.at = NOON
    own = make_engine(clone_database(), settings)

    class Plan:
        engine = own
        ran = 0
        act = staticmethod(lambda: "")

        def run(self, *_):
            self.ran += 1
            return self.act()

        def due(self):
            return run_if_due(own, kit, self.schedule)

        def row(self):
            with transaction(own, kit) as session:  # so that the row outlives it
                [row] = states(session)
                return row

    made = Plan()
    made.schedule = Schedule("tidy", HOUR, made.run)
    ensure(own, kit, [made.schedule])
    yield made
    own.dispose()


def test_it_runs_at_once_and_then_once_a_period(plan, clock):
    assert plan.due()
    assert (plan.row().last_started_at, plan.row().last_done_at) == (NOON, NOON)
    clock.at += HOUR - timedelta(seconds=1)
    assert not plan.due()
    clock.pass_(seconds=1)
    assert plan.due()
    assert plan.ran == 2


def test_what_it_found_is_kept_and_is_no_reason_to_hurry(plan, clock):
    plan.act = lambda: "AUDIT_HASH_WRONG"
    assert plan.due()
    assert (plan.row().error, plan.row().last_done_at) == ("AUDIT_HASH_WRONG", NOON)
    clock.at += AGAIN
    assert not plan.due()
    clock.at += HOUR
    plan.act = lambda: ""
    assert plan.due()
    assert plan.row().error is None


def test_a_failure_is_kept_and_tried_again_before_its_time(plan, clock):
    def fail():
        raise ValueError("the disk is gone")

    plan.act = fail
    assert plan.due()
    assert (plan.row().error, plan.row().last_done_at) == ("ValueError: the disk is gone", None)
    assert not plan.due()
    clock.at += AGAIN
    plan.act = lambda: ""
    assert plan.due()
    assert (plan.row().error, plan.row().last_done_at) == (None, clock.at)


def test_a_run_that_was_lost_with_its_worker_comes_again(plan, clock):
    class KilledError(BaseException):
        pass

    def die():
        raise KilledError

    plan.act = die
    with pytest.raises(KilledError):
        plan.due()
    plan.act = lambda: ""
    assert not plan.due()
    clock.at += AGAIN
    assert plan.due()


def test_two_workers_do_not_run_it_at_once(plan, clock):
    inside, out = threading.Event(), threading.Event()

    def linger():
        inside.set()
        assert out.wait(timeout=PATIENCE)
        return ""

    plan.act = linger
    first = threading.Thread(target=plan.due)
    first.start()
    assert inside.wait(timeout=PATIENCE)
    clock.at += 10 * HOUR
    assert not plan.due()
    out.set()
    first.join(timeout=PATIENCE)
    assert plan.ran == 1


def test_the_period_follows_the_code(plan, kit):
    ensure(plan.engine, kit, [Schedule("tidy", 2 * HOUR, plan.run)])
    assert plan.row().period == 2 * HOUR


def test_a_schedule_runs_next_after_its_period_or_soon_after_a_failure():
    row = ScheduleRow(name="x", period=timedelta(days=1), created_at=NOON)
    assert row.next_at is None
    row.last_started_at = row.last_done_at = NOON
    assert row.next_at == NOON + timedelta(days=1)
    row.last_started_at = NOON + timedelta(days=1)
    assert row.next_at == row.last_started_at + AGAIN
