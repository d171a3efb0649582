from dataclasses import dataclass

import pytest

from tests.capabilities import Chosen, remaining, select
from tests.sampling import FEW, family_of, left_to_whole_runs, told


@dataclass(eq=False)
class Case:
    """What a sample looks at of a test."""

    nodeid: str
    markers: tuple[str, ...] = ()

    def __post_init__(self):
        self.user_properties = []

    def get_closest_marker(self, name):
        return name if name in self.markers else None


def cases(test, count, *markers):
    return [Case(f"tests/test_a.py::{test}[{at}]", markers) for at in range(count)]


def names(items):
    return [item.nodeid for item in items]


def taken(items):
    return names(remaining(items, left_to_whole_runs(items)))


@pytest.mark.parametrize("count", [*range(1, 12), 1000])
def test_the_first_case_of_every_test_is_taken(count):
    items = [case for at in range(50) for case in cases(f"test_{at}", count)]
    assert {f"tests/test_a.py::test_{at}[0]" for at in range(50)} <= set(taken(items))


def test_a_small_family_is_taken_whole():
    assert len(taken(cases("test_x", FEW))) == FEW


def test_of_a_large_one_about_an_eighth_is_taken():
    assert 1100 < len(taken(cases("test_x", 10_000))) < 1400


def test_what_is_taken_does_not_change_with_what_is_added():
    items = cases("test_x", 200)
    some = set(taken(items[:100]))
    assert some == set(taken(items)) & set(names(items[:100]))


def test_tests_that_are_alike_are_one_family():
    items = [Case(f"tests/test_a.py::test_{at}", ("alike",)) for at in range(100)]
    assert 1 < len(taken(items)) < 50
    assert taken(items)[0] == "tests/test_a.py::test_0"
    assert len(taken([Case(item.nodeid) for item in items])) == 100


def test_a_whole_run_takes_all_and_a_fast_one_less():
    for fast, left in ((False, 0), (True, 100)):
        items = cases("test_x", 200)
        assert len(select(items, Chosen(fast=fast))) >= left
        assert (len(items) == 200) is not fast


def test_of_this_very_run_no_family_disappears(request):
    items = request.session.items
    kept = remaining(items, left_to_whole_runs(items))
    assert set(map(family_of, kept)) == set(map(family_of, items))
    assert {item.path for item in kept} == {item.path for item in items}


def test_nothing_is_said_where_nothing_was_left_out():
    assert list(told([], names=True)) == []


def test_families_are_summed_up():
    samples = [("tests/test_a.py::test_x", 3, 9), ("tests/test_b.py", 1, 4)]
    assert list(told(samples, names=False)) == [
        "SAMPLE: ran 4 of 13 cases of 2 families (--fast; -v names them)"
    ]
    assert len(list(told(samples, names=True))) == 3
