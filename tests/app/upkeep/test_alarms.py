"""Alarms by the clock: each vendor hears what is its business, once, however many look."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine, func, select, text, update

from app.accounts.models import HealthAlarm, Letter, Vendor
from app.accounts.schemas.health import State
from app.accounts.service import alarms as telling
from app.accounts.service.alarms import LOOK
from app.catalog.models import Artifact
from app.kit.db import transaction
from app.upkeep import alarms, health
from app.upkeep.health import Reading
from app.worker import WATCH, Worker
from tests.factories.people import a_person
from tests.waiting import until

SMTP = {"host": "127.0.0.1", "port": 1, "security": "none", "sender": "a@vector.example"}
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def engine(clone_database) -> Iterator[Engine]:
    """A database whose locks are waited for as long as it takes."""
    engine = create_engine(clone_database())
    yield engine
    engine.dispose()


@pytest.fixture
def letters(engine, kit, told) -> Callable[[], list[int]]:
    """Both vendors have an owner and a mail server; how many letters each was written."""
    assert told() == ({}, {})
    with transaction(engine, kit) as session:
        for vendor in session.scalars(select(Vendor)):
            a_person(session, vendor.id, factor=False, email=f"{vendor.slug}@example.com")
    with engine.begin() as connection:
        assert connection.execute(update(Vendor).values(smtp=SMTP)).rowcount == 2

    def letters() -> list[int]:
        written = select(func.count(Letter.id)).select_from(Vendor).outerjoin(Letter)
        with engine.connect() as connection:
            return list(connection.scalars(written.group_by(Vendor.id)))

    return letters


@pytest.fixture
def told(engine, world) -> Callable[[], tuple[dict[str, str], dict[str, str]]]:
    """What is wrong for the vendor of the world, and for the other one."""

    def told() -> tuple[dict[str, str], dict[str, str]]:
        wrong = select(HealthAlarm.name, HealthAlarm.state).where(HealthAlarm.state != "ok")
        mine = HealthAlarm.vendor_id == world.vendor.id
        with engine.connect() as connection:
            first, second = (connection.execute(wrong.where(each)).all() for each in (mine, ~mine))
        return dict(map(tuple, first)), dict(map(tuple, second))

    return told


@pytest.fixture
def broken(monkeypatch) -> None:
    """The server cannot store files, and there is no other check."""
    failing = Reading("storage", State.FAIL, value=False)
    monkeypatch.setattr(health, "CHECKS", [lambda _: failing])


def test_what_is_wrong_with_the_server_concerns_every_vendor(engine, kit, told):
    assert not kit.settings.master_file.exists()
    alarms.look(engine, kit)
    mine, others = told()
    assert mine["master"] == others["master"] == "fail"
    assert mine["master_words"] == others["master_words"] == "warn"
    kit.settings.master_file.parent.mkdir(parents=True)
    kit.settings.master_file.write_text("")
    alarms.look(engine, kit)
    assert all("master" not in each for each in told())


def test_what_a_vendor_has_of_its_own_concerns_it_alone(engine, kit, told):
    with engine.begin() as connection:
        assert connection.execute(update(Artifact).values(status="quarantined")).rowcount
    alarms.look(engine, kit)
    mine, others = told()
    assert mine["quarantined_artifacts"] == "fail"
    assert "quarantined_artifacts" not in others


def test_a_vendor_that_is_suspended_hears_nothing(engine, kit, told):
    with engine.begin() as connection:
        connection.execute(update(Vendor).values(status="suspended"))
    alarms.look(engine, kit)
    assert told() == ({}, {})


@pytest.mark.usefixtures("broken")
def test_workers_that_come_and_go_write_one_letter_to_each_vendor(engine, kit, letters, clock):
    for _ in range(4):
        for _ in range(2):
            Worker(engine, kit, {}, [WATCH]).look()
        clock.pass_(seconds=LOOK.total_seconds())
    assert letters() == [1, 1]


@pytest.fixture
def race(engine, kit, world) -> Callable[[], None]:
    """Two workers judge the store at once: the second while the first has not committed yet."""

    def keep(*steps: Callable[[], object]) -> None:
        with transaction(engine, kit) as session:
            telling.keep(session, world.vendor.id, {"storage": State.FAIL})
            for step in steps:
                step()

    def race() -> None:
        second = threading.Thread(target=keep)

        def waits() -> bool:
            with engine.connect() as connection:
                return bool(connection.scalar(WAITING)) or not second.is_alive()

        keep(second.start, lambda: until(waits))
        second.join()

    return race


def test_of_two_workers_that_look_at_once_one_writes(race, letters, told, clock):
    race()
    assert told() == ({"storage": "fail"}, {})
    assert sorted(letters()) == [0, 0]
    clock.pass_(seconds=LOOK.total_seconds())
    race()
    assert sorted(letters()) == [0, 1]
