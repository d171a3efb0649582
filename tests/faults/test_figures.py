"""The table of figures: filled by what ran, silent about nothing."""

import pytest

from tests.faults.figures import FIGURES, NOT_RUN, recorded, recorder, rows, table


@pytest.fixture
def file(tmp_path):
    return tmp_path / "figures.jsonl"


@pytest.fixture
def record(file):
    return recorder(file, "test_it")


def told(file):
    return {title: (measured, verdict) for title, _, measured, verdict in rows(recorded(file))}


def test_what_did_not_run_is_said(file):
    assert set(told(file).values()) == {(NOT_RUN, "")}
    assert table(recorded(file)).count(NOT_RUN) == len(FIGURES)


def test_counts_are_added_up(file, record):
    record("acknowledged_lost", 0, of=400)
    record("acknowledged_lost", 0, of=812)
    record("app_kills", 10)
    assert told(file)["acknowledged writes lost"] == ("0 of 1,212", "met")
    assert told(file)["kills of the application"] == ("10", "")


def test_of_times_and_sizes_the_worst_is_shown(file, record):
    for seconds in (1.5, 4.25, 2):
        record("database_return", seconds)
    record("first_contact", 3_112)
    assert told(file)["normal after the database returns"] == ("4.25 s, worst of 3", "met")
    assert told(file)["first trust contact"] == ("3,112 B", "met")


def test_a_share_is_a_percentage(file, record):
    record("damaged_refused", 400, of=400)
    assert told(file)["damaged packages refused"] == ("100 % (400 of 400)", "met")
    record("damaged_refused", 399, of=400)
    assert told(file)["damaged packages refused"] == ("99.9 % (799 of 800)", "MISSED")


@pytest.mark.parametrize(
    ("name", "value"), [("over_redemptions", 1), ("publish_500", 101), ("restore_drill", 15.1)]
)
def test_what_is_over_the_bar_is_missed(file, record, name, value):
    record(name, value, of=100)
    assert told(file)[FIGURES[name].title][1] == "MISSED"


def test_an_unknown_name_is_a_mistake(record):
    with pytest.raises(AssertionError, match="publish_5OO"):
        record("publish_5OO", 80)


def test_without_a_file_nothing_is_written(tmp_path):
    recorder(None, "test_it")("publish_500", 80)
    assert list(tmp_path.iterdir()) == []


def test_the_fixture_says_which_test_measured(pytestconfig, request, monkeypatch, file):
    monkeypatch.setattr(pytestconfig.option, "figures", str(file))
    request.getfixturevalue("figures")("app_kills", 3)
    [line] = recorded(file)
    assert line == {"figure": "app_kills", "value": 3, "of": 1, "test": request.node.nodeid}
