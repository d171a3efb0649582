import json
import re
import sqlite3

import pytest

from agent.clock import Timing
from agent.com.session import ComSession
from agent.infobase import SessionLock
from onec.cfe_writer import NewObject
from tests.factories.cfe import good_cfe
from tests.simulators.exchange import Release

SOMEBODY = {"application": "1CV8C", "computer": "PC-7", "user": "Иванова", "number": 77}
DATA = good_cfe(objects=[NewObject("Catalog", "Адреса")])
STRUCTURAL = {"data": DATA}  # its tables come with it: everybody else must leave


@pytest.fixture
def busy(bench, server):
    """Somebody works in the infobase, and the release brings tables of its own."""
    server.releases = [Release(**STRUCTURAL)]
    bench.write(sessions=[SOMEBODY], kind="server")
    return bench


@pytest.fixture
def leaving(busy, monkeypatch):
    """Who is there leaves at the second look; what the lock was meanwhile is written down."""
    locks = []

    def sleep(_self, seconds):
        locks.append((seconds, busy.state["lock"]))
        if len(locks) > 1:
            busy.write(sessions=[])

    monkeypatch.setattr(Timing, "sleep", sleep)
    return locks


def states(ran):
    return [event["state"] for event in ran.of("step")]


def test_without_a_lock_mode_who_is_in_the_way_is_named_and_nothing_is_locked(busy):
    ran = busy.install()
    assert (ran.exit, ran.result["code"]) == (32, "EXCLUSIVE_LOCK")
    assert "PC-7, Иванова" in ran.result["text"]
    assert "LOCKED" not in states(ran)


def test_asking_waits_until_everybody_left_then_installs_and_lets_them_in(busy, leaving):
    ran = busy.install("--lock-mode", "ask")
    assert (ran.exit, ran.result["outcome"]) == (0, "done")
    ((first, code), (second, same)) = leaving
    assert (first, second, same) == (18.0, 18.0, code)
    assert re.fullmatch("[A-Z0-9]{16}", code)
    assert busy.state["lock"] is None
    assert states(ran)[-8:] == [
        "LOCKED", "LOCKED", "BACKED_UP",
        "WRITING", "WRITTEN", "REREAD_OK", "UNLOCKED", "VERIFIED_NEW_SESSION",
    ]  # fmt: skip
    assert any("PC-7, Иванова" in event["text"] for event in ran.of("step"))


def test_the_code_of_the_lock_is_a_secret(busy, leaving, server):
    ran = busy.install("--lock-mode", "ask")
    ((_, code), _) = leaving
    log = (busy.home / "logs" / "agent.log").read_text("utf-8")
    assert code not in ran.out + ran.err + log + str(server.reports)


def test_each_lock_has_a_code_of_its_own(busy, leaving):
    busy.install("--lock-mode", "ask")
    busy.write(sessions=[SOMEBODY], extensions=[])
    busy.install("--lock-mode", "ask")
    assert len({code for _, code in leaving}) == 2


def test_who_does_not_leave_in_time_keeps_the_infobase(busy, pauses):
    ran = busy.install("--lock-mode", "ask", "--lock-wait", "45")
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (32, "EXCLUSIVE_LOCK", False)
    assert pauses == [18.0, 18.0, 9.0]
    assert (busy.state["lock"], busy.extensions()) == (None, [])


def test_ending_sessions_comes_after_the_time_to_leave(busy, pauses):
    ran = busy.install("--lock-mode", "terminate", "--lock-wait", "18")
    assert (ran.exit, pauses) == (0, [18.0])
    assert (busy.state["sessions"], busy.state["lock"]) == ([], None)


def test_where_sessions_cannot_be_ended_the_infobase_stays_as_it_is(busy, monkeypatch):
    monkeypatch.setattr("agent.com.remote.ComInfobase.terminate", lambda *_: False)
    ran = busy.install("--lock-mode", "terminate", "--lock-wait", "0")
    assert (ran.exit, ran.result["code"]) == (32, "EXCLUSIVE_LOCK")
    assert (busy.state["lock"], len(busy.state["sessions"])) == (None, 1)


def test_nobody_is_locked_out_of_an_infobase_that_is_empty(bench, server):
    server.releases = [Release(**STRUCTURAL)]
    assert "LOCKED" not in states(bench.install("--lock-mode", "ask"))


