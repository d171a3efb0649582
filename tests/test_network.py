import asyncio
import socket

import pytest

from tests.apart import run_apart
from tests.network import OutsideNetworkError

# Addresses that RFC 5737 and RFC 3849 reserve for documentation.
OUTSIDE = [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0), ("host.example", 80)]


@pytest.mark.parametrize("address", OUTSIDE)
def test_no_socket_leaves_this_machine(address) -> None:
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family) as client:
        with pytest.raises(OutsideNetworkError):
            client.connect(address)
        with pytest.raises(OutsideNetworkError):
            client.connect_ex(address)


def test_no_name_is_looked_up_outside() -> None:
    with pytest.raises(OutsideNetworkError):
        socket.create_connection(("host.example", 80))
    with pytest.raises(OutsideNetworkError):
        run_apart(asyncio.open_connection("192.0.2.1", 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1])).close()
