"""What becomes of the releases: rolled out by steps, promoted, paused, withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.demo.history.goods import Planned, Ware, planned
from app.demo.history.walk import DAYS


@dataclass(frozen=True, slots=True)
class Fate:
    """Days are counted from the publication."""

    day: int | None = None
    """Of the year; by default the one that was planned."""
    rollout: Sequence[tuple[int, int]] = ((0, 100),)
    channels: Sequence[tuple[int, str]] = ((0, "stable"),)
    paused: int | None = None
    resumed: int | None = None
    withdrawn: int | None = None
    back: bool = False
    """Whether those who have it are told to go back to the release before."""
    critical: bool = False
    least: str | None = None
    draft: bool = False


FATES: Final[Mapping[tuple[str, int], Fate]] = {
    ("document-check", 5): Fate(withdrawn=4, back=True),
    ("document-check", 7): Fate(day=358, rollout=((0, 10), (3, 25))),
    ("print-forms", 6): Fate(rollout=((0, 10), (2, 50), (6, 100))),
    ("print-forms", 7): Fate(critical=True, least="1.0.0"),
    ("orders", 4): Fate(paused=1, resumed=3),
    ("orders", 7): Fate(day=357, paused=5),
    ("stock", 5): Fate(channels=((0, "beta"), (10, "rc"), (20, "stable"))),
    ("stock", 7): Fate(day=350, channels=((0, "beta"),)),
    ("handy", 3): Fate(withdrawn=6),
    ("handy", 7): Fate(day=360, draft=True),
}


@dataclass(frozen=True, slots=True)
class Life:
    """A release with its fate."""

    planned: Planned
    fate: Fate

    @property
    def day(self) -> int:
        """Of its publication."""
        return self.planned.day if self.fate.day is None else self.fate.day

    @property
    def free(self) -> range:
        """The days on which everybody may have it, safely past all its changes."""
        fate = self.fate
        if fate.draft or fate.rollout[-1][1] < 100 or fate.channels[-1][1] != "stable":  # noqa: PLR2004 - percent
            return range(0)
        calm = max(fate.rollout[-1][0], fate.channels[-1][0], fate.resumed or 0) + 1
        ends = [day for day in (fate.withdrawn, fate.paused) if day and not fate.resumed]
        return range(self.day + calm, self.day + min(ends) if ends else DAYS)


LIVES: Final[Sequence[Life]] = [
    Life(each, FATES.get((each.ware.code, each.number), Fate())) for each in planned()
]
_OF: Final[Mapping[str, Sequence[Life]]] = {
    life.planned.ware.code: [
        each for each in LIVES if each.planned.ware.code == life.planned.ware.code
    ]
    for life in LIVES
}


def newest(ware: Ware, day: int, window: int = DAYS) -> int | None:
    """The number of the best release for everybody; updates end with the day `window`."""
    found = [
        life.planned.number for life in _OF[ware.code] if day in life.free and life.day <= window
    ]
    return max(found, default=None)
