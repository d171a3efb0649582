"""Check and offers by the clock: against the no-op and fewer keys, and the day's first."""

import random
import time
from collections.abc import Iterator
from statistics import median

import httpx2
import psycopg

from tests.bench.asking import ROUTES, a_fresh_infobase, check, compare, keys, sent
from tests.bench.contest import Contest, Hall, Side, cpu, p50, p99, rps
from tests.bench.load import Request, request
from tests.bench.measure import BrokenRunError, Figure, interval
from tests.bench.numbering import is_blocked
from tests.bench.servers import Server
from tests.bench.store import Base

NOOP = request("POST", "/noop", body={})
COMPARED = 100
"""Keys whose answers are compared before anything is timed."""
_COMMITS, PATIENCE = 200, 60


def plan(base: Base, route: str, number: int) -> list[Request]:
    """Requests of random keys of the whole space."""
    return [ROUTES[route](base, key) for key in keys(base.dataset.scale, number)]


def warm(hall: Hall, base: Base, server: Server, kept: str, length: int) -> Side:
    """A plan sent once as a whole: the check log has today's rows; catalogues are built before."""
    greet(base, server)
    side = Side(server, kept, 4)
    hall.once(side, length)
    return side


def greet(base: Base, server: Server) -> None:
    """One key of every vendor, so that its catalogue is there; until then a server may be busy."""
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        for key in one_of_each(base):
            wanted, tries = ROUTES["offers"](base, key), PATIENCE
            while (status := sent(client, wanted).status_code) != wanted.status:
                tries -= 1
                if not tries:
                    raise BrokenRunError(f"offers of key {key}: {status}")
                time.sleep(1)


def one_of_each(base: Base) -> list[int]:
    """A key of every vendor."""
    scale, found = base.dataset.scale, {}
    for key in range(1, scale.keys + 1):
        if not is_blocked(key):
            found.setdefault(scale.vendor_of(key), key)
        if len(found) == scale.vendors:
            break
    return list(found.values())


def against_noop(
    hall: Hall, base: Base, ours: Server, noop: Server, number: int
) -> Iterator[Figure]:
    """Rates and CPU, by few and by many connections."""
    greet(base, ours)
    share = compare(base, ours.url, keys(base.dataset.scale, COMPARED))
    nothing = hall.client.keep("noop", [NOOP])
    for route in ROUTES:
        hall.say(f"{route}, {base.label}")
        kept = hall.client.keep(f"{route}-{base.label}", plan(base, route, number))
        side = warm(hall, base, ours, kept, number)
        for connections in (4, 32):
            side.connections = connections
            found = hall.contest(side, Side(noop, nothing, connections))
            name = f"{route}.c{connections}"
            yield found.figure(f"{name}.rps", rps)
            yield found.figure(f"{name}.p99", p99)
            yield _cpu(found, f"{name}.cpu", share)


def _cpu(found: Contest, name: str, share: float) -> Figure:
    figure = found.figure(name, cpu, "B")
    database = median(turn.database for turn in found.measured)
    figure.raw.update(database_seconds=database, full_answers=share)
    return figure


def growth(hall: Hall, sizes: tuple[Base, Server], small: tuple[Base, Server], number: int):
    """The same routes with many keys and with few."""
    for route in ROUTES:
        hall.say(f"{route}, {sizes[0].label} : {small[0].label}")
        sides = []
        for base, server in (sizes, small):
            kept = hall.client.keep(f"{route}-{base.label}", plan(base, route, number))
            sides.append(warm(hall, base, server, kept, number))
        found = hall.contest(*sides)
        yield found.figure(f"growth.{route}.cpu", cpu, "B")
        yield found.figure(f"growth.{route}.p99", p99)
        yield found.figure(f"growth.{route}.rps", rps)


def first_of_day(hall: Hall, base: Base, ours: Server, number: int) -> Figure:
    """An infobase that was never seen, against the same again and two commits."""
    hall.say("the day's first check")
    asking = [key for key in keys(base.dataset.scale, number) if not is_blocked(key)]
    first, later, commits = [], [], []
    for part in range(hall.pairs):
        mine = asking[part :: hall.pairs]
        made = [check(base, key, a_fresh_infobase()) for key in mine]
        side = Side(ours, hall.client.keep(f"first-{part}", made), 1)
        first.append(p50(hall.once(side, len(made))))
        later.append(p50(hall.once(side, len(made))))
        commits.append(commit_time(base))
    found = [one / (two + 2 * lone) for one, two, lone in zip(first, later, commits, strict=True)]
    raw = {"first": median(first), "later": median(later), "commit": median(commits)}
    return Figure("check.first", "C", interval(found), tuple(found), hall.doubts, raw=raw)


def commit_time(base: Base) -> float:
    """Seconds of a lone INSERT with its commit, half of them take less."""
    with psycopg.connect(base.dataset.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_commits (n bigint)")
        took = []
        for _ in range(_COMMITS):
            began = time.perf_counter()
            connection.execute("INSERT INTO bench_commits VALUES (%s)", [random.getrandbits(40)])
            took.append(time.perf_counter() - began)
        connection.execute("DROP TABLE bench_commits")
    return median(took)
