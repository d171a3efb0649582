import signal
import sqlite3

import pytest

from agent.plan import STORY
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, Release
from tests.simulators.killed_agent import kill_at, killed

STATES = [
    "PLANNED", *(state.value for state in STORY), "REPORTED",
]  # fmt: skip
ENDS = {"REPORTED", "FAILED", "ROLLED_BACK"}


def kill(bench, state, when):
    arguments = list(bench.arguments("install", EXTENSION, *ACCEPT))
    ended = killed(kill_at, state, when, str(bench.home), arguments, f"{KEY}\n")
    assert ended == -signal.SIGKILL


def last_states(bench):
    """The last state of every operation, from the file itself."""
    with sqlite3.connect(bench.home / "state.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = db.execute(
            "SELECT state FROM steps s WHERE seq ="
            " (SELECT max(seq) FROM steps WHERE operation = s.operation)"
        ).fetchall()
    db.close()
    return [state for (state,) in found]


@pytest.mark.fault
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("operation", ["install", "upgrade"])
def test_a_killed_agent_leaves_what_the_next_run_finishes(bench, server, operation, state, when):
    if operation == "upgrade":
        assert bench.install().exit == 0
        server.releases.append(Release("2.5.0"))
    kill(bench, state, when)
    ran = bench.install()
    assert (ran.exit, ran.result["outcome"]) in {(0, "done"), (0, "noop")}
    assert [(name, data) for name, _, data in bench.extensions()] == [
        ("СкладскойПомощник", server.releases[-1].data)
    ]
    assert ENDS.issuperset(last_states(bench))
    reported = {report["operation_id"] for report in server.reports}
    assert len(reported) == len(server.reports) == len(last_states(bench))
    assert not list((bench.home / "staging").glob("*"))


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
    assert bench.install().exit == 0
    old = server.releases[0]
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": ["garbled"]})
    kill(bench, state, when)
    server.releases.pop()
    assert bench.install().result["code"] == "NOOP"
    assert [data for _, _, data in bench.extensions()] == [old.data]
    assert [one["outcome"] for one in server.reports] == ["done", "rolled_back"]
    nobody_knows_why = (state, when) == ("ROLLING_BACK", "before")
    why = "INTERRUPTED" if nobody_knows_why else "WRITE_NOT_CONFIRMED"
    assert server.reports[-1]["code"] == why


@pytest.mark.fault
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_inspection_is_repeated(bench, server, when):
    bench.write(faults={"write": ["lost_after"]})
    kill(bench, "INSPECTING", when)
    assert bench.install().result["outcome"] == "done"
    assert [one["outcome"] for one in server.reports] == ["done"]
