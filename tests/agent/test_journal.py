import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from agent.clock import milliseconds_between
from agent.codes import Code
from agent.errors import Failure
from agent.infobase import StoredExtension
from agent.journal import Ending, Journal, KnownRelease, Operation, State
from wire.reports import Outcome

OPERATION = Operation("o-1", "i-1", "https://a.example", "Имя", "{}", "2026-11-22T09:00:00.000Z")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def journal(path):
    opened = Journal(path)
    opened.know_infobase("i-1", "simulated:a", "a")
    yield opened
    opened.close()


def test_a_commit_is_on_the_disk_when_it_returns(journal):
    (mode,) = journal.rows("PRAGMA journal_mode")
    (synchronous,) = journal.rows("PRAGMA synchronous")
    assert (mode[0], synchronous[0]) == ("wal", 2)  # 2 is FULL


def test_another_process_sees_a_step_before_its_work_begins(journal, path):
    journal.begin(OPERATION)
    journal.enter("o-1", State.WRITING)
    other = sqlite3.connect(path)
    assert other.execute("SELECT state FROM steps ORDER BY seq").fetchall() == [
        ("PLANNED",), ("WRITING",),
    ]  # fmt: skip
    other.close()


def test_entering_a_state_leaves_the_one_before(journal):
    journal.begin(OPERATION)
    journal.enter("o-1", State.AUTHORIZED)
    journal.note("o-1", download_id="d-1")
    journal.note("o-1", more=1)
    first, second = journal.steps("o-1")
    assert (first.state, second.state) == (State.PLANNED, State.AUTHORIZED)
    assert first.left_at == second.entered_at
    assert second.left_at is None
    assert second.detail == {"download_id": "d-1", "more": 1}


def test_an_operation_is_open_until_it_ends(journal):
    journal.begin(OPERATION)
    assert [one.id for one in journal.unfinished("i-1")] == ["o-1"]
    found = StoredExtension("u", "Имя", "1", "H")
    with journal.transaction() as db:
        journal.end(db, "o-1", Ending(State.REPORTED, Outcome.DONE, None, found))
    assert journal.unfinished("i-1") == []
    (ended,) = journal.recent(None)
    assert (ended.outcome, ended.code) == ("done", None)
    assert '"hash_sum":"H"' in (ended.found or "")


def test_what_fails_inside_a_transaction_is_not_there(journal):
    journal.begin(OPERATION)

    def half():
        with journal.transaction() as db:
            journal.end(db, "o-1", Ending(State.FAILED, Outcome.FAILED, "X", None))
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert len(journal.unfinished("i-1")) == 1


def test_it_remembers_across_runs(journal, path):
    journal.learn_release("H", KnownRelease("r-1", "2.4.0", "sha"))
    again = Journal(path)
    assert again.release_of("H") == KnownRelease("r-1", "2.4.0", "sha")
    assert again.release_of("other") is None
    assert again.infobase_at("simulated:a") == "i-1"
    again.close()


def test_a_place_holds_one_infobase_and_its_history_stays(journal):
    journal.begin(OPERATION)
    journal.know_infobase("i-2", "simulated:a", "a")
    assert journal.infobase_at("simulated:a") == "i-2"
    assert [one.infobase for one in journal.recent("i-1")] == ["i-1"]
    journal.know_infobase("i-1", "simulated:b", "b")
    assert journal.infobase_at("simulated:b") == "i-1"


def test_consents_belong_to_an_extension_of_an_infobase(journal):
    journal.begin(OPERATION)
    journal.consent(OPERATION, "unsafe", "r-1", "Иванов")
    assert journal.consents_of("o-1") == ["unsafe"]
    assert journal.consented("i-1", "Имя", "unsafe")
    assert not journal.consented("i-1", "Другое", "unsafe")
    assert not journal.consented("i-1", "Имя", "eula")


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_named(path, content):
    path.write_bytes(content)
    with pytest.raises(Failure) as failed:
        Journal(path)
    assert failed.value.code == Code.HOME_UNUSABLE
    assert str(path) in failed.value.diagnostics("ru")


def test_the_file_of_a_newer_agent_is_left_alone(path):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(Failure) as failed:
        Journal(path)
    assert "newer" in failed.value.diagnostics("en")


