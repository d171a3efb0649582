"""Keeps tests on this machine: a socket that would leave it is refused before it is tried."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class OutsideNetworkError(AssertionError):
    """A test reached for another machine."""


def require_loopback(address: object) -> None:
    """Lets pass what is no IP address (a Unix socket) and what stays on this machine."""
    host = address[0] if isinstance(address, tuple) and address else None
    if not isinstance(host, str) or host in {"", "localhost"}:
        return
    try:
        inside = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise OutsideNetworkError(f"a test reached for {host}; only loopback is allowed")


@contextmanager
def loopback_only() -> Iterator[None]:
    """Guards this process; what libpq or a child process does is not seen here."""
    connect, connect_ex, resolve = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded_connect(self, address):
        require_loopback(address)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        require_loopback(address)
        return connect_ex(self, address)

    def guarded_resolve(host, *rest, **options):
        require_loopback((host,))
        return resolve(host, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield
