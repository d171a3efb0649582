"""What arrives on the socket: whole requests are answered, the rest is refused and forgotten."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.corpus.raw_requests import COUNT, chunked, clear, unclear
from tests.faults.figures import Record
from tests.waiting import PATIENCE

SERVER = Path(__file__).with_name("server.py")
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
CHECK = (
    b"POST /api/v1/license-checks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\n"
)
CHUNKED = CHECK + b"Transfer-Encoding: chunked\r\n\r\n"
SECOND = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
KILO, MANY = 1024, 64 * 1024


@dataclass
class Server:
    """A running server and what it has logged so far."""

    port: int
    log: Path

    def answer(self, *pieces: bytes) -> bytes:
        """All bytes that come back until the server closes; it may close before it took all."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                while piece := connection.recv(MANY):
                    received += piece
            except (BrokenPipeError, ConnectionResetError):
                received += self._rest(connection)
        return received

    @staticmethod
    def _rest(connection: socket.socket) -> bytes:
        try:
            return connection.recv(MANY)
        except ConnectionResetError:
            return b""

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    log = folder / "log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, SERVER, database_url, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        yield Server(int(process.stdout.readline()), log)
        process.stdin.close()
        assert process.wait(timeout=PATIENCE) in {0, -signal.SIGTERM}


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture
def send(server: Server, figures: Record) -> Callable[..., bytes]:
    """Sends a request of the corpus, and counts whether it was answered by an error."""

    def send(*pieces: bytes) -> bytes:
        answer = server.answer(*pieces)
        figures("bad_input_5xx", sum(status >= 500 for status in statuses(answer)))
        return answer

    return send


ANSWERED = {
    "plain": LIVE + b"\r\n",
    "HTTP/1.0": b"GET /health/live HTTP/1.0\r\n\r\n",
    "no host": b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": LIVE + b"Host: example.org\r\n\r\n",
    "a host that is none": LIVE.replace(b"localhost", b"[") + b"\r\n",
    "a host with a path": LIVE.replace(b"localhost", b"a/b?c#d") + b"\r\n",
    "absolute form": LIVE.replace(b"/health", b"http://example.org/health", 1) + b"\r\n",
    "empty lines before": b"\r\n\r\n" + LIVE + b"\r\n",
    "method override": LIVE + b"X-HTTP-Method-Override: DELETE\r\n\r\n",
    "rewritten path": LIVE + b"X-Original-URL: /nope\r\nX-Rewrite-URL: /nope\r\n\r\n",
    "upgrade": LIVE.replace(b"close", b"Upgrade") + b"Upgrade: h2c\r\nConnection: close\r\n\r\n",
    "a head just within the limit": LIVE + b"X-A: " + b"a" * (MANY - len(LIVE) - 9) + b"\r\n\r\n",
    "a web socket": LIVE.replace(b"close", b"Upgrade, close") + b"Upgrade: websocket\r\n\r\n",
    "a query of bytes": LIVE.replace(b"/live", b"/live?%ff%00%0d%0a") + b"\r\n",
}
REFUSED = {
    "both lengths": CHECK
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SECOND,
    "both lengths, turned": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\n")
    + b"0\r\n\r\n"
    + SECOND,
    "an unknown coding": CHECK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SECOND,
    "a coding after chunked": CHECK + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a coding that is no chunked": CHECK + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    "a coding with a space": CHECK + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "two equal lengths": CHECK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": CHECK + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + SECOND,
    "a list of lengths": CHECK + b"Content-Length: 2, 2\r\n\r\n{}",
    "a negative length": CHECK + b"Content-Length: -2\r\n\r\n{}",
    "a length with a sign": CHECK + b"Content-Length: +2\r\n\r\n{}",
    "a length in hex": CHECK + b"Content-Length: 0x2\r\n\r\n{}",
    "a length in words": CHECK + b"Content-Length: two\r\n\r\n{}",
    "an empty length": CHECK + b"Content-Length: \r\n\r\n{}",
    "a length of 23 digits": CHECK + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "a chunk without size": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a chunk of 2**68 bytes": CHUNKED + b"fffffffffffffffff\r\n{}",
    "a folded header": LIVE + b"X-A: b\r\n c\r\n\r\n",
    "NUL in a header": LIVE + b"X-A: b\0c\r\n\r\n",
    "CR in a header": LIVE + b"X-A: b\rc\r\n\r\n",
    "a name with a space": LIVE + b"X A: b\r\n\r\n",
    "a header without name": LIVE + b": b\r\n\r\n",
    "bare line feeds": LIVE.replace(b"\r\n", b"\n") + b"\n",
    "HTTP/1.2": LIVE.replace(b"HTTP/1.1", b"HTTP/1.2") + b"\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "CONNECT": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "an unknown method": LIVE.replace(b"GET", b"FETCH") + b"\r\n",
    "a method in lower case": LIVE.replace(b"GET", b"get") + b"\r\n",
    "a path of bytes": LIVE.replace(b"/health/live", b"/\xff\xfe") + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "zeros": bytes(100),
    "a head one byte over the limit": LIVE + b"X-A: " + b"a" * (MANY - len(LIVE) - 8) + b"\r\n\r\n",
}
ANSWERED |= clear(LIVE)
REFUSED |= unclear(LIVE, CHUNKED)
IN_PIECES = chunked(CHUNKED)
ENDLESS = {
    "one header": [LIVE + b"X-A: ", *[b"a" * MANY] * 40],
    "many headers": [LIVE, *[b"X-A: " + b"a" * 1000 + b"\r\n"] * 2000],
    "a path": [b"GET /", *[b"a" * MANY] * 40],
    "a chunk extension": [CHUNKED + b"1;", *[b"a" * MANY] * 40],
    "trailers": [CHUNKED + b"2\r\n{}\r\n0\r\n", *[b"X-A: " + b"a" * MANY + b"\r\n"] * 40],
}
TOO_LARGE = {
    "told": [CHECK + b"Content-Length: 1048577\r\n\r\n"],
    "told and sent": [CHECK + b"Content-Length: 2000000\r\n\r\n", b" " * 2_000_000],
    "told before it is sent": [CHECK + b"Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n"],
    "never told": [CHUNKED, *[b"10000\r\n" + b" " * MANY + b"\r\n"] * 40],
}