def test_time_is_told_in_whole_milliseconds():
    assert milliseconds_between("2026-11-22T09:00:00.000Z", "2026-11-22T09:00:01.250Z") == 1250


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"garbage" * 1000])
def test_a_power_cut_loses_no_step_that_was_written_down(journal, path, tmp_path, damage):
    """What is on the disk then: the file, its log up to the last commit, and perhaps a torn end."""
    journal.begin(OPERATION)
    states = [State.HOST_READY, State.CONNECTED, State.WRITING, State.WRITTEN]
    for number, state in enumerate(states, 1):
        journal.enter("o-1", state)
        found = tmp_path / f"{number}.db"
        found.write_bytes(path.read_bytes())
        log = path.with_name("state.db-wal").read_bytes()
        found.with_name(f"{number}.db-wal").write_bytes(log + damage)
        with closing(Journal(found)) as after:
            assert [step.state for step in after.steps("o-1")[1:]] == states[:number]


def test_a_step_for_people_is_ticked_once(journal):
    journal.begin(OPERATION)
    assert journal.ticked("o-1") == set()
    journal.tick("o-1", 2, "admin")
    journal.tick("o-1", 2, "other")
    assert journal.ticked("o-1") == {2}


def test_the_last_that_tells_what_is_there_is_found_by_the_name_in_1c(journal):
    left = StoredExtension("u", "Имя", "1", "H")
    ends = [
        ("o-1", State.REPORTED, Outcome.DONE, left),
        ("o-2", State.FAILED, Outcome.FAILED, None),
        ("o-3", State.ROLLED_BACK, Outcome.ROLLED_BACK, None),
        ("o-4", State.FAILED, Outcome.FAILED, left),
    ]
    told = []
    for operation, state, outcome, found in ends:
        journal.begin(replace(OPERATION, id=operation))
        with journal.transaction() as db:
            journal.end(db, operation, Ending(state, outcome, None, found))
        told.append(journal.settled("i-1")["Имя"].id)
    assert told == ["o-1", "o-1", "o-3", "o-4"]


def test_a_clock_that_is_set_back_turns_no_history_round(journal):
    for operation, begun in (
        ("o-1", "2026-11-22T09:00:00.000Z"),
        ("o-2", "2001-01-01T00:00:00.000Z"),
    ):
        journal.begin(replace(OPERATION, id=operation, started_at=begun))
        with journal.transaction() as db:
            journal.end(db, operation, Ending(State.REPORTED, Outcome.DONE, None, None))
    assert [one.id for one in journal.history("i-1")] == ["o-1", "o-2"]
    assert journal.settled("i-1")["Имя"].id == "o-2"
    assert milliseconds_between("2026-11-22T09:00:00.000Z", "2001-01-01T00:00:00.000Z") == 0


def test_agents_that_start_at_once_make_the_tables_once(tmp_path):
    failed, start = [], threading.Barrier(6)

    def run(path):
        start.wait()
        try:
            Journal(path).close()
        except Failure as failure:
            failed.append(failure.diagnostics("en"))

    for attempt in range(5):
        path = tmp_path / f"{attempt}.db"
        threads = [threading.Thread(target=run, args=(path,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


SPELT = [
    ('File="C:\\Базы\\Торг";', 'File="c:/базы/ТОРГ/";'),
    ('File="C:\\Базы\\Торг";', 'File="C:\\Базы\\Иное\\..\\Торг\\\\";'),
    ('Srvr="SRV1C";Ref="Торг";', 'Srvr="srv1c:1541";Ref="торг";'),
]


@pytest.mark.parametrize(("one", "other"), SPELT)
def test_a_place_spelt_in_two_ways_is_one_place(journal, one, other):
    journal.know_infobase("i-2", one, "a")
    assert journal.infobase_at(other) == "i-2"
    journal.know_infobase("i-3", other, "b")
    assert (journal.infobase_at(one), journal.place_of("i-2")) == ("i-3", None)


@pytest.mark.parametrize(
    "other", ['File="C:\\Базы\\Торг2";', 'Srvr="srv1c:1641";Ref="Торг";', "simulated:A"]
)
def test_other_places_are_other_places(journal, other):
    for number, (one, _) in enumerate(SPELT):
        journal.know_infobase(f"j-{number}", one, "a")
    assert journal.infobase_at(other) is None
