import pytest

from agent import windows
from agent.codes import Exit
from agent.console import Console, Manner, Result
from agent.events import Event, event_of, tell
from agent.events import told as around
from tests.simulators.bench import EXTENSION
from tests.simulators.exchange import KEY, problem
from wire.reports import Outcome


@pytest.fixture
def told(monkeypatch):
    """What would be in the Event Log."""
    entries = []
    monkeypatch.setattr(windows, "report_event", lambda *entry: entries.append(entry))
    return entries


def numbers(told):
    return [number for number, _, _ in told]


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ("install", 110), ("upgrade", 111), ("repair", 111), ("downgrade", 111),
        ("uninstall", 112), ("rollback", 120), (None, None),
    ],
)  # fmt: skip
def test_what_was_done_has_its_number(action, event):
    assert event_of(Result(changed=True, data={"action": action})) == event


@pytest.mark.parametrize(
    ("result", "event"),
    [
        (Result(Exit.FAILED, Outcome.ROLLED_BACK, changed=True), Event.ROLLED_BACK),
        (Result(Exit.ROLLBACK_FAILED, Outcome.ROLLBACK_FAILED), Event.ROLLBACK_FAILED),
        (Result(Exit.REFUSED, Outcome.FAILED), Event.REFUSED),
        (Result(Exit.EXPIRED, Outcome.FAILED), Event.REFUSED),
        (Result(Exit.NOT_TRUSTED, Outcome.FAILED), Event.REFUSED),
        (Result(Exit.NETWORK, Outcome.FAILED), None),
        (Result(outcome=Outcome.NOOP, data={"action": "noop"}), None),
        (Result(), None),
    ],
)
def test_each_end_has_its_number_or_none(result, event):
    assert event_of(result) == event


def test_an_install_is_told_with_infobase_and_extension(bench, told):
    bench.install()
    assert numbers(told) == [Event.STARTED, Event.INSTALLED]
    assert EXTENSION in told[1][2]
    assert told[1][1] == "information"


def test_a_refusal_of_the_server_is_told(bench, told):
    bench.server.before("POST license-checks", problem(403, "KEY_BLOCKED"))
    bench.do("check")
    assert numbers(told) == [Event.STARTED, Event.REFUSED]


def test_drift_is_told(bench, told):
    bench.install()
    bench.write(extensions=[])
    bench.do("status")
    assert numbers(told)[-1] == Event.DRIFT


def test_of_many_infobases_each_is_told_by_its_name(told):
    def row(alias, exit_code, **more):
        return {"alias": alias, "exit_code": exit_code, "code": None, "text": "", **more}

    rows = [
        row("test", 0, outcome="done", changed=True, data={"action": "upgrade"}),
        row("shop", 35, outcome="rollback_failed", changed=True, data={"action": "upgrade"}),
        row("calm", 0, outcome="noop", changed=False, data={"action": "noop"}),
    ]
    with around(Console(Manner())) as end:
        end(Result(Exit.ROLLBACK_FAILED, Outcome.ROLLBACK_FAILED, data={"infobases": rows}))
    assert numbers(told) == [Event.STARTED, Event.UPDATED, Event.ROLLBACK_FAILED]
    assert [text for _, _, text in told[1:]] == ["test", "shop"]


def test_no_secret_is_told(told):
    tell(Event.REFUSED, f"key {KEY}")
    assert KEY not in told[0][2]


def test_an_event_log_that_refuses_stops_nothing(bench, monkeypatch):
    def refuse(*_):
        raise OSError(5, "access denied")

    monkeypatch.setattr(windows, "report_event", refuse)
    assert bench.install().exit in {Exit.DONE, Exit.RESTART}
    assert "event log" in (bench.home / "logs" / "agent.log").read_text("utf-8")
