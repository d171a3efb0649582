import json
import os
import select
import signal
import sqlite3
from contextlib import suppress

import pytest

from agent.codes import Exit
from agent.plan import PARTING, STORY
from agent.processes import started_at
from onec.cfe_writer import NewObject
from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, Release
from tests.simulators.killed_agent import (
    kill_after,
    kill_at,
    kill_with_children_at,
    killed,
    run_with_children,
)

SOMEBODY = {"application": "1CV8C", "computer": "PC-7", "user": "Иванова", "number": 77}
ALONE = ("--lock-mode", "terminate", "--lock-wait", "0")
COMMANDS = {
    "install": ("install", EXTENSION, *ACCEPT, *ALONE),
    "upgrade": ("install", EXTENSION, *ACCEPT, *ALONE),
    "uninstall": ("uninstall", EXTENSION, "--with-data", *ALONE),
}
SOMETIMES = ("LOCKED", "REFRESHED", "UNLOCKED")  # this infobase has what needs them
POINTS = [
    (operation, state, when)
    for operation in COMMANDS
    for state in (
        "PLANNED", *(PARTING if operation == "uninstall" else STORY), *SOMETIMES, "REPORTED",
    )
    for when in ("before", "after")
]  # fmt: skip
AGAIN = {"ci": [0], "campaign": [0, 1, 2, 3, 4]}
"""After so many of its commits the recovery is killed as well; after 0 it is not."""
ENDS = {"REPORTED": "new", "FAILED": "old", "ROLLED_BACK": "old"}


def pytest_generate_tests(metafunc):
    if "again" in metafunc.fixturenames:
        metafunc.parametrize("again", AGAIN[metafunc.config.getoption("--fault-profile")])


def kill(bench, state, when, command=("install", EXTENSION, *ACCEPT), how=kill_at):
    arguments = list(bench.arguments(*command))
    ended = killed(how, state, when, str(bench.home), arguments, f"{KEY}\n")
    assert ended == -signal.SIGKILL


def last_states(bench):
    """The last state of every operation, from the file itself."""
    with sqlite3.connect(bench.home / "state.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = db.execute(
            "SELECT state FROM steps s WHERE seq ="
            " (SELECT max(seq) FROM steps WHERE operation = s.operation) ORDER BY s.rowid"
        ).fetchall()
    db.close()
    return [state for (state,) in found]


def with_tables(version):
    return Release(version, data=good_cfe(version=version, objects=[NewObject("Catalog", "А")]))


def prepared(bench, server, operation):
    """What the infobase holds before and after the operation, which is about to begin."""
    server.releases = [with_tables("2.4.0")]
    first = server.releases[0].data
    bench.write(has_bsp=True, kind="server")
    if operation != "install":
        assert bench.install().exit == 0
    bench.write(sessions=[SOMEBODY])
    if operation == "upgrade":
        server.releases.append(with_tables("2.5.0"))
    return {
        "install": {"old": [], "new": [first]},
        "upgrade": {"old": [first], "new": [server.releases[-1].data]},
        "uninstall": {"old": [first], "new": []},
    }[operation]


@pytest.mark.fault
@pytest.mark.parametrize(("operation", "state", "when"), POINTS)
def test_what_a_killed_agent_left_is_finished_whole(bench, server, operation, state, when, again):
    held = prepared(bench, server, operation)
    done = len(last_states(bench)) if operation != "install" else 0
    kill(bench, state, when, COMMANDS[operation])
    if again:
        arguments = list(bench.arguments("recover"))
        killed(kill_after, again, str(bench.home), arguments, f"{KEY}\n")
    assert bench.do("recover").exit in {0, 34}
    ended = last_states(bench)[done:]
    was_begun = (state, when) != ("PLANNED", "before")
    assert len(ended) == was_begun
    expected = held[ENDS[ended[0]]] if was_begun else held["old"]
    assert [data for _, _, data in bench.extensions()] == expected
    assert bench.state["lock"] is None
    assert len({one["operation_id"] for one in server.reports}) == len(server.reports)
    assert len(server.reports) == len(last_states(bench))
    for folder in ("staging", "handover"):
        assert not list((bench.home / folder).glob("*"))
    assert not bench.state["cluster"]["scheduled_jobs_denied"]


@pytest.mark.fault
@pytest.mark.parametrize("state", ["BACKED_UP", "WRITING", "REREAD_OK"])
@pytest.mark.parametrize("operation", ["install", "upgrade", "uninstall"])
def test_the_same_command_finishes_it_and_goes_on(bench, server, operation, state):
    held = prepared(bench, server, operation)
    kill(bench, state, "after", COMMANDS[operation])
    bench.write(sessions=[])
    assert bench.do(*COMMANDS[operation]).exit == 0
    assert [data for _, _, data in bench.extensions()] == held["new"]


@pytest.mark.fault
def test_a_finished_write_is_not_done_twice(bench, server):
    kill(bench, "WRITTEN", "before")
    uuid = bench.state["extensions"][0]["uuid"]
    ran = bench.install()
    (warning,) = ran.of("warn")
    assert (warning["code"], warning["data"]["outcome"]) == ("RECOVERED", "done")
    assert (ran.result["outcome"], ran.result["changed"]) == ("done", True)
    assert bench.state["extensions"][0]["uuid"] == uuid
    assert [report["outcome"] for report in server.reports] == ["done"]


@pytest.mark.fault
def test_before_the_write_the_interrupted_operation_is_reported_as_failed(bench, server):
    kill(bench, "BACKED_UP", "after")
    bench.install()
    assert [(one["outcome"], one["code"], one["failed_state"]) for one in server.reports] == [
        ("failed", "INTERRUPTED", "BACKED_UP"), ("done", None, None),
    ]  # fmt: skip


