"""Which of many rules meet the same infobases, without comparing each with each."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import and_, or_
from typing import Final

from app.catalog.schemas.rules import RuleRow
from onec.compatibility import Rule
from onec.configuration import Edition

_NO_END: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Span:
    """A rule with its number and the versions `[first, end)` that its ends leave."""

    number: int
    row: RuleRow
    rule: Rule
    first: int
    end: int

    @classmethod
    def of(cls, number: int, row: RuleRow) -> "Span":
        """The span of one row, which is the `number`-th."""
        rule = row.compiled()
        first = rule.version_from.key if rule.version_from else 0
        return cls(number, row, rule, first, rule.version_to.end if rule.version_to else _NO_END)

    @property
    def is_empty(self) -> bool:
        return self.first >= self.end or not self.rule.editions

    @property
    def about(self) -> str:
        return self.row.configuration_name or "*"


class Spans:
    """Spans that are looked for by what they meet.

    A set of them is an integer with one bit for each, so that a thousand are compared at once: who
    writes rules must not be able to keep the server busy.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans, self._all = spans, (1 << len(spans)) - 1
        self._names = self._by(lambda span: (span.rule.configuration,))
        self._kinds = self._by(lambda span: (span.rule.infobase_kind,))
        self._editions = self._by(lambda span: span.rule.editions)
        self._exclusions = self._by(lambda span: span.rule.excluded)
        self._firsts = _Line([span.first for span in spans])
        self._ends = _Line([span.end for span in spans])

    def _by(self, values: Callable[[Span], Iterable[object]]) -> defaultdict[object, int]:
        found: defaultdict[object, int] = defaultdict(int)
        for place, span in enumerate(self._spans):
            for value in values(span):
                found[value] |= 1 << place
        return found

    def meetings(self) -> Iterator[tuple[Span, Span]]:
        """Pairs that some infobase meets both of, platforms and modes left aside."""
        for place, span in enumerate(self._spans):
            rule, later = span.rule, self._all >> (place + 1) << (place + 1)
            found = (
                later
                & self._with(self._names, rule.configuration)
                & self._with(self._kinds, rule.infobase_kind)
                & reduce(or_, (self._editions[each] for each in rule.editions), 0)
                & self._firsts.below(span.end)
                & ~self._ends.up_to(span.first)
            )
            yield from ((span, other) for other in self._listed(found))

    def swallowed(self, deny: Span) -> Iterator[Span]:
        """Those of which a deny rule leaves nothing, as far as rules can tell."""
        rule = deny.rule
        if rule.platform_min.entries or rule.platform_excluded or rule.min_mode:
            return
        tested = rule.tested_to.end if rule.tested_to else _NO_END
        spared = (self._editions[each] for each in Edition if each not in rule.editions)
        found = (
            self._within(self._names, rule.configuration)
            & self._within(self._kinds, rule.infobase_kind)
            & ~reduce(or_, spared, 0)
            & ~self._firsts.below(deny.first)
            & self._ends.up_to(min(deny.end, tested))
        )
        excluding = (self._exclusions.get(each, 0) for each in rule.excluded)
        yield from self._listed(reduce(and_, excluding, found))

    def _with(self, index: defaultdict[object, int], value: object) -> int:
        """Spans that one of this value can meet: None meets any."""
        return self._all if value is None else index[value] | index[None]

    def _within(self, index: defaultdict[object, int], value: object) -> int:
        """Spans that meet nothing else than one of this value."""
        return self._all if value is None else index[value]

    def _listed(self, found: int) -> Iterator[Span]:
        while found:
            lowest = found & -found
            yield self._spans[lowest.bit_length() - 1]
            found ^= lowest


class _Line:
    """Sets of spans by one of their ends."""

    def __init__(self, ends: Sequence[int]) -> None:
        order = sorted(range(len(ends)), key=ends.__getitem__)
        self._sorted = [ends[place] for place in order]
        self._sets = list(accumulate((1 << place for place in order), or_, initial=0))

    def below(self, end: int) -> int:
        """Those whose end is less."""
        return self._sets[bisect_left(self._sorted, end)]

    def up_to(self, end: int) -> int:
        """Those whose end is not more."""
        return self._sets[bisect_right(self._sorted, end)]
