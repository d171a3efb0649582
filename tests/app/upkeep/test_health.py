"""Health: green on a sound server, and red before users notice."""

import errno
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from app.accounts.models import Installation
from app.accounts.schemas.health import CHECKS
from app.accounts.service import vendors
from app.audit.actor import Actor, ActorKind
from app.catalog.models import Artifact
from app.kit import schedules, throttle
from app.kit.db import transaction
from app.kit.outbox import Job, enqueue
from app.kit.schedules import ScheduleRow
from app.kit.throttle import ThrottleBucket
from app.trust.models import TrustKey
from app.upkeep import health
from app.upkeep.backup.making import PERIOD, SCHEDULE
from app.worker import Worker
from tests.factories.people import a_person


@pytest.fixture
def states(engine, kit, world):
    """The state of every check, after a worker has looked once."""
    kit.settings.master_file.parent.mkdir(parents=True)
    kit.settings.master_file.write_text("")
    with transaction(engine, kit) as session:
        person = a_person(session, world.vendor.id, factor=False)
        actor = Actor(ActorKind.USER, "Owner", person.id)
        vendors.confirm_master(session, world.vendor.id, actor=actor)
    Worker(engine, kit).look()

    def read():
        with transaction(engine, kit) as session:
            told = health.read(session)
        states = {each["check"]: each["state"] for each in told["checks"]}
        assert told["status"] == max(states.values(), key=["ok", "warn", "fail"].index)
        return {name: state for name, state in states.items() if state != "ok"}

    return read


@pytest.fixture
def change(engine):
    """Changes rows behind the server's back."""

    def change(model, **values):
        with engine.begin() as connection:
            assert connection.execute(update(model).values(values)).rowcount

    return change


def test_a_sound_server_is_all_green(states):
    assert states() == {}


@pytest.mark.parametrize(("minutes", "state"), [(4, None), (6, "warn"), (31, "fail")])
def test_a_job_that_nobody_does_is_seen(states, engine, kit, clock, minutes, state):
    with transaction(engine, kit) as session:
        enqueue(session, "note", {}, at=clock() - timedelta(minutes=minutes))
    assert states().get("oldest_due_job") == state


def test_a_dead_letter_is_a_warning(states, engine, kit, clock, change):
    with transaction(engine, kit) as session:
        enqueue(session, "note", {})
    change(Job, dead_at=clock())
    assert states() == {"dead_letters": "warn"}


@pytest.mark.parametrize(("minutes", "state"), [(9, None), (11, "warn"), (21, "fail")])
def test_a_worker_that_stands_still_is_seen(states, clock, minutes, state):
    clock.pass_(minutes=minutes)
    assert states().get("schedule_overdue") == state


def test_a_quarantined_file_is_a_failure(states, change):
    change(Artifact, status="quarantined")
    assert states() == {"quarantined_artifacts": "fail"}


def test_a_chain_that_nobody_verified_for_a_day_is_a_warning(states, clock):
    clock.pass_(hours=27)
    assert states()["audit_chain_verified"] == "warn"


def test_a_chain_that_nobody_could_verify_yet_is_no_fault_for_a_day(states, change, clock):
    change(ScheduleRow, last_done_at=None)
    assert "audit_chain_verified" not in states()
    clock.pass_(hours=27)
    assert states()["audit_chain_verified"] == "warn"


def test_a_broken_chain_is_a_failure(states, change):
    change(ScheduleRow, error="AUDIT_HASH_WRONG")
    assert states() == {"audit_chain_verified": "fail"}


@pytest.mark.parametrize(("seconds", "state"), [(1, None), (-5, "warn"), (40, "fail")])
def test_a_clock_that_differs_is_seen(states, clock, seconds, state):
    clock.pass_(seconds=seconds)
    assert states().get("clock") == state


@pytest.mark.parametrize(
    ("total", "free", "state"),
    [(1 << 40, 1 << 39, None), (1 << 40, 1 << 36, "warn"), (1 << 33, (1 << 30) - 1, "fail")],
)
def test_a_disk_that_fills_is_seen(states, monkeypatch, total, free, state):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: (total, total - free, free))
    assert states().get("disk_free") == state


@pytest.mark.parametrize(("networks", "state"), [(199, None), (200, "warn")])
def test_keys_tried_from_many_networks_are_seen(states, engine, clock, networks, state):
    bucket = {"tokens": throttle.UNKNOWN_KEY[0].tokens - 5, "updated_at": clock()}
    rows = [bucket | {"name": f"unknown_key:600:{number}"} for number in range(networks)]
    with engine.begin() as connection:
        connection.execute(insert(ThrottleBucket), rows)
    assert states().get("unknown_keys") == state
    clock.pass_(minutes=5)
    assert "unknown_keys" not in states()


def test_words_of_master_that_nobody_confirmed_are_a_warning(states, change):
    change(Installation, master_kid="another")
    assert states() == {"master_words": "warn"}


def test_every_check_has_words(states, engine, kit):
    assert states() == {}
    with transaction(engine, kit) as session:
        told = [each.check for each in health.read_all(session)]
    assert sorted(told) == sorted(CHECKS)


def test_master_that_is_gone_is_a_failure(states, kit):
    kit.settings.master_file.unlink()
    assert states() == {"master": "fail"}


def test_a_disk_that_does_not_answer_is_a_failure_and_hides_no_other(states, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(health.shutil, "disk_usage", fail)
    monkeypatch.setattr(Path, "is_file", fail)
    assert states() == {"disk_free": "fail", "master": "fail"}


def test_a_store_that_cannot_be_written_is_a_failure(states, kit, monkeypatch):
    monkeypatch.setattr(kit.artifacts, "writable", lambda: False)
    assert states() == {"storage": "fail"}


@pytest.mark.parametrize(("days", "state"), [(1.9, None), (2.1, "warn"), (3.1, "fail")])
def test_a_timestamp_that_grows_old_is_seen(states, clock, days, state):
    clock.pass_(days=days)
    assert states().get("trust_timestamp") == state


@pytest.mark.parametrize(("days", "state"), [(600, None), (615, "warn"), (725, "fail")])
def test_a_root_that_ends_soon_is_seen(states, clock, days, state):
    clock.pass_(days=days)
    assert states().get("trust_root") == state


def test_a_re_signing_that_failed_is_a_failure_at_once(states, engine, kit, clock, change):
    change(TrustKey, sealed_private=b"spoilt")
    clock.pass_(days=1)
    Worker(engine, kit).look()
    assert states()["trust_resigning"] == "fail"


@pytest.mark.parametrize(("hours", "state"), [(25, None), (27, "warn"), (73, "fail")])
def test_a_server_that_nobody_backs_up_is_seen(states, clock, hours, state):
    clock.pass_(hours=hours)
    assert states().get("last_backup") == state


@pytest.mark.parametrize(("hours", "state"), [(25, None), (27, "warn"), (73, "fail")])
def test_a_backup_that_grows_old_is_seen(states, engine, kit, clock, hours, state):
    clock.pass_(hours=80)
    with transaction(engine, kit) as session:
        schedules.note_done(session, SCHEDULE, PERIOD, session.now())
    clock.pass_(hours=hours)
    assert states().get("last_backup") == state


def test_a_late_backup_is_no_overdue_schedule(states, engine, kit):
    with transaction(engine, kit) as session:
        schedules.note_done(session, SCHEDULE, PERIOD, session.now() - 10 * PERIOD)
    assert set(states()) == {"last_backup"}
