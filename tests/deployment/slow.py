"""Clients that send or take next to nothing, many at once, each from an address of its own."""

import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address

_FIRST = IPv4Address("127.1.0.0")
_GONE = select.POLLERR | select.POLLHUP | select.POLLRDHUP

SILENT_HEAD = b"GET /api/v1/information HTTP/1.1\r\nHost: slow\r\nX-Slow: "
"""The beginning of a request, of which the head never ends."""
SILENT_BODY = (
    b"POST /api/v1/license-checks HTTP/1.1\r\nHost: slow\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)
"""A whole head and some of the body."""


def request_for(path: str, headers: Mapping[str, str]) -> bytes:
    """A request for a file, which nobody then reads."""
    told = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: slow\r\n{told}\r\n".encode()


@dataclass
class Crowd:
    """Connections that wait to be closed; nobody is asked to wait for them."""

    poll: select.poll = field(default_factory=select.poll)
    clients: dict[int, socket.socket] = field(default_factory=dict)
    joined: int = 0

    def join(
        self, address: tuple[str, int], said: bytes, *, reads: bool, own_address: bool = True
    ) -> None:
        """One more, unless said otherwise from an address that nobody else here has."""
        client = socket.socket()
        # What stays unread has to stay at the server.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.joined += 1
        if own_address:
            client.bind((str(_FIRST + self.joined), 0))
        client.connect(address)
        client.sendall(said)
        self.clients[client.fileno()] = client
        # Of who does not read only the end counts, not what there would be to read.
        self.poll.register(client, select.POLLIN if reads else _GONE)

    def leave(self) -> int:
        """How many were closed since the last look; it waits for the first for a second."""
        gone = self.poll.poll(1000)
        return sum(self._is_closed(number) for number, _ in gone)

    def _is_closed(self, number: int) -> bool:
        client = self.clients[number]
        try:
            left = client.recv(65_536)  # an answer like 408 may come first
        except ConnectionResetError:
            left = b""
        if left:
            return False
        self.poll.unregister(client)
        self.clients.pop(number).close()
        return True

    def close(self) -> None:
        for client in self.clients.values():
            client.close()


@contextmanager
def crowd() -> Iterator[Crowd]:
    made = Crowd()
    try:
        yield made
    finally:
        made.close()
