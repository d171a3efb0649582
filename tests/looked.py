"""Which pages axe looked at, told in one line at the end of a run, whichever worker saw them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

import pytest

PROPERTY = "looked"
Check = tuple[str, str, str, int, int]
"""Page, theme, language, width, number of violations."""


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Looked:
    """Collects the checks that tests have recorded under `PROPERTY`."""

    checks: list[Check] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            told = [value for name, value in report.user_properties if name == PROPERTY]
            self.checks += [check for checks in told for check in checks]

    def lines(self) -> Iterator[str]:
        """Pages by what they were looked at in, most of them first."""
        looks = defaultdict(set)
        for page, *look, _ in self.checks:
            looks[page].add(tuple(look))
        pages = defaultdict(list)
        for page, seen in looks.items():
            pages[frozenset(seen)].append(page)
        for seen, names in sorted(pages.items(), key=lambda each: -len(each[1])):
            yield self._line(seen, names)

    def _line(self, seen: frozenset, names: list[str]) -> str:
        themes, languages, widths = ({look[place] for look in seen} for place in range(3))
        found = sum(check[-1] for check in self.checks if check[0] in names)
        told = f"axe: {len(names)} pages, {len(seen)} looks each"
        if len(seen) == prod(map(len, (themes, languages, widths))):
            told = (
                f"axe: {len(names)} pages × {len(themes)} themes × {len(languages)} languages"
                f" × {len(widths)} widths"
            )
        return f"{told} = {len(names) * len(seen)} checks, {found} violations"
