import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from app.demo.cut import ARTIFACTS, Forwarder, Transfer

BODY = bytes(range(251)) * 1000


class Upstream(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        start = int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        self.wfile.write(BODY[start:])

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said[::-1])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def forwarder() -> Iterator[Forwarder]:
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=upstream.serve_forever, args=(0.01,))
    thread.start()
    try:
        with Forwarder(f"http://127.0.0.1:{upstream.server_address[1]}") as forwarder:
            yield forwarder
    finally:
        upstream.shutdown()
        thread.join()
        upstream.server_close()


@pytest.fixture
def connection(forwarder: Forwarder) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(forwarder.url).netloc, timeout=30)
    yield connection
    connection.close()


def test_a_file_breaks_off_in_the_middle_once(forwarder: Forwarder, connection):
    connection.request("GET", f"{ARTIFACTS}ab")
    with pytest.raises(http.client.IncompleteRead) as cut:
        connection.getresponse().read()
    half = len(BODY) // 2
    assert cut.value.partial == BODY[:half]
    connection.close()
    connection.request("GET", f"{ARTIFACTS}ab", headers={"Range": f"bytes={half}-"})
    assert connection.getresponse().read() == BODY[half:]
    answered = f"bytes {half}-{len(BODY) - 1}/{len(BODY)}"
    assert forwarder.transfers == [
        Transfer(200, len(BODY), half, None, None),
        Transfer(206, len(BODY) - half, len(BODY) - half, f"bytes={half}-", answered),
    ]


def test_everything_else_passes_whole_over_one_connection(forwarder: Forwarder, connection):
    for _ in range(2):
        connection.request("POST", "/api/v1/offers", b"abc", {"Connection": "keep-alive"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (201, b"cba")
    connection.request("GET", "/api/v1/information")
    assert connection.getresponse().read() == BODY
    assert forwarder.transfers == []


def test_a_file_is_changed_only_while_that_is_wanted(forwarder: Forwarder, connection):
    forwarder.transfers.append(Transfer(200, 1, 1, None, None))
    path = f"{ARTIFACTS}ab"
    with forwarder.tampering():
        connection.request("GET", path)
        changed = connection.getresponse().read()
    assert (len(changed), changed[0], changed[1:]) == (len(BODY), BODY[0] ^ 1, BODY[1:])
    connection.request("GET", path)
    assert connection.getresponse().read() == BODY