def test_without_a_change_of_tables_it_is_tried_with_everybody_in(bench):
    bench.write(sessions=[SOMEBODY])
    ran = bench.install("--lock-mode", "terminate")
    assert (ran.exit, len(bench.state["sessions"])) == (0, 1)
    assert "LOCKED" not in states(ran)


def test_a_try_that_1c_refuses_is_repeated_alone(bench, monkeypatch):
    bench.write(sessions=[SOMEBODY], faults={"write": ["EXCLUSIVE_LOCK", None]})
    monkeypatch.setattr(Timing, "sleep", lambda *_: bench.write(sessions=[]))
    ran = bench.install("--lock-mode", "ask")
    assert ran.exit == 0
    assert [state for state in states(ran) if state in {"WRITING", "LOCKED", "UNLOCKED"}] == [
        "WRITING", "LOCKED", "LOCKED", "WRITING", "UNLOCKED",
    ]  # fmt: skip
    assert bench.state["lock"] is None


@pytest.mark.parametrize("application", ["SrvrConsole", "BackgroundJob"])
def test_a_console_of_the_server_is_in_nobodys_way_and_a_job_is(bench, server, application):
    server.releases = [Release(install={"exclusive_required": True})]
    bench.write(sessions=[{**SOMEBODY, "application": application}])
    ran = bench.install("--lock-mode", "ask", "--lock-wait", "0")
    assert ("LOCKED" in states(ran)) is (application == "BackgroundJob")


def test_the_lock_of_somebody_else_is_left_alone(busy, monkeypatch):
    standing = SessionLock(is_set=True, message="Обновление до 20:00")
    monkeypatch.setattr(ComSession, "session_lock", lambda _self: standing)
    monkeypatch.setattr(ComSession, "lock", None)
    ran = busy.install("--lock-mode", "ask")
    assert (ran.exit, ran.result["code"]) == (31, "SESSIONS_DENIED")
    assert "Обновление до 20:00" in ran.result["text"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("BAD_FILE", "failed"), ("garbled", "rolled_back"), ("lost_before", "failed"),
     ("lost_after", "done")],
)  # fmt: skip
def test_whatever_becomes_of_the_write_everybody_is_let_in(busy, leaving, fault, outcome):
    busy.write(faults={"write": [fault]})
    ran = busy.install("--lock-mode", "ask")
    assert ran.result["outcome"] == outcome
    assert leaving[0][1]
    assert busy.state["lock"] is None


def test_a_lock_that_cannot_be_taken_away_now_is_taken_away_by_the_next_run(busy, leaving):
    busy.write(kind="file", faults={"lock": [None, *["CONNECTION_LOST"] * 4]})
    ran = busy.install("--lock-mode", "ask")
    assert (ran.exit, ran.result["code"]) == (34, "CONNECTION_LOST")
    assert busy.state["lock"] == leaving[0][1]
    again = busy.do("recover")
    assert (again.exit, again.result["outcome"]) == (0, "done")
    assert busy.state["lock"] is None


def test_our_code_is_not_tried_on_a_lock_after_the_operation_ended(busy, leaving):
    busy.install("--lock-mode", "ask")
    busy.write(lock=leaving[0][1])
    assert busy.do("check").result["code"] == "SESSIONS_DENIED"


def test_the_code_is_on_the_disk_before_the_lock(busy, monkeypatch):
    seen = []
    lock = ComSession.lock
    busy.write(kind="file")

    def noted(session, message, code):
        with sqlite3.connect(busy.home / "state.db") as db:
            rows = db.execute("SELECT detail FROM steps WHERE state = 'LOCKED'").fetchall()
        db.close()
        seen.extend(json.loads(detail)["access_code"] == code for (detail,) in rows)
        lock(session, message, code)

    monkeypatch.setattr(ComSession, "lock", noted)
    busy.install("--lock-mode", "ask", "--lock-wait", "0")
    assert seen == [True]


def test_people_read_our_words_or_those_of_the_administrator(busy, monkeypatch):
    said = []
    busy.write(kind="file")
    monkeypatch.setattr(ComSession, "lock", lambda _self, message, _code: said.append(message))
    busy.install("--lock-mode", "ask", "--lock-wait", "0")
    busy.install("--lock-mode", "ask", "--lock-wait", "0", "--lock-message", "Ушли на базу")
    assert "Складской помощник" in said[0]
    assert said[1] == "Ушли на базу"


def test_a_wait_below_zero_is_no_wait(bench):
    assert bench.install("--lock-wait", "-1").exit == 2
