"""A long mixed load on two app processes and a worker: nothing may fail, grow or leak."""

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import psycopg

from tests.bench import machine, report, store
from tests.bench.asking import sending
from tests.bench.load import Request
from tests.bench.measure import Verdict
from tests.bench.mix import SHARES, Mix
from tests.bench.numbering import Scale
from tests.bench.reads import greet
from tests.bench.servers import Server, ours, worker
from tests.bench.store import Base

RATE = 50
"""Requests per second, sent on time whether the ones before are answered or not."""
KEYS = 100_000
WARM_UP = 0.2
"""The share of the minutes after which memory and descriptors are compared with."""
GROWTH, LEAK = 1.10, 16
"""What memory may grow to, and how many descriptors may be open more."""
ENOUGH = 10
"""Minutes that show anything."""
_SERVER_ERROR = 500
_MOST_WAITING = 500


@dataclass(slots=True)
class Tally:
    """Answers since the last minute."""

    seconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    refused: int = 0

    def add(self, name: str, status: int, seconds: float) -> None:
        """One answer; no answer at all has the status 0."""
        self.seconds.append(seconds)
        self.answers[f"{name} {status}"] += 1
        self.errors += status >= _SERVER_ERROR or status == 0
        self.refused += 400 <= status < _SERVER_ERROR


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at every minute."""

    apps: Sequence[int]
    worker: int
    database: str

    def looked(self, minute: int, tally: Tally) -> dict[str, Any]:
        """A row of the table."""
        took = sorted(tally.seconds) or [0.0]
        processes = (*self.apps, self.worker)
        with psycopg.connect(self.database) as connection:
            size = connection.execute("SELECT pg_database_size(current_database())").fetchone()[0]
        return {
            "minute": minute,
            "requests": len(tally.seconds),
            "errors": tally.errors,
            "refused": tally.refused,
            "answers": dict(tally.answers),
            "p50": took[len(took) // 2],
            "p99": took[min(len(took) - 1, int(len(took) * 0.99))],
            "rss": sum(machine.rss(each) for each in self.apps),
            "rss_of_worker": machine.rss(self.worker),
            "descriptors": sum(machine.descriptors(each) for each in processes),
            "threads": sum(machine.threads(each) for each in processes),
            "database_bytes": size,
        }


class Soak:
    """The load, on time, and the minutes that were seen so far."""

    def __init__(self, mix: Mix, servers: Sequence[Server], watched: Watched, file: Path) -> None:
        self.mix, self.watched, self.file = mix, watched, file
        self.urls = cycle([server.url for server in servers])
        self.tally, self.minutes = Tally(), []
        self.stopped = asyncio.Event()
        self.waiting: set[asyncio.Task[None]] = set()

    async def go(self, minutes: float) -> None:
        """Until the time is over or somebody stops it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopped.set)
        limits = httpx2.Limits(max_connections=_MOST_WAITING)
        async with httpx2.AsyncClient(limits=limits, timeout=60) as self.client:
            began, sent = time.monotonic(), 0
            beside = asyncio.create_task(self._each_minute(began))
            while not self.stopped.is_set() and time.monotonic() - began < minutes * 60:
                self._send()
                sent += 1
                await asyncio.sleep(max(0.0, began + sent / RATE - time.monotonic()))
            self.stopped.set()
            await asyncio.gather(*self.waiting)
            await beside

    def _send(self) -> None:
        name, wanted = self.mix.next()
        task = asyncio.create_task(self._one(name, wanted, next(self.urls)))
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)

    async def _one(self, name: str, wanted: Request, url: str) -> None:
        told, began, status = sending(wanted), time.perf_counter(), 0
        with suppress(httpx2.HTTPError):
            answer = await self.client.request(**told | {"url": url + told["url"]})
            status = answer.status_code
        self.tally.add(name, status, time.perf_counter() - began)

    async def _each_minute(self, began: float) -> None:
        """Looks at everything, makes what is used up, and stores the figures so far."""
        while not self.stopped.is_set():
            await asyncio.to_thread(self.mix.refill)
            due = began + 60 * (len(self.minutes) + 1) - time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), max(due, 0.1))
            if self.tally.seconds:
                self._look()

    def _look(self) -> None:
        tally, self.tally = self.tally, Tally()
        self.minutes.append(self.watched.looked(len(self.minutes) + 1, tally))
        self.file.write_text(json.dumps(self.minutes), encoding="utf-8")


