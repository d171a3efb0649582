"""What is too large is refused before it is read, by nginx and by a server alone."""

import select
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from app.kit.asgi import BODY_MAX
from app.kit.serving import HEAD_MAX
from tests.factories.world import bearer
from tests.faults.figures import Record
from tests.waiting import PATIENCE
from wire.codes import CodeKind, new_code

pytestmark = [pytest.mark.s3, pytest.mark.nginx, pytest.mark.fault]

GROWTH = 50 << 20
ROUNDS = {"ci": 2, "campaign": 30}
PIECE = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
ENOUGH = 64 << 20
"""So much of an endless body is sent to whoever does not refuse it."""
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
KEY = bearer(new_code(CodeKind.KEY, "DEMO").text)["Authorization"]


def head(path: str, media: str, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {media}"]
    lines += [f"Authorization: {KEY}", "Sec-Fetch-Site: same-origin", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def with_length(path: str, body: bytes, media: str = JSON) -> list[bytes]:
    return [head(path, media, f"Content-Length: {len(body)}"), body]


def endless(path: str, media: str = JSON) -> Iterator[bytes]:
    yield head(path, media, "Transfer-Encoding: chunked")
    for _ in range(ENOUGH // 0x10000):
        yield PIECE


def fields(count: int) -> bytes:
    return "&".join(f"f{number}=x" for number in range(count)).encode()


CHECK, SIGN_IN = "/api/v1/license-checks", "/cabinet/sign-in"
ATTACKS = {
    "10 GB promised": lambda: [head(CHECK, JSON, "Content-Length: 10737418240")],
    "10 GB promised to a form": lambda: [head(SIGN_IN, FORM, "Content-Length: 10737418240")],
    "chunks without end": lambda: endless(CHECK),
    "a form without end": lambda: endless(SIGN_IN, FORM),
    "1,001 fields": lambda: with_length(SIGN_IN, fields(1_001), FORM),
    "5,001 fields": lambda: with_length(SIGN_IN, fields(5_001), FORM),
    "1 MiB and a byte": lambda: with_length(CHECK, b" " * (BODY_MAX + 1)),
    "100,000 nested arrays": lambda: with_length(CHECK, b"[" * 100_000 + b"]" * 100_000),
    "a head of 64 kB": lambda: [head(CHECK, JSON, f"X-Large: {'x' * HEAD_MAX}")],
    "a head of many lines": lambda: [
        head(CHECK, JSON, *(f"X-{number}: {'x' * 1000}" for number in range(100)))
    ],
    "an address of 64 kB": lambda: [head(f"{CHECK}?{'x' * HEAD_MAX}", JSON)],
    "a head without end": lambda: [head(CHECK, JSON)[:-2], *(b"X: y\r\n" * 1_000,) * 100],
}


def status_of(url: str, pieces: Iterator[bytes]) -> int:
    """The status of the answer, which may come before all is sent."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as client:
        try:
            for piece in pieces:
                if select.select([client], [], [], 0)[0]:
                    break
                client.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused; what was answered may still be here
        said = client.recv(64)
    return int(said.split()[1])


def memory(pid: int) -> int:
    """Bytes of its own that a process holds, without pages of files."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) * 1024


def refusals(url: str, figures: Record) -> dict[str, int]:
    found = {name: status_of(url, iter(attack())) for name, attack in ATTACKS.items()}
    figures("bad_input_5xx", sum(status >= 500 for status in found.values()), of=len(found))
    return found


@pytest.mark.usefixtures("owner")  # without anybody, forms lead to the first set-up
@pytest.mark.parametrize("way", ["straight", "through nginx"])
def test_what_is_too_large_is_refused_and_leaves_no_trace_in_memory(
    fleet, way, pytestconfig, figures
):
    rounds = ROUNDS[pytestconfig.getoption("--fault-profile")]
    server = fleet.members[0]
    url = server.url if way == "straight" else fleet.nginx.url
    found = refusals(url, figures)
    assert {name for name, status in found.items() if status not in range(400, 500)} == set(), found
    before = [memory(member.pid) for member in fleet.members]
    for _ in range(rounds):
        assert refusals(url, figures) == found
    for member, then in zip(fleet.members, before, strict=True):
        assert memory(member.pid) - then < GROWTH
    assert httpx2.get(f"{url}/health/live", timeout=PATIENCE).status_code == 200
