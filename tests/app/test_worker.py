"""The worker: its schedules do what they say, its loops end when told to."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.delivery.models import Download, InstallReport
from app.kit import throttle
from app.kit.db import make_engine, reading, transaction
from app.kit.idempotency import IdempotentAnswer
from app.kit.outbox import Job, enqueue
from app.kit.problems import RateLimited
from app.kit.schedules import Schedule, states
from app.worker import HANDLERS, SCHEDULES, Worker, beside
from tests.factories.clock import NOON
from tests.factories.requests import make_stage
from tests.waiting import PATIENCE


@pytest.fixture
def own_engine(clone_database, settings):
    """A database with real commits."""
    engine = make_engine(clone_database(), settings)
    yield engine
    engine.dispose()


def count(engine, model, *conditions):
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(model).where(*conditions))


def test_every_schedule_runs_on_a_server_with_data(own_engine, kit):
    with transaction(own_engine, kit) as session:
        make_stage(session)
    Worker(own_engine, kit).look()
    with reading(own_engine, kit) as session:
        told = {row.name: (row.error, row.last_done_at is not None) for row in states(session)}
    assert told == {schedule.name: (None, True) for schedule in SCHEDULES}
    assert len({schedule.name for schedule in SCHEDULES}) == len(SCHEDULES)


def test_what_has_run_out_is_swept(own_engine, kit, clock):
    clock.at = NOON
    with transaction(own_engine, kit) as session:
        make_stage(session)
        row = {"id": "6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412", "principal": "p", "key": "k"}
        row |= {"route": "POST /", "body_sha256": b"", "created_at": NOON, "expires_at": NOON}
        session.add(IdempotentAnswer(**row, status=200, media_type="", sealed_body=b""))
    with suppress(RateLimited):
        throttle.count(own_engine, kit, throttle.UNKNOWN_KEY, "192.0.2.0/24")
    [sweep] = [schedule for schedule in SCHEDULES if schedule.name == "sweep"]
    clock.pass_(hours=23)
    sweep.run(own_engine, kit)
    assert count(own_engine, Download, Download.status == "issued") == 1
    assert count(own_engine, throttle.ThrottleBucket) == 2
    assert count(own_engine, IdempotentAnswer) == 0
    clock.pass_(days=2)
    sweep.run(own_engine, kit)
    assert count(own_engine, Download, Download.status == "aborted") == 1
    assert count(own_engine, throttle.ThrottleBucket) == 0
    clock.pass_(days=400)
    sweep.run(own_engine, kit)
    assert count(own_engine, Download) == count(own_engine, InstallReport) == 0


def test_a_completed_download_is_not_aborted(own_engine, kit, clock):
    with transaction(own_engine, kit) as session:
        make_stage(session)
    with own_engine.begin() as connection:
        connection.execute(text("UPDATE downloads SET status = 'completed'"))
    clock.pass_(days=2)
    [sweep] = [schedule for schedule in SCHEDULES if schedule.name == "sweep"]
    sweep.run(own_engine, kit)
    assert count(own_engine, Download, Download.status == "completed") == 1


def test_it_works_beside_a_server_and_ends_with_it(own_engine, kit, monkeypatch):
    done = threading.Event()
    monkeypatch.setattr("app.worker.HANDLERS", HANDLERS | {"note": lambda _: done.set()})
    with transaction(own_engine, kit) as session:
        enqueue(session, "note", {})
    with beside(own_engine, kit):
        assert done.wait(timeout=PATIENCE)
    assert not [each.name for each in threading.enumerate() if each.name == "worker"]


def test_a_database_that_is_away_ends_no_worker(own_engine, kit):
    stop, tries, back = threading.Event(), [], threading.Event()

    def again(engine, _):
        tries.append(1)
        if len(tries) == 1:
            with engine.connect() as connection:
                connection.execute(text("SELECT no_such_column"))
        back.set()
        return ""

    schedule = Schedule("x", timedelta(0), again)
    worker = Worker(own_engine, kit, {}, [schedule])
    with own_engine.begin() as connection:
        connection.execute(text("ALTER TABLE outbox RENAME TO hidden"))
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    with own_engine.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO outbox"))
    done = threading.Event()
    with transaction(own_engine, kit) as session:
        enqueue(session, "note", {})
    worker.handlers["note"] = lambda _: done.set()
    assert done.wait(timeout=PATIENCE)
    stop.set()
    thread.join(timeout=PATIENCE)
    assert not thread.is_alive()
    assert count(own_engine, Job) == 0


def test_a_long_schedule_keeps_no_alarm_waiting(own_engine, kit, monkeypatch):
    looked, stop = threading.Event(), threading.Event()

    def endless(*_):
        assert looked.wait(timeout=PATIENCE)
        stop.set()
        return ""

    def look(*_):
        looked.set()
        return ""

    watch = Schedule("watch", timedelta(minutes=5), look)
    monkeypatch.setattr("app.worker.WATCH", watch)
    schedules = [Schedule("endless", timedelta(days=1), endless), watch]
    thread = threading.Thread(target=Worker(own_engine, kit, {}, schedules).run, args=(stop,))
    thread.start()
    assert stop.wait(timeout=PATIENCE)
    thread.join(timeout=PATIENCE)
    with reading(own_engine, kit) as session:
        assert all(row.is_done for row in states(session))


def test_jobs_that_waited_are_worked_off_before_the_first_look(own_engine, kit, monkeypatch):
    acts, stop = [], threading.Event()

    def look(*_):
        acts.append("look")
        stop.set()
        return ""

    watch = Schedule("watch", timedelta(minutes=5), look)
    monkeypatch.setattr("app.worker.WATCH", watch)
    with transaction(own_engine, kit) as session:
        for _ in range(3):
            enqueue(session, "note", {})
    worker = Worker(own_engine, kit, {"note": lambda _: acts.append("job")}, [watch])
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    thread.join(timeout=PATIENCE)
    assert acts == ["job", "job", "job", "look"]
