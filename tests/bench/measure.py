"""Rounds in ABBA order, ratios with a bootstrap interval, a verdict that noise never wins."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

SPREAD = 0.35
"""More than this between the best and the worst round of the no-op, and nothing was measured."""
_RESAMPLES = 2_000
_TAIL = 0.025


class Verdict(StrEnum):
    """What a figure says of a goal."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


class NotRunError(Exception):
    """Something is missing here; the text names it."""


class BrokenRunError(Exception):
    """The run measured something else than it meant to; its figures are void."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A median and the 95 % around it; of exact figures all three are equal."""

    low: float
    middle: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> "Interval":
        """A figure that comes out the same each time."""
        return cls(value, value, value)


@dataclass(frozen=True, slots=True)
class Bar:
    """What a goal demands of one figure: at least, or at most, a bound."""

    figure: str
    bound: float
    at_least: bool

    @property
    def text(self) -> str:
        """As people write it."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value: what came out, of how many rounds, and what makes it doubtful."""

    name: str
    level: str
    interval: Interval | None = None
    rounds: tuple[float, ...] = ()
    doubts: tuple[str, ...] = ()
    note: str = ""
    """In words, what else belongs to it; why, if it was not run."""
    raw: dict[str, object] = field(default_factory=dict)


def abba(pairs: int) -> Iterator[tuple[int, str]]:
    """Who runs in which pair, so that a drift of the machine meets both alike: A B, B A, A B, …"""
    for pair in range(pairs):
        for side in "AB" if pair % 2 == 0 else "BA":
            yield pair, side


def ratios(measured: Sequence[float], base: Sequence[float]) -> tuple[float, ...]:
    """Each round by its neighbour."""
    return tuple(one / other for one, other in zip(measured, base, strict=True))


def interval(values: Sequence[float], seed: int = 1) -> Interval:
    """The median with its 95 % bootstrap interval (Efron 1979, percentiles)."""
    dice = random.Random(seed)  # noqa: S311 - the same rounds give the same interval
    medians = sorted(median(dice.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    cut = int(_TAIL * _RESAMPLES)
    return Interval(medians[cut], median(values), medians[-1 - cut])


def spread(values: Sequence[float]) -> float:
    """How far the best and the worst are apart, by the median."""
    return (max(values) - min(values)) / median(values)


def judge(figure: Figure, bar: Bar) -> Verdict:
    """Passes or fails only if the whole interval is on one side and nothing is doubtful."""
    found = figure.interval
    if found is None:
        return Verdict.NOT_RUN
    if figure.doubts:
        return Verdict.INCONCLUSIVE
    good = (found.low >= bar.bound) if bar.at_least else (found.high <= bar.bound)
    bad = (found.high < bar.bound) if bar.at_least else (found.low > bar.bound)
    if good:
        return Verdict.PASS
    return Verdict.FAIL if bad else Verdict.INCONCLUSIVE


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a goal of several bars."""
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_RUN, Verdict.PASS)
    return next(verdict for verdict in order if verdict in verdicts)
