"""`python3 run.py bench`: measures the server and says what it is worth."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import app.main  # noqa: F401 - so that all tables are known
from tests.bench import (
    budgets,
    contest,
    downloads,
    inside,
    limits,
    machine,
    pages,
    reads,
    report,
    servers,
    soak,
    starting,
    store,
    storm,
)
from tests.bench.asking import keys
from tests.bench.contest import Hall
from tests.bench.goals import exit_code, goals
from tests.bench.load import Client
from tests.bench.measure import BrokenRunError, Figure, NotRunError
from tests.bench.numbering import Scale
from tests.bench.store import Base, Store

SMALL = 10_000
QUICK, FULL = 100_000, 1_000_000
SAMPLE = 20
"""Keys whose statements are looked at one by one."""
_VERSIONS = ("fastapi", "uvicorn", "uvloop", "httptools", "psycopg", "sqlalchemy", "pydantic")


@dataclass(frozen=True, slots=True)
class Measuring:
    """What the parts of a run share."""

    hall: Hall
    store: Store
    small: Base
    large: Base
    quick: bool

    @property
    def folder(self) -> Path:
        return self.store.home

    @property
    def plan(self) -> int:
        """Requests of a plan."""
        return 2_000 if self.quick else 10_000


def of_reads(m: Measuring) -> Iterator[Figure]:
    """Level A of check and offers."""
    m.hall.say("statements and plans")
    found = [budgets.budgets(base, keys(base.dataset.scale, SAMPLE)) for base in (m.small, m.large)]
    yield from budgets.figures(*found)


def exact_limits(m: Measuring) -> Iterator[Figure]:
    """Before anything is timed."""
    with m.store.copy(m.small) as base, servers.ours(base.place) as up:
        yield limits.exactness(m.hall, base, up, 12 if m.quick else 60)


def against_noop(m: Measuring) -> Iterator[Figure]:
    """Check and offers by the clock, and what a worker weighs that has answered them."""
    with ExitStack() as stack:
        up = stack.enter_context(servers.ours(m.large.place))
        nothing = stack.enter_context(servers.noop(m.folder))
        yield from reads.against_noop(m.hall, m.large, up, nothing, m.plan)
        yield reads.first_of_day(m.hall, m.large, up, m.plan // 5)
        yield starting.memory(m.large, up, nothing)


def by_size(m: Measuring) -> Iterator[Figure]:
    """Many keys against few."""
    with servers.ours(m.large.place) as one, servers.ours(m.small.place) as other:
        yield from reads.growth(m.hall, (m.large, one), (m.small, other), m.plan)


def of_downloads(m: Measuring) -> Iterator[Figure]:
    """With nginx and without."""
    yield from downloads.figures(m.hall, m.large, m.folder, ("accel", "direct"))


def of_redemptions(m: Measuring) -> Iterator[Figure]:
    """Against ordinary writes."""
    with m.store.copy(m.small) as base, servers.ours(base.place) as up:
        yield from limits.figures(m.hall, base, up)


def in_a_storm(m: Measuring) -> Iterator[Figure]:
    """While somebody publishes."""
    with m.store.copy(m.small) as base, servers.ours(base.place) as up:
        yield from storm.figures(m.hall, base, up, m.plan // 5)


def of_lists(m: Measuring) -> Iterator[Figure]:
    """Level A of every list, filter and search."""
    m.hall.say("lists")
    yield from pages.figures(pages.readings(m.small), pages.readings(m.large))


def of_a_start(m: Measuring) -> Iterator[Figure]:
    """Imports and the first answer."""
    yield from starting.figures(m.hall, m.small.place, m.folder)


def in_process(m: Measuring) -> Iterator[Figure]:
    """Without HTTP."""
    yield from inside.figures(m.hall, m.small)


Part = Callable[[Measuring], Iterator[Figure]]
PARTS: Sequence[tuple[str, bool, Part]] = (
    ("reads", True, of_reads),
    ("limits", True, exact_limits),
    ("noop", True, against_noop),
    ("growth", True, by_size),
    ("downloads", False, of_downloads),
    ("redemptions", False, of_redemptions),
    ("storm", False, in_a_storm),
    ("lists", False, of_lists),
    ("start", True, of_a_start),
    ("inside", True, in_process),
)
"""Their names, whether a quick run has them, and what they measure."""
LEFT_OUT = "C"
"""Levels that a quick run does not judge."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0: no goal failed; 1: one did; 2: the run itself is void."""
    told = _arguments(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):  # both end in order, servers and database too
        signal.signal(number, signal.default_int_handler)
    try:
        return soak.run(told.soak, publish=told.publish) if told.soak else _run(told)
    except BrokenRunError as error:
        say(f"Прогон сорван / broken run: {error}")
    except KeyboardInterrupt:
        say("Прерван / interrupted")
    return 2


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [name for name, _, _ in PARTS]
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="A, B, D at 100,000 keys")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="a long mixed load instead")
    parser.add_argument("--only", choices=names, action="append", help="this part alone")
    parser.add_argument("--keys", type=int, metavar="N", help="of the large dataset")
    return parser.parse_args(arguments)


