"""A line of releases against one environment: what does not depend on whose key it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from app.delivery.queries.catalogue import Catalogue, PublishedRelease
from onec.compatibility import Environment, Finding, Verdict, evaluate

REMEMBERED: Final = 4_000
"""Findings that a catalogue keeps of the environments that were asked about last."""


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """The releases of one extension, the highest version first, each with its finding."""

    line: Sequence[PublishedRelease]
    findings: Sequence[Finding]
    fitting: Sequence[int]
    """Places of the releases that are not incompatible, the highest first."""
    furthest: int | None
    """The place of the incompatible one that got furthest; of equals the highest."""

    @classmethod
    def of(cls, line: Sequence[PublishedRelease], environment: Environment) -> Self:
        """Evaluates the rules of every release."""
        findings = tuple(evaluate(release.rules, environment) for release in line)
        fitting, furthest = [], None
        for place, finding in enumerate(findings):
            if finding.verdict is not Verdict.INCOMPATIBLE:
                fitting.append(place)
            elif furthest is None or finding.code.reach > findings[furthest].code.reach:
                furthest = place
        return cls(line, findings, fitting, furthest)


def examined(
    catalogue: Catalogue, environment: Environment, extension: str | None = None
) -> list[Examined]:
    """Every line, or that of one extension; remembered, as most infobases are alike.

    For one thread, which is that of the event loop.
    """
    known = catalogue.memory.environments.get(environment)
    if known is None:
        known = catalogue.memory.environments[environment] = {}
        _forget_oldest(catalogue)
    codes: Iterable[str] = catalogue.lines if extension is None else [extension]
    found = []
    for code in codes:
        each = known.get(code)
        if each is None:
            line = catalogue.lines.get(code)
            if line is None:
                continue
            each = known[code] = Examined.of(line, environment)
        found.append(each)
    return found


def _forget_oldest(catalogue: Catalogue) -> None:
    kept = catalogue.memory.environments
    releases = sum(map(len, catalogue.lines.values()))
    if len(kept) > max(REMEMBERED // max(releases, 1), 16):
        del kept[next(iter(kept))]
