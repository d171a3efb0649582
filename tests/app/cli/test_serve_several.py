"""`podkluch serve` ends gently, and with several processes is one server all the same."""

import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Served:
    """A running `podkluch serve`."""

    def __init__(self, process) -> None:
        self.process = process
        self.url = json.loads(process.stdout.readline())["url"]
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        self.address = (host, int(port))

    def status(self, path: str = "/health/ready") -> int:
        return httpx2.get(self.url + path).status_code

    def end(self) -> str:
        """Its log, once it has ended by itself."""
        _, log = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, log
        return log

    def begun(self) -> socket.socket:
        """A request of which the body is still to come."""
        client = socket.create_connection(self.address, timeout=PATIENCE)
        client.sendall(
            b"POST /api/v1/license-checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert b" 100 " in client.recv(64)  # a route is waiting for the body
        return client


@pytest.fixture
def serve(podkluch) -> Iterator[Callable[..., Served]]:
    """Starts servers; those that still run are ended after the test."""
    started = []

    def serve(*options: str, **environment: str) -> Served:
        podkluch.environment.update(environment)
        process = podkluch.process("serve", "--port", "0", "--json", *options)
        started.append(process)
        return Served(process)

    yield serve
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_told_to_stop_it_says_so_and_answers_until_a_second_signal(serve, options) -> None:
    server = serve(*options, PODKLUCH_DRAIN_SECONDS="60")
    assert server.status() == 200
    server.process.terminate()
    until(lambda: server.status() == 503)
    answer = httpx2.get(f"{server.url}/health/live")
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    with server.begun():  # would keep it, if anybody were waited for
        server.process.terminate()
        server.end()


def test_what_runs_when_it_stops_is_answered(serve) -> None:
    server = serve()
    with server.begun() as client:
        server.process.terminate()
        until(lambda: not _accepts(server.address))
        client.sendall(b"{}")
        assert client.recv(64).startswith(b"HTTP/1.1 401 ")
    assert "Traceback" not in server.end()


def _accepts(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        return False
    return True


def counted(server: Served) -> float:
    told = httpx2.get(f"{server.url}/metrics").text
    line = r'^podkluch_requests_total\{route="/health/live",status="200"\} (\S+)'
    found = re.search(line, told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_several_processes_count_together_and_each_is_replaced(serve) -> None:
    server = serve("--workers", "2")
    first = children(server.process.pid)
    assert len(first) == 2
    assert [server.status("/health/live") for _ in range(40)] == [200] * 40
    assert counted(server) == 40
    os.kill(first[0], signal.SIGKILL)
    until(lambda: len(set(children(server.process.pid)) - {first[0]}) == 2)
    until(lambda: server.status() == 200)
    assert counted(server) == 40
    server.process.terminate()
    assert "process ended" in server.end()
    assert all(map(is_gone, first))


def counters_of(pid: int) -> set[Path]:
    """The folders of counters that a process holds open."""
    opened = (link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink())
    return {path.parent for path in opened if path.parent.name.startswith("podkluch-metrics-")}


def test_a_process_is_replaced_whose_counters_were_cleaned_away(serve) -> None:
    server = serve("--workers", "2")
    first = children(server.process.pid)
    until(lambda: server.status("/health/live") == 200 and counters_of(first[0]))
    [folder] = counters_of(first[0])
    shutil.rmtree(folder)
    until(lambda: server.status("/health/live") == 200 and counted(server) >= 1)
    assert {server.status("/health/live") for _ in range(20)} == {200}
    assert {server.status("/metrics") for _ in range(20)} == {200}
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(children(server.process.pid)) - set(first)) == 2)
    assert server.status("/health/live") == 200
    assert counted(server) >= 1


def test_none_of_several_outlives_the_one_that_keeps_them(serve) -> None:
    server = serve("--workers", "2")
    left = children(server.process.pid)
    server.process.kill()
    until(lambda: all(map(is_gone, left)))


def test_background_work_beside_several_is_a_command_of_its_own(podkluch) -> None:
    assert "podkluch worker" in podkluch("serve", "--workers", "2", "--worker", code=2).stderr


def test_several_processes_are_refused_the_embedded_database(bare) -> None:
    bare("migrate")
    refused = bare("serve", "--workers", "2", code=3).stderr
    assert "PODKLUCH_DATABASE_URL" in refused