def say(text: str) -> None:
    """Progress, apart from what is printed in the end."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


def _run(told: argparse.Namespace) -> int:
    doubts = contest.doubts_of_the_machine()
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M}"
    about = {"machine": machine.described()}
    figures: dict[str, Figure] = {}
    with store.opened() as kept:
        bases = _bases(kept, told)
        about["dataset"] = {"small": bases[0].label, "large": bases[1].label} | {
            "releases": bases[1].dataset.scale.releases,
            "vendors": bases[1].dataset.scale.vendors,
        }
        about["postgresql"] = kept.settings()
        about["versions"] = {name: version(name) for name in _VERSIONS}
        with Client(kept.home) as client:
            pairs, seconds = (5, 1.0) if told.quick else (7, 1.5)
            hall = Hall(client, kept.pid, pairs, seconds, doubts, say)
            measuring = Measuring(hall, kept, *bases, quick=told.quick)
            broken = _measure_all(measuring, told, figures)
    run = report.Run(at, told.quick, about, figures)
    file = report.keep(store.HOME / "runs", run)
    if told.publish and not broken:
        report.publish(run)
    _tell(figures, file)
    return 2 if broken else exit_code(figures)


def _measure_all(
    measuring: Measuring, told: argparse.Namespace, figures: dict[str, Figure]
) -> bool:
    """Whether something was wrong; then nothing is measured behind it, what was is kept."""
    for part in _parts(told):
        try:
            figures |= _measured(measuring, part)
        except BrokenRunError as error:
            say(f"{part[0]}: прогон сорван / broken run: {error}")
            return True
    return False


def _bases(kept: Store, told: argparse.Namespace) -> tuple[Base, Base]:
    found = []
    for number in (SMALL, told.keys or (QUICK if told.quick else FULL)):
        say(f"dataset of {store.labelled(number)} keys (kept in {kept.home})")
        found.append(kept.base(Scale(number)))
    return found[0], found[1]


def _parts(told: argparse.Namespace) -> list[tuple[str, Part]]:
    wanted = told.only or [name for name, quick, _ in PARTS if quick or not told.quick]
    return [(name, part) for name, _, part in PARTS if name in wanted]


def _measured(measuring: Measuring, part: tuple[str, Part]) -> dict[str, Figure]:
    """The figures of a part; none of them if something that it needs is missing."""
    name, measure = part
    try:
        found = {figure.name: figure for figure in measure(measuring)}
    except NotRunError as error:
        say(f"{name}: NOT RUN, {error}")
        return {}
    left = LEFT_OUT if measuring.quick else ""
    return {name: figure for name, figure in found.items() if figure.level not in left}


def _tell(figures: dict[str, Figure], file: Path) -> None:
    for goal in goals():
        if not any(bar.figure in figures for bar in goal.bars):
            continue
        print(f"{goal.id:4} {goal.verdict(figures).value:13} {goal.title}")  # noqa: T201 - the answer
        for bar, figure, verdict in goal.verdicts(figures):
            found = figure.interval
            shown = f"{found.middle:.3g} [{found.low:.3g} {found.high:.3g}]" if found else "-"
            words = ("", f" ({'; '.join(figure.doubts)})")[bool(figure.doubts)]
            print(f"       {bar.figure:24} {shown:26} {bar.text:8} {verdict.value}{words}")  # noqa: T201
    print(file)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
