"""Jobs: as durable as what they follow from, tried again, given up, taken by one at a time."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.kit.db import make_engine, reading, transaction
from app.kit.outbox import BACKOFF, LOCKED, Job, dead_letters, enqueue, oldest_due, work_off
from tests.factories.clock import NOON
from tests.waiting import PATIENCE

MINUTE = timedelta(minutes=1)


@pytest.fixture
def own_engine(clone_database, settings):
    """A database with real commits."""
    engine = make_engine(clone_database(), settings)
    yield engine
    engine.dispose()


@pytest.fixture
def jobs(own_engine, kit, clock):
    """The outbox of a server whose clock stands still."""
    clock.at = NOON

    class Jobs:
        engine = own_engine

        def __init__(self):
            self.done = []

        def add(self, kind="note", **more):
            with transaction(own_engine, kit) as session:
                return enqueue(session, kind, {"n": 1}, **more)

        def work(self, **handlers):
            handlers = handlers or {"note": self.done.append}
            return work_off(own_engine, kit, handlers)

        def rows(self):
            with transaction(own_engine, kit) as session:  # so that rows outlive it
                return session.scalars(select(Job).order_by(Job.id)).all()

        def counted(self):
            with reading(own_engine, kit) as session:
                return oldest_due(session), dead_letters(session)

    return Jobs()


def fail(_):
    raise ValueError("no such address pki_0123456789abcdefghijklmno")


def test_a_job_is_done_once_and_forgotten(jobs):
    job_id = jobs.add()
    assert jobs.work()
    [task] = jobs.done
    assert (task.id, task.kind, task.payload, task.attempt) == (job_id, "note", {"n": 1}, 1)
    assert (jobs.rows(), jobs.work()) == ([], False)


def test_a_job_is_as_durable_as_its_verb(jobs, kit):
    with suppress(ZeroDivisionError), transaction(jobs.engine, kit) as session:
        enqueue(session, "note", {})
        session.flush()
        raise ZeroDivisionError
    assert jobs.rows() == []


def test_a_job_waits_for_its_time_and_the_oldest_goes_first(jobs, clock):
    later, now = jobs.add(at=NOON + MINUTE), jobs.add()
    assert (jobs.work(), jobs.work()) == (True, False)
    clock.pass_(minutes=1)
    assert jobs.work()
    assert [task.id for task in jobs.done] == [now, later]


def test_a_kind_that_nobody_knows_stays(jobs):
    jobs.add("other")
    assert not jobs.work()
    assert jobs.counted() == (NOON, 0)


def test_a_job_that_fails_is_tried_after_longer_and_longer_pauses_then_given_up(jobs, clock):
    jobs.add()
    for pause in BACKOFF:
        assert jobs.work(note=fail)
        clock.at += pause - timedelta(seconds=1)
        assert not jobs.work(note=fail)
        clock.at += timedelta(seconds=1)
    assert jobs.counted() == (clock.at, 0)
    assert jobs.work(note=fail)
    [job] = jobs.rows()
    assert (job.dead_at, job.attempts) == (clock.at, len(BACKOFF) + 1)
    assert job.error == "ValueError: no such address [secret]"
    clock.pass_(days=30)
    assert (jobs.work(), jobs.counted()) == (False, (None, 1))


def test_a_job_that_fails_once_may_succeed_later(jobs, clock):
    jobs.add()
    jobs.work(note=fail)
    clock.at += BACKOFF[0]
    assert jobs.work()
    assert (jobs.done[0].attempt, jobs.rows()) == (2, [])


class KilledError(BaseException):
    """The worker is gone: nothing of its own runs any more."""


def die(_):
    raise KilledError


def test_a_job_whose_worker_was_killed_is_taken_over_when_its_lock_is_over(jobs, clock):
    jobs.add()
    with pytest.raises(KilledError):
        jobs.work(note=die)
    clock.at += LOCKED - timedelta(seconds=1)
    assert not jobs.work()
    clock.pass_(seconds=1)
    assert jobs.work()
    assert jobs.rows() == []


def test_a_job_that_kills_every_worker_ends_among_the_dead(jobs, clock):
    jobs.add()
    for pause in (*BACKOFF, BACKOFF[-1]):
        with pytest.raises(KilledError):
            jobs.work(note=die)
        clock.at += pause
    assert not jobs.work(note=die)
    assert jobs.counted() == (None, 1)
    assert jobs.rows()[0].error == "lost with its worker"


def test_a_worker_that_was_too_slow_does_not_end_the_job_of_another(jobs, clock):
    jobs.add()

    def slow(_):
        clock.at += LOCKED
        with pytest.raises(KilledError):
            jobs.work(note=die)

    assert jobs.work(note=slow)
    assert [job.attempts for job in jobs.rows()] == [2]


def test_two_workers_never_take_the_same_job(jobs):
    for _ in range(20):
        jobs.add()
    taken, begun, both = [], set(), threading.Barrier(2)

    def note(task):
        if threading.get_ident() not in begun:
            begun.add(threading.get_ident())
            both.wait(timeout=PATIENCE)  # both are inside a job of their own at the same time
        taken.append(task.id)

    def work():
        while jobs.work(note=note):
            pass

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(timeout=PATIENCE)
    assert len(taken) == len(set(taken)) == 20
    assert jobs.rows() == []
