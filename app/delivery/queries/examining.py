"""A line of releases against one environment: what does not depend on whose key it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from app.delivery.queries.catalogue import Catalogue, PublishedRelease
from onec.compatibility import Effect, Environment, Finding, Verdict, evaluate

REMEMBERED: Final = 4_000
"""Examined lines that a catalogue keeps, of the environments that were asked about first."""
_NO_END: Final = 1 << 64
_Span = tuple[int, int, int]
Index = Mapping[str | None, Sequence[_Span]]
"""By configuration: which versions of it a rule allows, and the place of its release."""


class Examined:
    """The releases of one extension, the highest version first; each is evaluated once, if ever."""

    __slots__ = ("_environment", "_findings", "_furthest", "fitting", "line", "missing", "unfit")

    def __init__(
        self, line: Sequence[PublishedRelease], environment: Environment, index: Index | None = None
    ) -> None:
        """The index is of this line."""
        self.line, self._environment = line, environment
        self._findings: dict[int, Finding] = {}
        self._furthest: int | None = None
        self.missing: Any = None
        """What whoever decides says to every key that does not hold it."""
        self.unfit: Any = None
        """What they say to every infobase where nothing of it fits and nothing is installed."""
        spans = index_of(line) if index is None else index
        self.fitting = [place for place in _narrowed(spans, environment) if self.fits(place)]
        """Places of the releases that are not incompatible, the highest first."""

    def finding(self, place: int) -> Finding:
        """Whether the release at a place fits."""
        found = self._findings.get(place)
        if found is None:
            found = evaluate(self.line[place].rules, self._environment)
            if found.verdict is not Verdict.INCOMPATIBLE:
                self._findings[place] = found
        return found

    def fits(self, place: int) -> bool:
        """Whether the release at a place is not incompatible."""
        return self.finding(place).verdict is not Verdict.INCOMPATIBLE

    def furthest(self) -> int | None:
        """The place of the incompatible one that got furthest; of equals the highest."""
        if self._furthest is None and len(self.fitting) < len(self.line):
            others = (place for place in range(len(self.line)) if place not in self._findings)
            self._furthest = max(others, key=lambda place: self.finding(place).code.reach)
            self._findings[self._furthest] = self.finding(self._furthest)
        return self._furthest


def index_of(line: Sequence[PublishedRelease]) -> Index:
    """Integer ranges, which only narrow; rules for any configuration stand under None too."""
    spans: dict[str | None, list[_Span]] = {None: []}
    for place, release in enumerate(line):
        for rule in release.rules:
            if rule.effect is Effect.ALLOW:
                first = rule.version_from.key if rule.version_from else 0
                end = rule.version_to.end if rule.version_to else _NO_END
                spans.setdefault(rule.configuration, []).append((first, end, place))
    anywhere = spans[None]
    return {name: own if name is None else own + anywhere for name, own in spans.items()}


def _narrowed(index: Index, environment: Environment) -> list[int]:
    """Places of the releases that some rule may allow here, the highest version first."""
    spans = index.get(environment.configuration.key)
    if spans is None:
        spans = index[None]
    if environment.version is None:
        return sorted({place for _, _, place in spans})
    key = environment.version.key
    return sorted({place for first, end, place in spans if first <= key < end})


def examined(
    catalogue: Catalogue, environment: Environment, extension: str | None = None
) -> list[Examined]:
    """Every line, or that of one extension; remembered, as most infobases are alike.

    For one thread, which is that of the event loop.
    """
    known = catalogue.memory.environments.get(environment)
    if known is None:
        known = _remembered(catalogue, environment)
    codes: Iterable[str] = catalogue.lines if extension is None else [extension]
    found = []
    for code in codes:
        each = known.get(code)
        if each is None:
            line = catalogue.lines.get(code)
            if line is None:
                continue
            index = catalogue.memory.indexes.get(code)
            if index is None:
                index = catalogue.memory.indexes[code] = index_of(line)
            each = known[code] = Examined(line, environment, index)
        found.append(each)
    return found


def _remembered(catalogue: Catalogue, environment: Environment) -> dict[str, Examined]:
    kept = catalogue.memory.environments
    if len(kept) >= max(REMEMBERED // max(len(catalogue.lines), 1), 1):
        del kept[next(iter(kept))]
    known: dict[str, Examined] = {}
    kept[environment] = known
    return known
