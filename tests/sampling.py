"""The cases that a fast run takes of each family of tests, by a rule that does not change."""

import zlib
from collections import Counter
from collections.abc import Iterator

import pytest

FEW, ONE_IN = 2, 8
"""A family of no more than `FEW` is whole; of others one in so many is taken, and the first."""

Sample = tuple[str, int, int]
"""A family, how many of its cases run, and how many it has."""


def family_of(item: pytest.Item) -> str:
    """The test whose case this is; in a module whose tests are alike, the module."""
    file, _, name = item.nodeid.partition("::")
    return file if item.get_closest_marker("alike") else f"{file}::{name.partition('[')[0]}"


def left_to_whole_runs(items: list[pytest.Item]) -> list[pytest.Item]:
    """The cases that a fast run leaves out: the same each time, whatever was added beside them."""
    cases = Counter(map(family_of, items))
    begun, left = set(), []
    for item in items:
        family = family_of(item)
        if family in begun and cases[family] > FEW and not is_drawn(item.nodeid):
            left.append(item)
        begun.add(family)
    return left


def is_drawn(name: str) -> bool:
    """Whether the lot falls on a case; it is drawn by its name alone."""
    return zlib.crc32(name.encode()) % ONE_IN == 0


def samples_of(items: list[pytest.Item], removed: list[pytest.Item]) -> list[Sample]:
    """The families of which some cases run and others do not."""
    kept, gone = (Counter(map(family_of, some)) for some in (items, removed))
    both = sorted(kept.keys() & gone.keys())
    return [(family, kept[family], kept[family] + gone[family]) for family in both]


def told(samples: list[Sample], *, names: bool) -> Iterator[str]:
    """What the end of a run says of them: each if names are wanted, and all together."""
    if names:
        yield from (f"SAMPLE: {family}: ran {ran} of {of} cases" for family, ran, of in samples)
    if samples:
        ran, of = (sum(sample[at] for sample in samples) for at in (1, 2))
        yield f"SAMPLE: ran {ran} of {of} cases of {len(samples)} families (--fast; -v names them)"
