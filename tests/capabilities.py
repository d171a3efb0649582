"""What a test needs beyond Python, and the last lines of a run, which say what of it ran."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.sampling import Sample, left_to_whole_runs, told

PROPERTY = "capability"
POSTGRES, S3, FAULTS, LONG = "PostgreSQL", "S3", "faults", "long runs"
NGINX, BROWSER, CORPUS = "nginx", "browser", "corpus of real .cfe"
WINE, WINE_BUILD = "Wine", "agent built under Wine"
ALL = (POSTGRES, S3, NGINX, FAULTS, LONG, BROWSER, CORPUS, WINE, WINE_BUILD)


@dataclass(frozen=True)
class Chosen:
    """What the command line says: `wine` is its own call, `build` is asked for by its marker."""

    fast: bool = False
    wine: bool = False
    build: bool = False


MARKERS = {
    "s3": S3,
    "nginx": NGINX,
    "fault": FAULTS,
    "browser": BROWSER,
    "long": LONG,
    "corpus": CORPUS,
    "wine": WINE,
    "wine_build": WINE_BUILD,
}


def first_of(*cases: object) -> list[object]:
    """Cases of one exhaustive test: the first runs always, the others in whole runs only."""
    first, *others = cases
    return [first, *(pytest.param(case, marks=pytest.mark.long) for case in others)]


def needed(item: pytest.Item) -> Iterator[str]:
    """The capabilities that a test stands on, read from its fixtures and markers."""
    if "cluster" in getattr(item, "fixturenames", ()):
        yield POSTGRES
    yield from (name for marker, name in MARKERS.items() if item.get_closest_marker(marker))


def left_out(chosen: Chosen) -> dict[str, str]:
    """The capabilities that this run does without, each with its reason."""
    servers = (S3, NGINX, FAULTS, LONG, BROWSER, WINE)
    reasons = dict.fromkeys(servers, "--fast") if chosen.fast else {}
    if "TEST_CFE_CORPUS" not in os.environ:
        reasons[CORPUS] = "no TEST_CFE_CORPUS"
    if not chosen.wine:
        reasons.setdefault(WINE, "--wine, a call of its own")
    if not chosen.build:
        reasons[WINE_BUILD] = "-m wine_build"
    return reasons


def select(items: list[pytest.Item], chosen: Chosen) -> list[pytest.Item]:
    """Labels every test with what it needs and takes those out that will not run; returns them."""
    absent = left_out(chosen)
    removed: list[pytest.Item] = []
    for item in items:
        wants = list(needed(item))
        item.user_properties += [(PROPERTY, name) for name in wants]
        if absent.keys() & wants or chosen.wine > (WINE in wants):
            removed.append(item)
    items[:] = remaining(items, removed)
    if chosen.fast:
        spared = left_to_whole_runs(items)
        items[:] = remaining(items, spared)
        removed += spared
    return removed


def remaining(items: list[pytest.Item], removed: list[pytest.Item]) -> list[pytest.Item]:
    gone = set(map(id, removed))
    return [item for item in items if id(item) not in gone]


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Tally:
    """Counts the tests that ran by capability, and remembers those that were skipped."""

    chosen: Chosen
    ran: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    names_samples: bool = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)
        elif report.when == "call":
            self.ran.update(str(name) for key, name in report.user_properties if key == PROPERTY)

    def lines(self) -> Iterable[str]:
        absent = left_out(self.chosen)
        for name in ALL if not self.chosen.wine else (WINE, WINE_BUILD):
            reason = absent.get(name, "not selected")
            yield f"{name}: " + (
                f"ran {self.ran[name]}" if self.ran[name] else f"NOT RUN ({reason})"
            )
        yield from told(self.samples, names=self.names_samples)
        for nodeid in self.skipped:
            yield f"SELECTED BUT SKIPPED: {nodeid}"
