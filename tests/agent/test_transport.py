import socket
import time
from contextlib import contextmanager

import httpx2
import pytest

from agent.client import Client
from agent.clock import Timing
from agent.codes import Code, Exit
from agent.errors import Failure
from agent.transport import Route, ServerRefused, Transport
from tests.simulators.exchange import KEY, hang_up, problem, raw


class Waiting(Timing):
    def __init__(self):
        self.time, self.waited = 0.0, []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds
        self.waited.append(seconds)


@pytest.fixture
def timing():
    return Waiting()


@pytest.fixture
def client(server, timing):
    made = Client(Route(server.url, timeout=60, timing=timing), KEY)
    yield made
    made.close()


def refused_by(client):
    with pytest.raises(ServerRefused) as refused:
        client.information()
    return refused.value


def failed_by(client):
    with pytest.raises(Failure) as failed:
        client.information()
    return failed.value


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_the_server_asks(server, client, timing, status):
    server.before("GET information", problem(status, "BUSY", 5), problem(status, "BUSY", 9))
    assert client.information().name == "Podkluch"
    assert timing.waited == [5, 9]


def test_it_waits_no_longer_than_its_timeout(server, client, timing):
    server.before("GET information", *[problem(503, "BUSY", 25)] * 3)
    assert refused_by(client).exit is Exit.NETWORK
    assert timing.waited == [25, 25]


def test_no_pause_is_too_short(server, client, timing):
    server.before("GET information", problem(503, "BUSY", 0))
    client.information()
    assert timing.waited == [1.0]


@pytest.mark.parametrize("retry_after", [None, "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])
def test_without_a_number_of_seconds_it_does_not_wait(server, client, timing, retry_after):
    server.before("GET information", problem(503, "MAINTENANCE", retry_after))
    assert refused_by(client).code == "MAINTENANCE"
    assert timing.waited == []


def test_other_refusals_are_not_repeated(server, client):
    server.before("GET information", problem(409, "CONFLICT", 5))
    refused_by(client)
    assert server.count("GET information") == 1


def test_a_broken_connection_is_tried_again(server, client, timing):
    server.before("GET information", hang_up, hang_up)
    assert client.information().name == "Podkluch"
    assert timing.waited == [0.5, 1.0]


def test_a_connection_that_stays_broken_is_the_network(server, client):
    server.before("GET information", *[hang_up] * 3)
    failure = failed_by(client)
    assert (failure.code, failure.exit) == (Code.NETWORK, Exit.NETWORK)
    assert "Проверьте адрес" in failure.diagnostics("ru")
    assert "Check the server address" in failure.diagnostics("en")


def test_nobody_listening_is_the_network(timing):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = Client(Route(f"http://127.0.0.1:{taken.getsockname()[1]}", timing=timing), KEY)
        assert failed_by(client).code == Code.NETWORK
        client.close()


def endless(piece):
    """Writes a piece again and again, until the agent leaves."""

    def act(exchange):
        exchange.handler.close_connection = True
        while True:
            try:
                exchange.handler.wfile.write(piece)
            except OSError:
                return
            time.sleep(0.01)

    return act


def test_an_answer_that_drips_is_the_network(server, client, timing, monkeypatch):
    def dripping(exchange):
        exchange.handler.send_response(200)
        exchange.handler.send_header("Content-Length", "1000000")
        exchange.handler.end_headers()
        endless(b"{")(exchange)

    ticks = iter(range(0, 1000, 61))
    monkeypatch.setattr(timing, "now", lambda: next(ticks))
    server.before("GET information", dripping)
    assert "не ответил за 60 с" in failed_by(client).diagnostics("ru")
    assert server.count("GET information") == 1


def test_a_silent_server_is_the_network(timing):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = Client(Route(url, timeout=0.05, timing=timing), KEY)
        failure = failed_by(client)
        assert "не ответил за 0.05 с" in failure.diagnostics("ru")
        client.close()


@pytest.mark.parametrize("piece", [b"X", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_an_answer_that_never_begins_is_the_network(server, timing, piece):
    server.before("GET information", endless(piece))
    client = Client(Route(server.url, timeout=0.2, timing=timing), KEY)
    assert "не ответил за 0.2 с" in failed_by(client).diagnostics("ru")
    client.close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>hello</html>"), (200, b"{}"), (200, b'{"name": 1}'), (200, b"\xff"),
        (404, b"<html>no such page</html>"), (502, b"Bad Gateway"), (403, b'{"error": "no"}'),
        (200, b" " * (8 * 1024 * 1024 + 1)),
    ],
)  # fmt: skip
def test_what_is_not_our_server_is_the_network(server, client, status, body):
    server.before("GET information", raw(status, body))
    failure = failed_by(client)
    assert failure.code == Code.NETWORK
    assert "отвечает не сервер" in failure.diagnostics("ru")
    assert "no Podkluch server" in failure.diagnostics("en")


def test_a_refusal_tells_what_happened_the_next_step_and_whom_to_name(server, client):
    server.before("GET information", problem(403, "KEY_SUSPENDED", seats=[1]))
    refused = refused_by(client)
    assert (refused.code, refused.status, refused.params) == ("KEY_SUSPENDED", 403, {"seats": [1]})
    assert (refused.action, refused.request_id) == ("contact_vendor", "7f2c91e04b5d")
    text = refused.diagnostics("ru")
    assert text == (
        "Отказ KEY_SUSPENDED. Обратитесь к вендору, назовите номер запроса."
        " Номер запроса: 7f2c91e04b5d."
    )


def test_what_it_sends_besides_the_message(server, client):
    client.information()
    _, _, headers = server.requests[-1]
    assert headers["Accept-Language"] == "ru"
    assert headers["User-Agent"].startswith("podkluch-agent/")
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert len(headers["X-Request-Id"]) == 32


def test_a_proxy_never_gets_what_stays_on_this_computer(server, monkeypatch, timing):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = Client(Route(server.url, timing=timing, proxy="http://127.0.0.1:9"), KEY)
    assert client.information().name == "Podkluch"
    client.close()


def test_a_file_of_certificates_that_is_none_is_named(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    with pytest.raises(Failure) as failed:
        Client(Route("https://127.0.0.1", ca_file=str(path)), KEY)
    assert failed.value.exit is Exit.USAGE
    assert str(path) in failed.value.diagnostics("ru")


@pytest.mark.parametrize("path", ["//evil.example/x", "/a\nb", "/\0", "/" + "a" * 70_000])
def test_an_address_of_the_server_that_leads_elsewhere_is_not_followed(client, path):
    with pytest.raises(Failure) as failed, client.transport.open(path, {}, "s"):
        pass
    assert failed.value.code == Code.NETWORK


def test_a_redirect_from_outside_does_not_lead_into_this_computer(monkeypatch):
    transport, asked = Transport(Route("https://licences.example")), []

    @contextmanager
    def answered(_, url, *__):
        asked.append(url)
        yield httpx2.Response(
            303, headers={"Location": "http://127.0.0.1/x"}, request=httpx2.Request("GET", url)
        )

    monkeypatch.setattr(transport, "_stream", answered)
    with pytest.raises(Failure), transport.open("/api/v1/artifacts/x", {}, "s"):
        pass
    assert asked == ["https://licences.example/api/v1/artifacts/x"]
    transport.close()


def test_redirects_of_answers_are_not_followed(server, client):
    server.before("GET information", raw(302, b"", Location=f"{server.url}/api/v1/information"))
    assert failed_by(client).code == Code.NETWORK
    assert server.count("GET information") == 1
