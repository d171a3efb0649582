"""A forwarder on loopback that breaks the connection once, and changes files when asked to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, Self
from urllib.parse import urlsplit

ARTIFACTS = "/api/v1/artifacts/"
_CHUNK = 1 << 16
_TIMEOUT = 60
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}  # RFC 9110 §7.6.1


@dataclass(frozen=True, slots=True)
class Transfer:
    """One request for the bytes of a file, as it passed."""

    status: int
    length: int
    """Bytes that the answer announced."""
    passed: int
    """How many of them are let through."""
    asked: str | None
    """The Range of the request."""
    answered: str | None
    """The Content-Range of the answer."""

    @property
    def is_whole(self) -> bool:
        """Whether all of the answer got through."""
        return self.passed == self.length


class Forwarder(ThreadingTCPServer):
    """Stands before a server at `url` until it is closed; `transfers` is what it saw."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.transfers: list[Transfer] = []
        self.tampers = False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where agents are sent to."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def tampering(self) -> Iterator[None]:
        """Files that pass meanwhile have another first byte."""
        self.tampers = True
        try:
            yield
        finally:
            self.tampers = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; it sees what happened to it itself."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Forwarder

    def do_GET(self) -> None:
        self._forward()

    def do_HEAD(self) -> None:
        self._forward()

    def do_POST(self) -> None:
        self._forward()

    def log_message(self, *_: object) -> None:
        """The server behind writes the log."""

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        connection = HTTPConnection(self.server.upstream, timeout=_TIMEOUT)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body or None, headers)
            self._answer(connection.getresponse())
        finally:
            connection.close()

    def _answer(self, response: HTTPResponse) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.end_headers()
        length = response.length or 0
        is_file = self.command == "GET" and self.path.startswith(ARTIFACTS)
        is_cut = is_file and not self.server.transfers
        passed = length // 2 if is_cut else length
        if is_file:  # written down first: who has got the bytes may ask for this at once
            seen = Transfer(
                status=response.status,
                length=length,
                passed=passed,
                asked=self.headers.get("Range"),
                answered=response.getheader("Content-Range"),
            )
            self.server.transfers.append(seen)
        if is_file and self.server.tampers and passed:
            self.wfile.write(bytes([response.read(1)[0] ^ 1]))
            passed -= 1
        self._pass(response, passed)
        self.close_connection = is_cut

    def _pass(self, response: HTTPResponse, rest: int) -> None:
        while rest > 0 and (chunk := response.read(min(_CHUNK, rest))):
            self.wfile.write(chunk)
            rest -= len(chunk)