@pytest.mark.fault
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", ["ROLLING_BACK", "ROLLED_BACK"])
def test_a_killed_rollback_is_finished_by_the_next_run(bench, server, state, when):
    held = prepared(bench, server, "upgrade")
    bench.write(faults={"write": ["garbled"]})
    kill(bench, state, when, COMMANDS["upgrade"])
    bench.do("recover")
    assert [data for _, _, data in bench.extensions()] == held["old"]
    nobody_knows_why = (state, when) == ("ROLLING_BACK", "before")
    why = "INTERRUPTED" if nobody_knows_why else "WRITE_NOT_CONFIRMED"
    assert (server.reports[-1]["outcome"], server.reports[-1]["code"]) == ("rolled_back", why)
    assert bench.state["lock"] is None


@pytest.mark.fault
@pytest.mark.parametrize(
    ("state", "when", "outcome"),
    [
        ("ROLLING_BACK", "before", "done"),  # it is gone, and nobody knows that it was to return
        ("ROLLING_BACK", "after", "rolled_back"),
        ("ROLLED_BACK", "before", "rolled_back"),
        ("ROLLED_BACK", "after", "rolled_back"),
    ],
)
def test_a_removal_killed_while_it_is_undone_leaves_one_copy_or_none(
    bench, server, state, when, outcome
):
    bench.write(has_bsp=True)
    bench.install()
    bench.write(faults={"refresh": ["BAD_FILE"]})
    kill(bench, state, when, ("uninstall", EXTENSION))
    bench.do("recover")
    assert server.reports[-1]["outcome"] == outcome
    there = [data for _, _, data in bench.extensions()]
    assert there == ([] if outcome == "done" else [server.releases[0].data])


@pytest.mark.fault
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_inspection_is_repeated(bench, server, when):
    bench.write(faults={"write": ["lost_after"]})
    kill(bench, "INSPECTING", when)
    assert bench.install().result["outcome"] == "done"
    assert [one["outcome"] for one in server.reports] == ["done"]


@pytest.mark.fault
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lock_left_by_a_crash_keeps_us_out_of_nothing(bench, server, when):
    prepared(bench, server, "install")
    kill(bench, "WRITING", when, COMMANDS["install"])
    assert bench.state["lock"] is not None
    assert bench.do("check").exit == 0
    assert bench.do("status").result["data"]["infobase"]["extensions"] == []
    bench.do("recover")
    assert bench.state["lock"] is None


@pytest.mark.fault
def test_a_session_that_a_crash_left_in_1c_is_ended_by_its_number(bench, server, monkeypatch):
    monkeypatch.setattr("agent.recovery.platform.node", lambda: "PODKLUCH")
    bench.write(leftover_sessions=True, kind="server")
    kill(bench, "BACKED_UP", "after")
    (left,) = bench.state["connected"]
    bench.do("recover")
    assert bench.state["ended"] == [left["number"]]
    assert server.reports[-1]["outcome"] == "failed"


@pytest.mark.fault
def test_a_session_of_another_computer_with_that_number_is_not_ours(bench, monkeypatch):
    monkeypatch.setattr("agent.recovery.platform.node", lambda: "ANOTHER")
    bench.write(leftover_sessions=True, kind="server")
    kill(bench, "BACKED_UP", "after")
    bench.do("recover")
    assert bench.state["ended"] == []


@pytest.mark.fault
def test_who_holds_a_session_is_written_down_and_ends_with_the_agent(bench, server):
    kill(bench, "REPORTED", "before", how=kill_with_children_at)
    with sqlite3.connect(bench.home / "state.db") as db:
        query = "SELECT detail FROM steps WHERE state IN ('CONNECTED', 'VERIFIED_NEW_SESSION')"
        held = [json.loads(detail) for (detail,) in db.execute(query)]
    db.close()
    assert [one["session"] for one in held] == [2, 3]
    assert held[0]["pid"] != held[1]["pid"]
    for one in held:
        with suppress(ProcessLookupError):
            process = os.pidfd_open(one["pid"])
            assert select.select([process], [], [], 30)[0]
            os.close(process)
        assert started_at(one["pid"]) != one["started_at"]
    assert bench.do("recover").result["outcome"] == "done"
    assert [one["outcome"] for one in server.reports] == ["done"]


@pytest.mark.fault
def test_a_write_that_hangs_ends_with_its_session(bench, server):
    (bench.home / "agent.toml").write_text("[timeouts]\nwrite = 1\n")
    bench.write(faults={"write": ["hang 600"]}, leftover_sessions=True, kind="server")
    arguments = list(bench.arguments("install", EXTENSION, *ACCEPT))
    code = killed(run_with_children, str(bench.home), arguments, f"{KEY}\n")
    assert code == Exit.FAILED
    (report,) = server.reports
    assert (report["outcome"], report["code"], report["failed_state"]) == (
        "failed", "CONNECTION_LOST", "WRITING",
    )  # fmt: skip
    assert (len(bench.state["ended"]), bench.extensions()) == (1, [])


@pytest.mark.fault
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", ["LOCKED", "BACKED_UP", "WRITING"])
def test_an_agent_killed_around_a_copy_under_the_lock_keeps_nobody_out(bench, state, when):
    bench.home.mkdir(exist_ok=True)
    (bench.home / "agent.toml").write_text('backup_mode = "file_copy"\nlock_mode = "ask"\n')
    (bench.base / "1Cv8.1CD").write_bytes(b"1CDBMSV8" + bytes(100))
    kill(bench, state, when)
    assert (bench.state.get("lock") is None) == (state == "LOCKED")
    bench.do("recover")
    assert bench.state["lock"] is None
    assert len(bench.extensions()) == 0
    assert not list((bench.home / "backups").rglob("*.part.*"))
    assert bench.install().exit == 0
