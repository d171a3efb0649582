"""The goals, as goals.toml has them."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import Bar, Figure, Verdict, judge, worst

FILE = Path(__file__).with_name("goals.toml")


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that has to hold, told by the figures that show it."""

    id: str
    title: str
    how: str
    bars: tuple[Bar, ...]
    missed: str = ""
    """Why it does not hold, and what was tried: told where it fails."""

    def verdicts(self, figures: dict[str, Figure]) -> list[tuple[Bar, Figure, Verdict]]:
        """Each bar with its figure; one that nobody measured was not run."""
        found = []
        for bar in self.bars:
            figure = figures.get(bar.figure) or Figure(bar.figure, "-", note="not measured")
            found.append((bar, figure, judge(figure, bar)))
        return found

    def verdict(self, figures: dict[str, Figure]) -> Verdict:
        """Of all bars together."""
        return worst([verdict for _, _, verdict in self.verdicts(figures)])


def goals() -> Sequence[Goal]:
    """All of them, in the order of the file."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [
        Goal(
            name,
            goal["title"],
            goal["how"],
            tuple(_bar(figure, text) for figure, text in goal["bars"].items()),
            goal.get("missed", ""),
        )
        for name, goal in told.items()
    ]


def _bar(figure: str, text: str) -> Bar:
    sign, bound = text.split()
    return Bar(figure, float(bound), {">=": True, "<=": False}[sign])


def exit_code(figures: dict[str, Figure]) -> int:
    """1 if any goal fails, else 0; what is inconclusive or was not run is said, not punished."""
    return int(any(goal.verdict(figures) is Verdict.FAIL for goal in goals()))
