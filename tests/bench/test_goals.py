"""The goals, and what a run says of them."""

import re
from itertools import product
from pathlib import Path

import pytest

from tests.bench import goals
from tests.bench.asking import ROUTES
from tests.bench.measure import Figure, Interval, Verdict

HOLES = {
    "{route}": tuple(ROUTES),
    "{name}": tuple(f"{route}.c{number}" for route, number in product(ROUTES, (4, 32))),
}
_FIGURE = re.compile(r'"([a-z0-9.{}_]+\.[a-z0-9.{}_]+)"')


def measured() -> set[str]:
    """Names of figures in the sources, with every route and number of connections filled in."""
    found = {"start.import", "start.ready"}  # put together from a tuple
    for source in Path(__file__).parent.glob("[!t]*.py"):
        for name in _FIGURE.findall(source.read_text("utf-8")):
            found |= {name}
            for hole, words in HOLES.items():
                found |= {name.replace(hole, word) for word in words}
    return found


def test_every_bar_has_a_measure():
    wanted = {bar.figure for goal in goals.goals() for bar in goal.bars}
    assert wanted - measured() == set()


def test_a_bar_that_nobody_measures_is_noticed():
    assert "check.c4.beauty" not in measured()


def test_there_are_eleven_goals_with_bars():
    found = goals.goals()
    assert [goal.id for goal in found] == [f"G{number}" for number in range(1, 12)]
    assert all(goal.bars and goal.title and goal.how for goal in found)


def figures_of(goal, value):
    found = Interval.exactly(value)
    return {bar.figure: Figure(bar.figure, "A", found) for bar in goal.bars}


@pytest.mark.parametrize("goal", goals.goals(), ids=lambda goal: goal.id)
def test_a_goal_passes_at_its_bounds_and_not_without_figures(goal):
    found = {bar.figure: Figure(bar.figure, "A", Interval.exactly(bar.bound)) for bar in goal.bars}
    assert goal.verdict(found) is Verdict.PASS
    assert goal.verdict({}) is Verdict.NOT_RUN


def test_only_a_failure_is_punished():
    [first, *_] = goals.goals()
    good = {bar.figure: Figure(bar.figure, "A", Interval.exactly(bar.bound)) for bar in first.bars}
    assert goals.exit_code(good) == goals.exit_code({}) == 0
    assert goals.exit_code(good | figures_of(first, 0.01)) == 1
