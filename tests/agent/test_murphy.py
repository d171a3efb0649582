"""Disks that fill, errors that nobody foresaw: nobody stays locked out, the next run goes on."""

import errno
from collections.abc import Callable
from dataclasses import replace
from sqlite3 import OperationalError

import pytest

from agent import course, journal, lockout
from agent.com.remote import ComConnection
from onec.cfe_writer import NewObject
from tests.factories.cfe import good_cfe
from tests.simulators.exchange import Release

SOMEBODY = {"application": "1CV8C", "computer": "PC-7", "user": "Иванова", "number": 77}
ALONE = ("--lock-mode", "terminate", "--lock-wait", "0")
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")
FULL = OperationalError("database or disk is full")


def with_tables(version):
    return Release(version, data=good_cfe(version=version, objects=[NewObject("Catalog", "А")]))


@pytest.fixture
def busy(bench, server):
    """Somebody must leave before the extension can be written."""
    server.releases = [with_tables("2.4.0")]
    bench.write(sessions=[SOMEBODY], kind="server", has_bsp=True)
    return bench


@pytest.fixture
def breaking(monkeypatch) -> Callable:
    """In the step of that name this is raised, once."""

    def break_in(name, error):
        errors = [error]

        def broken(step):
            def do(story):
                if errors:
                    raise errors.pop()
                step.do(story)

            return replace(step, do=do) if step.do.__name__ == name else step

        usual = course.INSTALLATION
        parts = {
            part: tuple(broken(step) for step in getattr(usual, part))
            for part in ("before", "write", "after")
        }
        monkeypatch.setattr(course, "INSTALLATION", course.Course(**parts))

    return break_in


def finished(bench):
    """The next run goes on with what was left open; what the infobase holds then."""
    assert bench.do("recover").exit in {0, 34}
    assert bench.state["lock"] is None
    return [version for _, version, _ in bench.extensions()]


@pytest.mark.parametrize(
    ("step", "held"),
    [
        ("write", []),
        ("reread", ["2.4.0"]),
        ("refresh", ["2.4.0"]),
        ("verify_new_session", ["2.4.0"]),
    ],
)
@pytest.mark.parametrize("error", [ZeroDivisionError(), FULL])
def test_what_nobody_foresaw_leaves_nobody_locked_out(busy, breaking, step, held, error):
    breaking(step, error)
    ran = busy.install(*ALONE)
    assert ran.result["code"] == ("HOME_UNUSABLE" if error is FULL else "UNEXPECTED")
    assert busy.state["lock"] is None
    assert finished(busy) == held


@pytest.mark.parametrize("step", ["write", "reread", "refresh", "verify_new_session"])
def test_a_full_disk_in_a_step_leaves_nobody_locked_out(busy, breaking, step):
    breaking(step, NO_SPACE)
    assert busy.install(*ALONE).exit == 34
    assert busy.state["lock"] is None


@pytest.mark.parametrize("state", ["WRITING", "WRITTEN", "REREAD_OK", "UNLOCKED", "REPORTED"])
def test_a_full_disk_under_the_journal_leaves_nobody_locked_out(busy, monkeypatch, state):
    enter, is_full = journal._enter, []

    def entered(db, operation, entering, detail):
        if entering.value == state or is_full:
            is_full.append(True)
            raise FULL
        enter(db, operation, entering, detail)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_enter", entered)
        ran = busy.install(*ALONE)
    assert (ran.exit, ran.result["code"]) == (34, "HOME_UNUSABLE")
    assert "при следующем запуске" in ran.result["text"]
    assert busy.state["lock"] is None
    assert finished(busy) == ([] if state == "WRITING" else ["2.4.0"])


def test_a_full_disk_on_the_way_back_leaves_the_rest_to_the_next_run(busy, server, monkeypatch):
    busy.write(sessions=[])
    busy.install()
    server.releases.append(with_tables("2.5.0"))
    busy.write(sessions=[SOMEBODY], faults={"write": ["garbled"]})
    hand_over, handed = ComConnection._hand_over, []

    def full(session, data):
        if data == server.releases[0].data:
            handed.append(True)
            raise NO_SPACE
        return hand_over(session, data)

    with monkeypatch.context() as patch:
        patch.setattr(ComConnection, "_hand_over", full)
        ran = busy.install(*ALONE)
    assert (ran.exit, ran.result["code"], len(handed)) == (34, "DISK_FULL", 2)
    assert busy.state["lock"] is None
    assert finished(busy) == ["2.4.0"]


def test_a_lock_that_somebody_put_over_ours_stays(busy, monkeypatch):
    wait = lockout._wait

    def waited(story):
        wait(story)
        busy.write(lock="SOMEBODY", lock_message="Обновление")

    monkeypatch.setattr(lockout, "_wait", waited)
    ran = busy.install(*ALONE)
    assert (ran.exit, ran.result["code"]) == (31, "SESSIONS_DENIED")
    assert busy.state["lock"] == "SOMEBODY"
    busy.write(lock=None)
    assert finished(busy) == ["2.4.0"]


def test_without_a_licence_for_a_while_a_lock_is_taken_away_all_the_same(busy):
    busy.write(faults={"connect": [None, None, *["NO_LICENSE"] * 5, None]})
    assert busy.install(*ALONE).exit == 0
    assert busy.state["lock"] is None


def test_without_a_licence_for_long_a_lock_is_taken_away_at_the_end(busy):
    busy.write(faults={"connect": [None, None, *["NO_LICENSE"] * 10, None]})
    ran = busy.install(*ALONE)
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (31, "NO_LICENSE", False)
    assert busy.state["lock"] is None


@pytest.mark.parametrize("code", ["SERVER_NOT_FOUND", "NO_LICENSE"])
def test_what_a_lost_server_may_have_written_is_not_written_again(bench, server, code):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(logs_calls=True, faults={"write": [f"after {code}"]})
    assert bench.install().exit == 0
    calls = (bench.base / "calls.log").read_text("utf-8")
    assert calls.count("invoke Записать\n") == 2  # the backup into its file, and the one write
    assert [version for _, version, _ in bench.extensions()] == ["2.5.0"]
