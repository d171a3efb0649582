"""The load client: counts what was answered, and voids a round at the first wrong answer."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from tests.bench.load import Client, Job, request
from tests.bench.measure import BrokenRunError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
SHARED = [OK[:20], OK[20:41], OK[41:]]
MISSING = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
NO_LENGTH = b"HTTP/1.1 200 OK\r\n\r\nhello"
TOO_MUCH = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhello"


@pytest.fixture
def client(tmp_path) -> Iterator[Client]:
    with Client(tmp_path) as made:
        yield made


class Parrot:
    """A server that gives the same answer to every request."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.threads: list[threading.Thread] = []

    def start(self, *parts: bytes) -> int:
        """The port on which it answers by these parts."""
        self._run(self._accept, parts)
        return self.listener.getsockname()[1]

    def _run(self, work: Callable[..., None], *given: object) -> None:
        self.threads.append(threading.Thread(target=work, args=given))
        self.threads[-1].start()

    def _accept(self, parts: tuple[bytes, ...]) -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                self._run(self._serve, self.listener.accept()[0], parts)

    @staticmethod
    def _serve(connection: socket.socket, parts: tuple[bytes, ...]) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with closing(connection), suppress(OSError):  # the client may hang up first
            while connection.recv(65_536):
                for part in parts:
                    connection.sendall(part)

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def answering() -> Iterator[Callable[..., int]]:
    """Starts one with the parts of its answer; its port."""
    parrot = Parrot()
    yield parrot.start
    parrot.stop()


def a_round(client: Client, port: int, number: int = 10, connections: int = 2, status: int = 200):
    plan = client.keep("plan", [request("GET", "/", status=status)])
    return client.run(Job(plan, 0, port, connections, 60.0, number))


def test_it_counts_requests_bytes_and_time(client, answering):
    found = a_round(client, answering(OK))
    assert (found.requests, found.sent, found.faults) == (10, 10, {})
    assert found.received == 10 * len(OK)
    assert 0 < found.p50 <= found.p99
    assert found.rps == pytest.approx(found.requests / found.seconds)


def test_an_answer_in_pieces_is_one_answer(client, answering):
    assert a_round(client, answering(*SHARED)).requests == 10


@pytest.mark.parametrize("answer", [MISSING, NO_LENGTH, TOO_MUCH])
def test_any_wrong_answer_voids_the_round(client, answering, answer):
    with pytest.raises(BrokenRunError):
        a_round(client, answering(answer))


def test_an_expected_refusal_is_an_answer(client, answering):
    assert a_round(client, answering(MISSING), status=404).requests == 10


def test_a_good_answer_where_a_refusal_was_due_voids_the_round(client, answering):
    with pytest.raises(BrokenRunError, match="status 200, not 403"):
        a_round(client, answering(OK), status=403)


def test_nobody_there_voids_the_round(client):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(BrokenRunError, match="no connection"):
        a_round(client, port)


def test_plans_of_one_name_stay_apart(client, answering):
    port = answering(OK)
    first = client.keep("same", [request("GET", "/", status=404)])
    second = client.keep("same", [request("GET", "/")])
    assert first != second
    assert client.run(Job(second, 0, port, 1, 60.0, 3)).requests == 3
    with pytest.raises(BrokenRunError):
        client.run(Job(first, 0, port, 1, 60.0, 3))
