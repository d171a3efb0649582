"""A clock that is walked through a year, and the acts that are done on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.kit.cache import NewestCache
from app.kit.clock import local_date
from app.kit.db import CACHED, Kit, UnitOfWork, transaction
from app.kit.problems import Problem

ZONE: Final = "Europe/Moscow"
DAYS: Final = 365
"""Of history; the last of them is yesterday."""
_TOGETHER: Final = 120
"""Acts of one transaction: each transaction has its price, and the limits on a statement theirs."""
_WEEK: Final = 7
_SATURDAY: Final = 5

Do = Callable[[UnitOfWork], object]


class UnlikelyStoryError(Exception):
    """An act went otherwise than the story has it: a defect of the story or of the verb."""


class Calendar:
    """Days of the story by their number, 0 being a year ago, and hours at which people work."""

    def __init__(self, until: datetime) -> None:
        self.first = local_date(until, ZONE) - timedelta(days=DAYS)

    def date(self, day: int) -> date:
        """The day of that number."""
        return self.first + timedelta(days=day)

    def moment(self, day: int, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
        """An hour of a day in the vendor's time zone."""
        local = datetime.combine(self.date(day), time(hour, minute, second), ZoneInfo(ZONE))
        return local.astimezone(UTC)

    def workday(self, day: int) -> int:
        """The day itself or, after a weekend, the next Monday, if that is not yet to come."""
        weekday = self.date(day).weekday()
        monday = day + _WEEK - weekday
        return monday if weekday >= _SATURDAY and monday < DAYS else day

    def at_work(self, day: int, chance: Random) -> datetime:
        """Some moment of a day between ten and six."""
        return self.moment(day, chance.randint(10, 17), chance.randrange(60), chance.randrange(60))


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody does at a moment; `refused` is the code that it is answered with."""

    at: datetime
    name: str
    do: Do
    refused: str | None = None


@dataclass(slots=True)
class Story:
    """What is going to happen, in any order; chance and calendar are shared by all who tell it."""

    chance: Random
    calendar: Calendar
    acts: list[Act] = field(default_factory=list)

    def tell(self, at: datetime, name: str, do: Do, refused: str | None = None) -> None:
        """Adds an act."""
        self.acts.append(Act(at, name, do, refused))

    def in_order(self) -> Sequence[Act]:
        """All acts by time; those of one moment as they were told."""
        return sorted(self.acts, key=lambda act: act.at)


class _Clock:
    """Stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def walk(
    connection: Connection, kit: Kit, acts: Sequence[Act], told: Callable[[Act], None]
) -> None:
    """Does the acts one after the other, each at its own time, on a connection in a transaction.

    Many share a savepoint, for speed; one that is refused has its own, as its denial is kept.
    """
    clock = _Clock(acts[0].at)
    # Its own cache: what is built here is not yet true for others. And no slots for downloads, as
    # if another program sent the bytes: nobody waits for them.
    settings = kit.settings.model_copy(update={"download_mode": "accel"})
    then = replace(kit, settings=settings, clock=clock, cache=NewestCache(CACHED))
    for some in _together(acts):
        refused = some[0].refused
        try:
            with transaction(connection, then) as session:
                for act in some:
                    clock.at = act.at
                    told(act)
                    act.do(session)
        except Problem as problem:
            if problem.code != refused:
                raise UnlikelyStoryError(f"{problem.code} {problem.params}") from problem
        else:
            if refused is not None:
                raise UnlikelyStoryError(f"{some[0].name}: not refused with {refused}")


def _together(acts: Iterable[Act]) -> Iterator[Sequence[Act]]:
    numbered = enumerate(acts)
    batches = groupby(numbered, key=lambda each: (each[0] // _TOGETHER, _alone(*each)))
    for _, some in batches:
        yield [act for _, act in some]


def _alone(number: int, act: Act) -> int:
    return number if act.refused else -1
