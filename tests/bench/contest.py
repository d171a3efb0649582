"""Two servers under the same load in turns: rounds in ABBA order, and the ratios of neighbours."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench import machine
from tests.bench.load import Client, Job, Round
from tests.bench.machine import Usage
from tests.bench.measure import SPREAD, BrokenRunError, Figure, abba, interval, ratios, spread
from tests.bench.servers import Server

ENDLESS = 1 << 30
"""Requests or seconds that no round reaches."""
STRANGERS = 0.25
"""The share of the cores that others may use while something is measured."""


@dataclass(slots=True)
class Side:
    """One of the two: who is asked what, by how many connections."""

    server: Server
    plan: str
    connections: int
    length: int = 0
    """Of a plan whose requests can be sent only once; 0: of one that may begin anew."""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A round, and what CPU went into it."""

    round: Round
    used: Usage
    strangers: float
    """Cores that were busy for somebody else."""

    @property
    def cpu(self) -> float:
        """Seconds of the servers per request."""
        return self.used.server / self.round.requests

    @property
    def database(self) -> float:
        return self.used.database / self.round.requests


@dataclass(slots=True)
class Hall:
    """Where contests are held: the client, the database, and for how long."""

    client: Client
    database: int
    pairs: int
    seconds: float
    doubts: tuple[str, ...] = ()
    say: Callable[[str], None] = print

    def once(self, side: Side, number: int) -> Turn:
        """So many requests, however long they take."""
        return self._turn(side, ENDLESS, number)

    def turn(self, side: Side, seconds: float | None = None) -> Turn:
        """One round of one side."""
        most = side.length - side.at if side.length else ENDLESS
        found = self._turn(side, seconds or self.seconds, most)
        if side.length and side.at >= side.length:
            raise BrokenRunError("the plan was used up before the round was over")
        return found

    def _turn(self, side: Side, seconds: float, most: int) -> Turn:
        others = (self.client.process.pid,)
        before, began = machine.usage(side.server.pids, self.database, others), time.monotonic()
        job = Job(side.plan, side.at, side.server.port, side.connections, seconds, most)
        found = self.client.run(job)
        took = time.monotonic() - began
        used = machine.usage(side.server.pids, self.database, others).since(before)
        side.at += found.sent
        return Turn(found, used, max(used.machine - used.ours, 0.0) / took)

    def contest(self, measured: Side, base: Side) -> "Contest":
        """All rounds of both, after one round of each that does not count."""
        sides = {"A": measured, "B": base}
        for side in sides.values():
            self.turn(side)
        found: dict[str, dict[int, Turn]] = {"A": {}, "B": {}}
        for pair, letter in abba(self.pairs):
            found[letter][pair] = self.turn(sides[letter])
        order = range(self.pairs)
        return Contest(
            [found["A"][pair] for pair in order], [found["B"][pair] for pair in order], self.doubts
        )


@dataclass(frozen=True, slots=True)
class Contest:
    """What both came to, pair by pair."""

    measured: Sequence[Turn]
    base: Sequence[Turn]
    known: tuple[str, ...] = ()

    def doubts(self) -> tuple[str, ...]:
        """Why nothing of this may be believed."""
        found = list(self.known)
        wide = spread([turn.round.rps for turn in self.base])
        if wide > SPREAD:
            found.append(f"the base spreads by {wide:.0%}")
        strangers = median(turn.strangers for turn in (*self.measured, *self.base))
        if strangers > STRANGERS * machine.cores():
            found.append(f"others used {strangers:.1f} cores")
        return tuple(found)

    def figure(self, name: str, of: Callable[[Turn], float], level: str = "C") -> Figure:
        """The ratio of one quantity."""
        mine, theirs = [of(turn) for turn in self.measured], [of(turn) for turn in self.base]
        found = ratios(mine, theirs)
        raw = {"measured": median(mine), "base": median(theirs)}
        return Figure(name, level, interval(found), found, self.doubts(), raw=raw)


def rps(turn: Turn) -> float:
    return turn.round.rps


def cpu(turn: Turn) -> float:
    return turn.cpu


def p50(turn: Turn) -> float:
    return turn.round.p50


def p99(turn: Turn) -> float:
    return turn.round.p99


def doubts_of_the_machine() -> tuple[str, ...]:
    """Said before anything is started."""
    load = machine.load()
    if load > machine.cores():
        return (f"load average {load:.1f} before the run, on {machine.cores()} cores",)
    return ()
