import pytest
from tuf.api.exceptions import DownloadHTTPError, DownloadLengthMismatchError

from agent.codes import Code
from agent.errors import Failure
from agent.fetcher import Fetcher
from agent.pace import Pace
from agent.transport import Route, Transport
from tests.simulators.exchange import hang_up, raw
from tests.simulators.fetching import Ticking


@pytest.fixture
def timing():
    return Ticking()


@pytest.fixture
def fetcher(server, timing):
    transport = Transport(Route(server.url, timing=timing))
    yield Fetcher(transport, server.repository.id)
    transport.close()


def timestamp(fetcher):
    return fetcher.download_bytes(f"{fetcher.metadata_url}timestamp.json", 16_384)


def test_metadata_are_asked_for_without_any_secret(fetcher, server):
    assert timestamp(fetcher) == server.repository.files["timestamp.json"]
    ((route, body, headers),) = server.requests
    assert (route, body, "Authorization" in headers) == ("GET tuf", b"", False)


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (301, 1), (429, 3), (503, 3)])
def test_a_status_that_may_pass_is_tried_again(fetcher, server, timing, status, tries):
    server.before("GET tuf", *[raw(status, b"")] * 3)
    with pytest.raises(DownloadHTTPError) as failed:
        timestamp(fetcher)
    assert (failed.value.status_code, server.count("GET tuf")) == (status, tries)
    assert timing.waited == [0.5, 1.0][: tries - 1]


def test_a_broken_connection_begins_anew(fetcher, server):
    body = server.repository.files["timestamp.json"]
    cut = raw(200, body[:50], Content_Length=str(len(body)), Connection="close")

    def broken(exchange):
        cut(exchange)
        exchange.handler.close_connection = True

    server.before("GET tuf", broken, hang_up)
    assert timestamp(fetcher) == body


def test_a_server_that_is_gone_is_the_networks_fault(fetcher, server):
    server.before("GET tuf", *[hang_up] * 3)
    with pytest.raises(Failure) as failed:
        timestamp(fetcher)
    assert failed.value.code == Code.NETWORK


def test_more_than_the_limit_is_no_more_read(fetcher, server):
    server.before("GET tuf", raw(200, b" " * 16_385))
    with pytest.raises(DownloadLengthMismatchError):
        timestamp(fetcher)
    assert server.count("GET tuf") == 1


def test_a_release_comes_from_its_download_and_from_nowhere_else(fetcher, server):
    fetcher.artifact = lambda: iter([b"by", b"tes"])
    chunks = fetcher.fetch(f"{fetcher.targets_url}ext/a/1/x.cfe")
    assert b"".join(chunks) == b"bytes"
    assert server.requests == []
    with pytest.raises(DownloadHTTPError):
        b"".join(fetcher.fetch(f"{fetcher.targets_url}trust/api-keys.json"))


# The least speed


@pytest.mark.parametrize(
    ("size", "seconds", "is_slow"),
    [(1, 1.0, True), (1023, 1.0, True), (1025, 1.0, False), (100, 0.05, False)],
)
def test_a_kilobyte_a_second_is_fast_enough(size, seconds, is_slow):
    timing = Ticking()

    def drops():
        for _ in range(90):
            timing.time += seconds
            yield b"x" * size

    kept = Pace(timing, 10**6).kept(drops())
    if not is_slow:
        assert len(b"".join(kept)) == 90 * size
        return
    with pytest.raises(Failure) as failed:
        b"".join(kept)
    assert failed.value.code == Code.DOWNLOAD_TOO_SLOW
    assert timing.time <= 90


def test_the_whole_has_an_end_too():
    timing = Ticking()
    pace = Pace(timing, 20 * 1024 * 10)
    timing.time = 129.0
    pace.check()
    timing.time = 131.0
    with pytest.raises(Failure) as failed:
        pace.check()
    assert failed.value.code == Code.DOWNLOAD_TOO_SLOW
