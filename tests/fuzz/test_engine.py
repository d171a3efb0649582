"""The fuzzer finds what chance alone would not, sees what never ends, and repeats itself."""

import sys

import pytest

from tests.fuzz.engine import Coverage, Target, fuzz, smaller, tried, words
from tests.fuzz.planted import deaf, deep, endless, false, plain

HERE = ("tests/fuzz/planted.py",)
SEEDS = (b"hello, world",)


def a_target(read, holds=lambda _: None, *, most_lines: int = 10_000) -> Target:
    return Target(read.__name__, read, (ValueError,), SEEDS, HERE, 1, holds, most_lines=most_lines)


def test_it_comes_closer_step_by_step():
    target = a_target(deep)
    outcome = fuzz(target, 20_000)
    [found] = outcome.found
    assert found.error.startswith("ZeroDivisionError")
    assert smaller(target, found) == b"FUZZ!"


def test_blind_chance_would_not():
    """The control: the same changes, of the seed alone."""
    target = a_target(deep)
    for seed in range(20):
        assert fuzz(target, 100, str(seed)).found == []


@pytest.mark.parametrize("read", [endless, deaf])
def test_what_never_ends_is_found_by_its_lines(read):
    [found] = fuzz(a_target(read), 3).found
    assert found.error == "it never ends"


def test_what_was_read_has_to_hold():
    [found] = fuzz(a_target(plain, false), 50).found
    assert "it does not hold" in found.error


def test_the_same_seed_is_the_same_run():
    once, again = (fuzz(a_target(deep), 3_000, "a") for _ in range(2))
    assert (once, again) == (again, once)
    assert fuzz(a_target(deep), 3_000, "b") != once


def test_it_leaves_the_tracing_as_it_was():
    seen = []

    def tracer(*_: object) -> None:
        seen.append(1)

    earlier = sys.gettrace()
    sys.settrace(tracer)
    try:
        tried(a_target(plain), b"x", Coverage(HERE, 99))
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(earlier)


def test_the_words_of_a_source_are_known():
    assert {b"F", b"U", b"Z", b"!"} <= set(words(HERE))
