"""G10 and G11: what a start costs and a worker weighs, against FastAPI alone."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx2

from tests.bench import machine
from tests.bench.budgets import exact
from tests.bench.contest import Hall
from tests.bench.measure import Figure, abba, interval, ratios
from tests.bench.reads import greet
from tests.bench.servers import Place, Server, compiled, noop, ours
from tests.bench.store import Base

_IMPORT = """
import json, sys, time
before = time.process_time()
__import__(sys.argv[1])
print(json.dumps(time.process_time() - before))
"""


def figures(hall: Hall, place: Place, folder: Path) -> Iterator[Figure]:
    """CPU of the imports, and the time to the first answer."""
    hall.say("start")
    imports: dict[str, list[float]] = {"A": [], "B": []}
    ready: dict[str, list[float]] = {"A": [], "B": []}
    for name in ("app.main", "fastapi"):  # bytecode and page cache are warm afterwards
        _cpu_of_import(name)
    for _, letter in abba(hall.pairs):
        imports[letter].append(_cpu_of_import("app.main" if letter == "A" else "fastapi"))
        ready[letter].append(_seconds_to_answer(letter, place, folder))
    for name, found, level in (("import", imports, "B"), ("ready", ready, "C")):
        values = ratios(found["A"], found["B"])
        raw = {"ours": median(found["A"]), "fastapi": median(found["B"])}
        yield Figure(f"start.{name}", level, interval(values), values, hall.doubts, raw=raw)


def _cpu_of_import(name: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, name], env=compiled(), capture_output=True, check=True
    )
    return json.loads(done.stdout)


def _seconds_to_answer(letter: str, place: Place, folder: Path) -> float:
    began = time.monotonic()
    with ours(place, "start") if letter == "A" else noop(folder):
        return time.monotonic() - began


def memory(base: Base, server: Server, nothing: Server) -> Figure:
    """A worker that has the rules of every vendor at hand; both have answered something."""
    with httpx2.Client(base_url=nothing.url, timeout=60) as client:
        client.post("/noop", content=b"{}")
    greet(base, server)
    mine, bare = machine.rss(server.pids[0]), machine.rss(nothing.pids[0])
    rules = 4 * base.dataset.scale.releases
    return exact("memory.rss", mine / bare, "B", ours=mine, fastapi=bare, rules=rules)
