import signal
import sqlite3

import pytest

from agent.plan import PARTING, STORY
from onec.cfe_writer import NewObject
from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, Release
from tests.simulators.killed_agent import kill_at, killed

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
ENDS = {"REPORTED": "new", "FAILED": "old", "ROLLED_BACK": "old"}


def kill(bench, state, when, command=("install", EXTENSION, *ACCEPT)):
    arguments = list(bench.arguments(*command))
    ended = killed(kill_at, state, when, str(bench.home), arguments, f"{KEY}\n")
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
def test_what_a_killed_agent_left_is_finished_whole(bench, server, operation, state, when):
    held = prepared(bench, server, operation)
    done = len(last_states(bench)) if operation != "install" else 0
    kill(bench, state, when, COMMANDS[operation])
    assert bench.do("recover").exit in {0, 34}
    ended = last_states(bench)[done:]
    was_begun = (state, when) != ("PLANNED", "before")
    assert len(ended) == was_begun
    expected = held[ENDS[ended[0]]] if was_begun else held["old"]
    assert [data for _, _, data in bench.extensions()] == expected
    assert bench.state["lock"] is None
    assert len({one["operation_id"] for one in server.reports}) == len(server.reports)
    assert len(server.reports) == len(last_states(bench))
    assert not list((bench.home / "staging").glob("*"))


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
@pytest.mark.parametrize("operation", ["upgrade", "uninstall"])
def test_a_killed_rollback_is_finished_by_the_next_run(bench, server, operation, state, when):
    held = prepared(bench, server, operation)
    fault = {"write": ["garbled"]} if operation == "upgrade" else {"refresh": ["BAD_FILE"]}
    bench.write(faults=fault)
    kill(bench, state, when, COMMANDS[operation])
    bench.do("recover")
    report = server.reports[-1]
    if (operation, state, when) == ("uninstall", "ROLLING_BACK", "before"):
        # it was gone, and nobody knew any more that this was not to last
        assert (bench.extensions(), report["outcome"]) == ([], "done")
        return
    assert [data for _, _, data in bench.extensions()] == held["old"]
    nobody_knows_why = (state, when) == ("ROLLING_BACK", "before")
    why = {"upgrade": "WRITE_NOT_CONFIRMED", "uninstall": "BSP_REFRESH_FAILED"}[operation]
    assert (report["outcome"], report["code"]) == (
        "rolled_back", "INTERRUPTED" if nobody_knows_why else why,
    )  # fmt: skip
    assert bench.state["lock"] is None


@pytest.mark.fault
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_inspection_is_repeated(bench, server, when):
    bench.write(faults={"write": ["lost_after"]})
    kill(bench, "INSPECTING", when)
    assert bench.install().result["outcome"] == "done"
    assert [one["outcome"] for one in server.reports] == ["done"]


@pytest.mark.fault
@pytest.mark.parametrize("state", ["LOCKED", "WRITING"])
def test_a_lock_left_by_a_crash_keeps_us_out_of_nothing(bench, server, state):
    prepared(bench, server, "install")
    when = "after" if state == "WRITING" else "before"
    kill(bench, "WRITING" if state == "LOCKED" else state, when, COMMANDS["install"])
    assert bench.state["lock"] is not None
    shown = bench.do("check")
    assert shown.exit == 0
    bench.do("recover")
    assert bench.state["lock"] is None
