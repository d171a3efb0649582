"""A load client in its own process: keep-alive connections, each with the next request of a plan.

`python -m tests.bench.load` reads one job a line from stdin and answers each by a line of JSON.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Self

from tests.bench.measure import BrokenRunError

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
GRACE = 60.0
"""Seconds that the last answers of a round may take."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, byte for byte, and the status that it must be answered with."""

    text: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Job:
    """One round: which plan, from which request on, to whom, by how many, how long."""

    plan: str
    first: int
    port: int
    connections: int
    seconds: float
    most: int = 1 << 62
    """So many requests at most."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round came to."""

    requests: int
    seconds: float
    p50: float
    p99: float
    received: int
    sent: int
    """Requests that were taken from the plan."""
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def rps(self) -> float:
        return self.requests / self.seconds


def request(
    method: str,
    path: str,
    credential: str = "",
    body: object = None,
    *,
    status: int = 200,
    cookie: str = "",
) -> Request:
    """A request as it goes over the wire; the body is JSON."""
    content = "" if body is None else json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: */*"]
    if credential:
        lines.append(f"Authorization: Bearer {credential}")
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return Request("\r\n".join([*lines, "", content]), status)


class _Connection(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self.run, self.began, self.status = run, 0.0, 0
        self.head, self.left, self.done = b"", 0, asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._next()

    def _next(self) -> None:
        wanted = self.run.take()
        if wanted is None:
            self._finish()
            return
        text, self.status = wanted
        self.began = time.perf_counter()
        self.transport.write(text)

    def data_received(self, data: bytes) -> None:
        self.run.received += len(data)
        if not self.left:
            data = self._read_head(self.head + data)
            if not data and not self.left:
                return
        self.left -= len(data)
        if self.left == 0:
            self.run.answered(time.perf_counter() - self.began)
            self._next()
        elif self.left < 0:
            self._fail("more bytes than announced")

    def _read_head(self, data: bytes) -> bytes:
        """The bytes behind a whole head, which then says how many are to come; else none."""
        end = data.find(_HEAD_END)
        if end < 0:
            self.head = data
            return b""
        self.head = b""
        status, length = int(data[9:12]), _LENGTH.search(data, 0, end + 2)
        if status != self.status:
            self._fail(f"status {status}, not {self.status}")
            return b""
        if length is None:
            self._fail("no Content-Length")
            return b""
        body = data[end + len(_HEAD_END) :]
        self.left = int(length[1])
        if not self.left:  # an answer without a body is whole
            self.left = 0
            self.run.answered(time.perf_counter() - self.began)
            self._next()
        return body

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.run.faults[f"connection lost {type(error).__name__ if error else ''}"] += 1
            self.done.set_result(None)

    def _fail(self, why: str) -> None:
        self.run.faults[why] += 1
        self.run.stopped = True
        self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self.transport.close()


class _Run:
    """One round as it goes on."""

    def __init__(self, plan: Sequence[tuple[bytes, int]], job: Job) -> None:
        self.plan, self.numbers, self.last = plan, count(job.first), job.first + job.most
        self.began = time.perf_counter()
        self.until, self.stopped = self.began + job.seconds, False
        self.latencies: list[float] = []
        self.faults: Counter[str] = Counter()
        self.received, self.sent, self.ended = 0, 0, self.began

    def take(self) -> tuple[bytes, int] | None:
        if self.stopped or time.perf_counter() >= self.until:
            return None
        number = next(self.numbers)
        if number >= self.last:
            return None
        self.sent += 1
        return self.plan[number % len(self.plan)]

    def answered(self, seconds: float) -> None:
        self.latencies.append(seconds)
        self.ended = time.perf_counter()

    def told(self) -> Round:
        found = sorted(self.latencies) or [0.0]
        return Round(
            requests=len(self.latencies),
            seconds=max(self.ended - self.began, 1e-9),
            p50=found[len(found) // 2],
            p99=found[min(len(found) - 1, int(len(found) * 0.99))],
            received=self.received,
            sent=self.sent,
            faults=dict(self.faults),
        )


async def run_job(plan: Sequence[tuple[bytes, int]], job: Job) -> Round:
    """One round with connections of its own, closed at its end."""
    run, loop = _Run(plan, job), asyncio.get_running_loop()
    try:
        made = [
            await loop.create_connection(lambda: _Connection(run), "127.0.0.1", job.port)
            for _ in range(job.connections)
        ]
    except OSError as error:
        run.faults[f"no connection: {error.strerror}"] += 1
        return run.told()
    waits = [connection.done for _, connection in made]
    _, late = await asyncio.wait(waits, timeout=job.seconds + GRACE)
    if late:
        run.faults["no answer"] += len(late)
    return run.told()


class Client:
    """The process of the load client."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept = folder / "plans", 0
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def keep(self, name: str, plan: Sequence[Request]) -> str:
        """Stores a plan; what jobs call it by."""
        self.kept += 1  # the process reads each file once
        file = self.folder / f"{self.kept}-{name}.plan.json"
        file.write_text(json.dumps([[each.text, each.status] for each in plan]))
        return str(file)

    def run(self, job: Job) -> Round:
        """One round; any answer but the expected one makes it void."""
        self.process.stdin.write(json.dumps(asdict(job)) + "\n")
        self.process.stdin.flush()
        told = Round(**json.loads(self.process.stdout.readline()))
        if told.faults or not told.requests:
            raise BrokenRunError(f"{Path(job.plan).name}: {told.faults or 'no answer at all'}")
        return told

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(GRACE)
        self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def main() -> None:
    """Works until stdin ends."""
    import uvloop  # noqa: PLC0415 - the tests of this module do without

    plans: dict[str, list[tuple[bytes, int]]] = {}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            job = Job(**json.loads(line))
            if job.plan not in plans:
                told = json.loads(Path(job.plan).read_text())
                plans[job.plan] = [(text.encode(), status) for text, status in told]
            print(json.dumps(asdict(runner.run(run_job(plans[job.plan], job)))), flush=True)  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
