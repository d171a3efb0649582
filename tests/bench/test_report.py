"""What is written about a run: whole for machines, in words for people, drawn for both themes."""

import json
from xml.etree import ElementTree as ET

import pytest

from tests.bench import report
from tests.bench.charts import curve
from tests.bench.goals import goals
from tests.bench.measure import Figure, Interval
from tests.bench.soak import judged

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def run():
    """Some figures good, some bad, some doubtful, some not there, one without a goal."""
    found = {
        "check.c4.rps": Figure("check.c4.rps", "C", Interval(0.5, 0.6, 0.7), (0.5, 0.6, 0.7)),
        "check.c32.rps": Figure("check.c32.rps", "C", Interval(0.1, 0.2, 0.3)),
        "check.c4.cpu": Figure("check.c4.cpu", "B", Interval(9, 10, 11), doubts=("<noise> & so",)),
        "inside.check": Figure("inside.check", "D", Interval.exactly(0.3)),
    }
    about = {"machine": {"cores": 2}, "versions": {"fastapi": "1"}}
    return report.Run("2026-11-22T10:00", False, about, found)  # noqa: FBT003 - not a quick one


def test_every_goal_has_a_chart_that_is_well_formed_and_told_in_words(run):
    drawn = dict(report.charts(run))
    assert len(drawn) == len(goals())
    for text in drawn.values():
        root = ET.fromstring(text)  # noqa: S314 - our own
        title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title.text
        assert told.text
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == "title desc"
        assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text


def test_a_chart_has_bars_whiskers_the_goal_and_the_verdict_as_a_word(run):
    text = dict(report.charts(run))["g1.svg"]
    for part in ('class="bar"', 'class="whisker"', 'class="goal"', ">pass<", ">fail<"):
        assert part in text
    assert ">inconclusive<" in text
    assert ">not run<" in text


def test_a_bar_never_leaves_its_chart(run):
    root = ET.fromstring(dict(report.charts(run))["g1.svg"])  # noqa: S314 - our own
    width = float(root.get("width"))
    for bar in root.iter(f"{SVG}rect"):
        assert float(bar.get("x")) + float(bar.get("width")) <= width


def test_the_document_holds_every_figure_and_every_verdict(run):
    told = json.loads(json.dumps(run.document()))
    assert set(told["figures"]) == set(run.figures)
    assert told["verdicts"]["G1"] == "fail"
    assert told["figures"]["check.c4.rps"]["rounds"] == [0.5, 0.6, 0.7]


def test_the_words_name_doubts_and_what_was_not_run(run):
    text = report.markdown(run)
    assert "| check.c4.rps | C | 0.6 | 0.5 - 0.7 | ≥ 0.42 | 3 | pass |" in text
    assert "inconclusive (<noise> & so)" in text
    assert "| check.first | - | - | - | ≤ 1 | - | not run (not measured) |" in text
    assert "| inside.check | 0.3 |" in text


def test_a_goal_that_is_missed_says_why_and_no_other_does(run):
    [why] = [goal.missed for goal in goals() if goal.id == "G11"]
    assert why
    assert why not in report.markdown(run)
    run.figures["memory.rss"] = Figure("memory.rss", "B", Interval.exactly(3.3))
    assert why in report.markdown(run)
    run.figures["memory.rss"] = Figure("memory.rss", "B", Interval.exactly(2.0))
    assert why not in report.markdown(run)


def test_a_run_and_a_soak_are_published_side_by_side(run, tmp_path):
    minutes = [a_minute(number) for number in range(1, 13)]
    told = judged(minutes) | {"at": "2026-11-22T12:00", "about": run.about, "minutes": minutes}
    report.publish(run, tmp_path)
    report.publish_soak(told, tmp_path)
    text = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert "## Run of 2026-11-22T10:00" in text
    assert "## Soak of 2026-11-22T12:00" in text
    for name in ("g1.svg", "g11.svg", "run.json", "soak.json", "soak-memory.svg"):
        assert (tmp_path / "benchmarks" / name).stat().st_size
    for name in (tmp_path / "benchmarks").glob("*.svg"):
        assert f"](benchmarks/{name.name})" in text


def test_a_curve_is_told_in_words():
    root = ET.fromstring(curve("Память", [(1, 80), (2, 81)], "MiB"))  # noqa: S314 - our own
    assert root.find(f"{SVG}desc").text == "Память: 2 minutes, at most 81 MiB"


def a_minute(number, **changes):
    told = {
        "minute": number,
        "requests": 3000,
        "errors": 0,
        "refused": 0,
        "answers": {"check 200": 3000},
        "p50": 0.01,
        "p99": 0.05,
        "rss": 200 << 20,
        "rss_of_worker": 90 << 20,
        "descriptors": 60,
        "threads": 40,
        "database_bytes": 1_000_000_000 + number,
    }
    return told | changes


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "pass"),
        ({"errors": 1}, "fail"),
        ({"rss": 240 << 20}, "fail"),
        ({"rss_of_worker": 200 << 20}, "fail"),
        ({"descriptors": 100}, "fail"),
        ({"rss": 205 << 20, "descriptors": 62}, "pass"),
    ],
)
def test_a_soak_that_fails_grows_or_leaks_is_no_good(changes, verdict):
    minutes = [a_minute(number) for number in range(1, 18)]
    minutes += [a_minute(number, **changes) for number in range(18, 21)]
    assert judged(minutes)["verdict"] == verdict


def test_a_soak_of_a_few_minutes_shows_nothing():
    assert judged([a_minute(1), a_minute(2)])["verdict"] == "inconclusive"
    assert judged([])["verdict"] == "inconclusive"
    assert judged([a_minute(1, errors=2)])["verdict"] == "fail"
