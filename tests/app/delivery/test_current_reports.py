"""The last report on each extension in an infobase, as the database marks it."""

import threading
import uuid
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg import Connection

from app.kit import migrate
from app.kit.db import new_id
from tests.waiting import until

HERE, ELSEWHERE, EXTENSION, ANOTHER, VENDOR = (new_id() for _ in range(5))
BEFORE = "2026_11_22_seats"
INFOBASE = """
INSERT INTO infobases (id, vendor_id, created_at, uid, label, last_seen_at)
VALUES (%(id)s, %(vendor)s, now(), %(id)s, '', now())
"""
TELL = """
INSERT INTO install_reports (id, vendor_id, created_at, operation_id, key_id, infobase_id,
    extension_id, operation, outcome, message, durations_ms, consents, occurred_at)
VALUES (%(id)s, %(vendor)s, now(), %(id)s, %(id)s, %(infobase)s, %(extension)s, %(operation)s,
    %(outcome)s, '', '{}', '[]', now())
"""
WAITS = "SELECT pg_blocking_pids(%s) <> '{}'"


@dataclass
class Log:
    """Reports of nobody's keys: no reference of theirs is looked at."""

    connection: Connection
    number: int = field(default=0)

    def tell(self, operation="install", outcome="done", **more) -> uuid.UUID:
        """Another report, after all others unless its number is given."""
        self.number += 1
        told = {"id": uuid.UUID(int=self.number), "vendor": VENDOR, "infobase": HERE}
        told |= {"extension": EXTENSION, "operation": operation, "outcome": outcome}
        self.connection.execute(TELL, told | more)
        return (told | more)["id"]

    def current(self) -> set[uuid.UUID]:
        rows = self.connection.execute("SELECT id FROM install_reports WHERE is_current")
        return {row[0] for row in rows}


def opened(url: str) -> Connection:
    """Triggers of the table alone are at work."""
    connection = psycopg.connect(url)
    connection.execute("SET session_replication_role = replica")
    return connection


@pytest.fixture
def url(clone_database) -> str:
    made = clone_database()
    with opened(made) as connection:
        connection.execute("ALTER TABLE install_reports ENABLE ALWAYS TRIGGER mark_current_report")
        for each in (HERE, ELSEWHERE):
            connection.execute(INFOBASE, {"id": each, "vendor": VENDOR})
    return made


@pytest.fixture
def log(url):
    with opened(url) as connection:
        yield Log(connection)


def test_the_last_report_on_an_extension_in_an_infobase_is_current(log):
    log.tell()
    there, beside = log.tell(infobase=ELSEWHERE), log.tell(extension=ANOTHER)
    assert log.current() == {uuid.UUID(int=1), there, beside}
    last = log.tell("upgrade")
    assert log.current() == {last, there, beside}


@pytest.mark.parametrize("outcome", ["done", "done_restart_required", "noop"])
def test_nothing_is_current_of_what_was_removed(log, outcome):
    log.tell()
    log.tell("uninstall", outcome)
    assert log.current() == set()
    again = log.tell()
    assert log.current() == {again}


def test_a_removal_that_failed_is_the_last_word_on_what_is_there(log):
    log.tell()
    failed = log.tell("uninstall", "failed")
    assert log.current() == {failed}


def test_a_report_that_comes_late_is_not_the_last(log):
    log.number = 7
    last = log.tell()
    log.tell(id=uuid.UUID(int=1))
    assert log.current() == {last}


def test_a_report_on_no_extension_of_the_vendor_is_never_current(log):
    log.tell(extension=None)
    assert log.current() == set()


def test_of_two_reports_at_once_the_later_sees_the_first(url):
    with opened(url) as one, opened(url) as other:
        first, second = Log(one), Log(other, 1)
        first.tell()
        pid = other.info.backend_pid
        later = threading.Thread(target=second.tell)
        later.start()
        until(lambda: one.execute(WAITS, [pid]).fetchone()[0])
        one.commit()
        later.join()
        assert second.current() == {uuid.UUID(int=2)}


def test_the_reports_of_the_release_before_are_marked(url):
    migrate.downgrade(url, BEFORE)
    with opened(url) as connection:
        log = Log(connection)
        log.tell()
        log.tell("upgrade")
        there, removed = log.tell(infobase=ELSEWHERE), log.tell(extension=ANOTHER)
        log.tell("uninstall", extension=ANOTHER)
        log.tell(extension=None)
    migrate.upgrade(url)
    with opened(url) as connection:
        found = Log(connection).current()
    assert found == {uuid.UUID(int=2), there}
    assert removed not in found
