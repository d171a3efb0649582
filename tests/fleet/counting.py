"""Which tests of a run go through the fleet, which stay in one process, and why."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

PROPERTY = "fleet"
THROUGH = "through"
ASKING = {"client", "client_at"}
"""Fixtures that send requests."""


def in_process(item: pytest.Item) -> bool:
    """Whether a test says of itself that it looks inside the process."""
    return item.get_closest_marker("in_process") is not None


def way_of(item: pytest.Item) -> str:
    """How a test asks the server: through the fleet, or in process for a reason; or not at all."""
    marker = item.get_closest_marker("in_process")
    if marker:
        return str(marker.args[0])
    return THROUGH if ASKING & set(getattr(item, "fixturenames", ())) else ""


def label(items: list[pytest.Item]) -> None:
    """Writes the way of each test down, for the last lines of the run."""
    for item in items:
        item.user_properties.append((PROPERTY, way_of(item)))


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Ways:
    """Counts the tests that ran by the way they asked."""

    ran: Counter[str] = field(default_factory=Counter)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.ran.update(str(way) for name, way in report.user_properties if name == PROPERTY)

    def lines(self) -> Iterator[str]:
        """How many went which way; nothing for a run without a fleet."""
        if not self.ran:
            return
        inside = {way: count for way, count in self.ran.items() if way not in {THROUGH, ""}}
        yield (
            f"FLEET: {self.ran[THROUGH]} ran through the fleet, {sum(inside.values())} in-process "
            f"only, {self.ran['']} ask no server"
        )
        yield from (f"IN-PROCESS ONLY: {inside[reason]}: {reason}" for reason in sorted(inside))