def run(minutes: float, *, publish: bool) -> int:
    """0 if nothing failed, grew or leaked, else 1; what was measured is kept, however it ends."""
    at, before = f"{datetime.now(UTC):%Y-%m-%dT%H:%M}", machine.described()
    with store.opened() as kept, ExitStack() as stack:
        base = stack.enter_context(kept.copy(kept.base(Scale(KEYS))))
        about = {"machine": before, "postgresql": kept.settings(), "shares of 100": SHARES}
        soak = _prepared(base, stack, store.HOME / "soak-minutes.json")
        asyncio.run(soak.go(minutes))
    told = judged(soak.minutes) | {"at": at, "about": about, "minutes": soak.minutes}
    runs = store.HOME / "runs"
    runs.mkdir(exist_ok=True)
    file = runs / f"soak-{at.replace(':', '')}.json"
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    if publish:
        report.publish_soak(told)
    print(f"{told['verdict']}: {told['words']}\n{file}")  # noqa: T201 - the answer
    return int(told["verdict"] == Verdict.FAIL.value)


def _prepared(base: Base, stack: ExitStack, file: Path) -> Soak:
    apps = [stack.enter_context(ours(base.place, f"app{n}")) for n in (1, 2)]
    outbox = stack.enter_context(worker(base.place))
    for app in apps:
        greet(base, app)
    mix = Mix(base)
    mix.refill()
    pids = [pid for app in apps for pid in app.pids]
    return Soak(mix, apps, Watched(pids, outbox.pid, base.dataset.url), file)


def judged(minutes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The verdict and what it rests on."""
    errors = sum(each["errors"] for each in minutes)
    warm = minutes[int(len(minutes) * WARM_UP) :]
    part = max(1, len(warm) // 5)
    grown = {
        name: median(each[name] for each in warm[-part:])
        / median(each[name] for each in warm[:part])
        for name in ("rss", "rss_of_worker")
        if warm
    }
    leaked = warm[-1]["descriptors"] - warm[0]["descriptors"] if warm else 0
    faults = [f"{errors} answers 5xx or none"] if errors else []
    faults += [f"{name} grew to {by:.2f}" for name, by in grown.items() if by >= GROWTH]
    faults += [f"{leaked} descriptors more"] if leaked > LEAK else []
    verdict = Verdict.FAIL if faults else Verdict.PASS
    if verdict is Verdict.PASS and len(minutes) < ENOUGH:
        verdict, faults = Verdict.INCONCLUSIVE, [f"{len(minutes)} minutes are too few"]
    words = "; ".join(faults) or "no error, no growth, no leak"
    return {"verdict": verdict.value, "words": words, "summary": _summary(minutes, grown, leaked)}


def _summary(
    minutes: Sequence[Mapping[str, Any]], grown: Mapping[str, float], leaked: int
) -> dict[str, Any]:
    if not minutes:
        return {}
    answers: Counter[str] = sum((Counter(each["answers"]) for each in minutes), Counter())
    return {
        "minutes": len(minutes),
        "requests": sum(each["requests"] for each in minutes),
        "answers 5xx or none": sum(each["errors"] for each in minutes),
        "answers 4xx": sum(each["refused"] for each in minutes),
        "p50, ms": round(1000 * median(each["p50"] for each in minutes), 1),
        "p99, ms (median of minutes)": round(1000 * median(each["p99"] for each in minutes), 1),
        "p99, ms (worst minute)": round(1000 * max(each["p99"] for each in minutes), 1),
        "memory of the app processes after warm-up": round(grown.get("rss", 1.0), 3),
        "memory of the worker after warm-up": round(grown.get("rss_of_worker", 1.0), 3),
        "descriptors more than after warm-up": leaked,
        "threads": minutes[-1]["threads"],
        "database grew by, MB": round(
            (minutes[-1]["database_bytes"] - minutes[0]["database_bytes"]) / 1e6, 1
        ),
        "answers": ", ".join(f"{name}: {count}" for name, count in sorted(answers.items())),
    }
