"""Level D: the application without HTTP, by ASGI calls alone; a trend, no goal."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack

from app.main import create_app
from tests.bench import noop
from tests.bench.asking import ROUTES, keys
from tests.bench.contest import Hall
from tests.bench.load import Request
from tests.bench.measure import BrokenRunError, Figure, abba, interval, ratios
from tests.bench.reads import NOOP
from tests.bench.store import Base

CALLS = 100


async def call(app, wanted: Request) -> int:
    """One request; its status."""
    head, _, content = wanted.text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split()
    headers = [tuple(part.encode() for part in line.split(": ", 1)) for line in lines]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    statuses: list[int] = []
    bodies = iter([{"type": "http.request", "body": content.encode(), "more_body": False}])

    async def receive():
        return next(bodies, None) or await asyncio.Future()

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


def figures(hall: Hall, base: Base) -> Iterator[Figure]:
    """Calls per second of check and offers by those of the no-op."""
    hall.say("in-process calls")
    return iter(asyncio.run(_measured(hall, base)))


async def _measured(hall: Hall, base: Base) -> list[Figure]:
    found = []
    async with AsyncExitStack() as stack:
        engine = stack.enter_context(base.engine())
        app = create_app(engine, base.kit)
        await stack.enter_async_context(app.router.lifespan_context(app))
        for route, make in ROUTES.items():
            plan = [make(base, key) for key in keys(base.dataset.scale, CALLS)]
            await _seconds(app, plan)
            took: dict[str, list[float]] = {"A": [], "B": []}
            for _, letter in abba(hall.pairs):
                mine = letter == "A"
                took[letter].append(
                    await (_seconds(app, plan) if mine else _seconds(noop.app, [NOOP] * CALLS))
                )
            rates = ratios(took["B"], took["A"])
            found.append(Figure(f"inside.{route}", "D", interval(rates), rates, hall.doubts))
    return found


async def _seconds(app, plan: Sequence[Request]) -> float:
    began = time.perf_counter()
    for wanted in plan:
        status = await call(app, wanted)
        if status != wanted.status:
            raise BrokenRunError(f"in-process call: {status}")
    return time.perf_counter() - began
