"""Between agents and a server: a proxy that passes everything on, until it is told otherwise."""

import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

PIECE = b" " * 65_536
ENDLESS = 200 * 1024 * 1024
PAUSE = 0.25  # seconds between two bytes that drip
_OF_THE_WIRE = {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "date"}


@dataclass
class Exchange:
    """One request and the way back to who asks."""

    handler: BaseHTTPRequestHandler
    method: str
    body: bytes
    upstream: str
    closed: threading.Event

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.handler.path.rpartition("/")[2]

    def forwarded(self, path: str = "") -> tuple[int, dict[str, str], bytes]:
        """What the server answers to this request, or to the same at another path."""
        connection = HTTPConnection(urlsplit(self.upstream).netloc, timeout=60)
        headers = {
            name: value
            for name, value in self.handler.headers.items()
            if name.lower() not in _OF_THE_WIRE
        }
        try:
            connection.request(self.method, path or self.handler.path, self.body or None, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer."""
        self.begin(status, headers, str(len(body)))
        self.write(body)

    def begin(self, status: int, headers: Mapping[str, str], length: str | None) -> None:
        """The head of one; without a length its body comes in chunks."""
        self.handler.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _OF_THE_WIRE:
                self.handler.send_header(name, value)
        if length is None:
            self.handler.send_header("Transfer-Encoding", "chunked")
        else:
            self.handler.send_header("Content-Length", length)
        self.handler.end_headers()

    def write(self, data: bytes) -> None:
        """Some of its body; OSError if nobody listens any more."""
        self.handler.wfile.write(data)


Act = Callable[[Exchange], None]


def honest(exchange: Exchange) -> None:
    """Passes on what there is."""
    exchange.answer(*exchange.forwarded())


def altered(change: Callable[[bytes], bytes]) -> Act:
    """Other bytes in place of those of the server."""

    def act(exchange: Exchange) -> None:
        status, headers, body = exchange.forwarded()
        exchange.answer(status, headers, change(body))

    return act


def replayed(files: Mapping[str, bytes]) -> Act:
    """A mirror that knows these files and no others."""

    def act(exchange: Exchange) -> None:
        body = files.get(exchange.name)
        exchange.answer(404 if body is None else 200, {}, body or b"")

    return act


def elsewhere(ours: str, theirs: str) -> Act:
    """What the server has at another path."""
    return lambda exchange: exchange.answer(
        *exchange.forwarded(exchange.handler.path.replace(ours, theirs))
    )


class Endless:
    """Spaces without an end, in chunks or under a length of their own; `sent` is how many."""

    def __init__(self, *, chunked: bool) -> None:
        self.chunked, self.sent = chunked, 0

    def __call__(self, exchange: Exchange) -> None:
        exchange.begin(200, {}, None if self.chunked else str(ENDLESS))
        frame = b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if self.chunked else PIECE
        for _ in range(ENDLESS // len(PIECE)):
            exchange.write(frame)
            self.sent += len(PIECE)


def dripped(exchange: Exchange) -> None:
    """The true answer, four bytes a second."""
    status, headers, body = exchange.forwarded()
    exchange.begin(status, headers, str(len(body)))
    for number in range(len(body)):
        if exchange.closed.wait(PAUSE):
            return
        exchange.write(body[number : number + 1])


def promised(exchange: Exchange) -> None:
    """Interim answers without an end, and never a final one."""
    while not exchange.closed.wait(PAUSE):
        exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), OSError):  # agents come and go
            super().handle_error(request, client_address)


class Middleman:
    """Start it with `with`; `upstream` is the server, `url` is what agents take for it."""

    def __init__(self) -> None:
        self.upstream = ""
        self._attacks: list[tuple[re.Pattern[str], Act]] = []
        self._closed = threading.Event()

    @contextmanager
    def between(self, requests: str, act: Act) -> Iterator[None]:
        """Meanwhile it acts on these requests, a pattern of "GET /path"."""
        attack = (re.compile(requests), act)
        self._attacks.append(attack)
        yield
        self._attacks.remove(attack)

    def __enter__(self) -> Self:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                owner._serve(self, "GET")

            def do_POST(self) -> None:
                owner._serve(self, "POST")

            def log_message(self, *_: object) -> None:
                """The server has a log."""

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, method: str) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        asked = f"{method} {handler.path}"
        act = next((act for where, act in self._attacks if where.search(asked)), honest)
        exchange = Exchange(handler, method, body, self.upstream, self._closed)
        handler.close_connection = act is not honest
        with suppress(OSError):  # the agent left
            act(exchange)
            return
        handler.close_connection = True