@pytest.mark.parametrize("name", ANSWERED)
def test_it_answers_what_is_odd_but_clear(send, name):
    answer = send(ANSWERED[name])
    assert statuses(answer) == [200]
    assert answer.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("name", IN_PIECES)
def test_it_puts_a_body_together(send, name):
    assert statuses(send(IN_PIECES[name])) == [401]  # it was read, and had no credential


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_what_could_be_read_in_two_ways(send, name):
    assert statuses(send(REFUSED[name])) == [400]


@pytest.mark.parametrize("name", ENDLESS)
def test_it_refuses_what_never_ends(send, name):
    assert statuses(send(*ENDLESS[name])) in ([400], [])  # the reset may overtake it


@pytest.mark.parametrize("name", TOO_LARGE)
def test_it_refuses_a_body_over_the_limit(send, name):
    head, _, body = send(*TOO_LARGE[name]).partition(b"\r\n\r\n")
    assert statuses(head) == [413]
    assert json.loads(body)["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize("path", [b"/api/v1/nope", b"/nope"])
def test_forged_names_of_this_server_are_not_believed(server, path):
    forged = b"".join(
        name + b": forged.example\r\n"
        for name in (b"X-Forwarded-Host", b"X-Forwarded-Proto", b"X-Forwarded-Server", b"X-Host")
    )
    request = LIVE.replace(b"/health/live", path).replace(b"localhost", b"forged.example")
    answer = server.answer(request + b"Forwarded: host=forged.example\r\n" + forged + b"\r\n")
    assert statuses(answer) == [404]
    assert b"forged" not in answer


def test_a_line_break_in_the_path_makes_no_header(server):
    path = b"/problems/a%0d%0aSet-Cookie:%20a=b"
    head, _, _ = server.answer(LIVE.replace(b"/health/live", path) + b"\r\n").partition(b"\r\n\r\n")
    assert b"set-cookie" not in head.lower()


def test_two_requests_in_one_piece_get_two_answers(server):
    assert statuses(server.answer(SECOND + LIVE + b"\r\n")) == [200, 200]


def test_it_does_not_say_what_it_is_built_of(server):
    head = server.answer(LIVE + b"\r\n").partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nserver:" not in head


def test_metrics_are_for_this_host_and_not_for_whoever_stands_behind_a_proxy(server):
    request = LIVE.replace(b"/health/live", b"/metrics")
    assert b"podkluch_requests_total" in server.answer(request + b"\r\n")
    for name in (b"X-Forwarded-For", b"Forwarded", b"X-Real-IP", b"Via"):
        for value in (b"127.0.0.1", b""):
            refused = server.answer(request + name + b": " + value + b"\r\n\r\n")
            assert statuses(refused) == [404]


def test_a_client_that_leaves_is_no_defect(server):
    before = len(server.lines())
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(CHECK + b"Content-Length: 100\r\n\r\n{")
    while len(told := server.lines()[before:]) == 0:
        server.answer(LIVE + b"\r\n")
    assert {line["event"] for line in told} == {"request"}


def test_the_corpus_has_its_number_of_requests():
    assert sum(map(len, (ANSWERED, REFUSED, IN_PIECES, ENDLESS, TOO_LARGE))) == COUNT


def test_nothing_of_all_this_was_unexpected(server):
    server.answer(LIVE + b"\r\n")
    assert {line["level"] for line in server.lines()} <= {"info", "warning"}
