import random

import pytest

from agent.codes import Code
from agent.errors import Failure
from agent.locks import held
from agent.transport import ServerRefused
from tests.simulators.exchange import hang_up, problem, raw
from tests.simulators.fetching import Fetching
from tests.simulators.licence_answers import cut_after, with_status_200, without_range
from wire.extensions import OfferedArtifact as Artifact

BYTES = random.Random(7).randbytes(200_000)  # noqa: S311 - only has to be long


@pytest.fixture
def fetching(server, tmp_path):
    made = Fetching(server, tmp_path, BYTES)
    yield made
    made.client.close()


def test_it_fetches_the_whole_file(fetching):
    assert fetching.run().read_bytes() == BYTES
    assert fetching.names() == [".cfe", ".lock"]
    assert fetching.shown[-1] == len(BYTES)


def test_it_asks_for_the_bytes_as_they_are(fetching, server):
    fetching.run()
    assert {headers["Accept-Encoding"] for _, _, headers in server.requests} == {"identity"}


def test_a_file_fetched_before_is_not_fetched_again(fetching):
    fetching.run()
    fetching.run()
    assert fetching.ranges == [None]


def test_a_fetched_file_that_was_changed_is_fetched_again(fetching):
    fetching.run().write_bytes(BYTES[:-1] + b"x")
    assert fetching.run().read_bytes() == BYTES


def test_a_cut_is_resumed_where_it_broke(fetching, server):
    server.before("GET artifacts", cut_after(70_000), cut_after(60_000))
    assert fetching.run().read_bytes() == BYTES
    assert fetching.ranges == [None, "bytes=70000-", "bytes=130000-"]
    assert fetching.timing.waited == [0.5, 1.0]


def test_the_next_run_resumes_what_an_earlier_one_left(fetching):
    fetching.leave_part(BYTES[:123_456])
    assert fetching.run().read_bytes() == BYTES
    assert fetching.ranges == ["bytes=123456-"]


def test_eight_resumes_are_enough_and_nine_are_not(fetching, server):
    server.before("GET artifacts", *[cut_after(1000)] * 8)
    assert fetching.run().read_bytes() == BYTES


def test_after_eight_resumes_it_gives_up_and_keeps_the_part(fetching, server):
    server.before("GET artifacts", *[cut_after(1000)] * 9)
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code == Code.DOWNLOAD_INCOMPLETE
    assert failed.value.params == {"done": 9000, "size": len(BYTES)}
    assert ".part" in fetching.names()
    assert max(fetching.timing.waited) <= 30


def test_a_server_that_never_gives_a_byte_is_unreachable(fetching, server):
    server.before("GET artifacts", *[hang_up] * 9)
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code == Code.NETWORK


def test_a_server_that_ignores_the_range_starts_anew(fetching, server):
    server.before("GET artifacts", cut_after(50_000), without_range)
    assert fetching.run().read_bytes() == BYTES


def test_a_range_answered_with_200_is_a_range(fetching, server):
    server.before("GET artifacts", cut_after(50_000), with_status_200)
    assert fetching.run().read_bytes() == BYTES


def test_a_changed_etag_starts_anew(fetching):
    fetching.leave_part(b"\0" * 1000, etag='"of-another-file"')
    assert fetching.run().read_bytes() == BYTES


def test_a_range_that_begins_elsewhere_is_not_appended(fetching, server):
    elsewhere = raw(206, BYTES[5:], Content_Range=f"bytes 5-{len(BYTES) - 1}/{len(BYTES)}")
    server.before("GET artifacts", cut_after(50_000), elsewhere)
    assert fetching.run().read_bytes() == BYTES
    assert fetching.ranges == [None, "bytes=50000-", None]


def test_416_drops_the_part_and_starts_anew(fetching, server):
    fetching.leave_part(BYTES[:1000])
    server.before("GET artifacts", problem(416, "RANGE_INVALID"))
    assert fetching.run().read_bytes() == BYTES
    assert fetching.ranges == ["bytes=1000-", None]


def test_a_damaged_part_of_an_earlier_run_is_fetched_anew(fetching):
    fetching.leave_part(b"\0" * 1000)
    assert fetching.run().read_bytes() == BYTES
    assert fetching.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("etag", ["", "\xff", '"a\nb"', '"\0"', '"ё"', f'"{"x" * 100_000}"'])
def test_a_part_with_a_damaged_etag_is_fetched_anew(fetching, etag):
    fetching.leave_part(BYTES[:1000])
    [file] = fetching.folder.glob("*.etag")
    file.write_bytes(etag.encode())
    assert fetching.run().read_bytes() == BYTES
    assert fetching.ranges == [None]


@pytest.mark.parametrize("code", ["DOWNLOAD_EXPIRED", "DOWNLOAD_NOT_FOUND"])
def test_an_expired_right_is_asked_for_once_more_and_the_file_resumed(fetching, server, code):
    server.before("GET artifacts", cut_after(70_000), problem(410, code))
    assert fetching.run().read_bytes() == BYTES
    assert server.count("POST downloads") == 2
    assert fetching.ranges[-1] == "bytes=70000-"


def test_a_right_that_expires_twice_is_a_refusal(fetching, server):
    server.before("GET artifacts", *[problem(410, "DOWNLOAD_EXPIRED")] * 2)
    with pytest.raises(ServerRefused) as refused:
        fetching.run()
    assert (refused.value.code, refused.value.exit) == ("DOWNLOAD_EXPIRED", 11)


def test_it_waits_as_long_as_the_server_asks(fetching, server):
    server.before("GET artifacts", problem(429, "DOWNLOAD_LIMIT", 40), problem(503, "BUSY", 7))
    assert fetching.run().read_bytes() == BYTES
    assert fetching.timing.waited == [40, 7]


def test_it_waits_no_longer_than_the_timeout(fetching, server):
    server.before("GET artifacts", *[problem(429, "DOWNLOAD_LIMIT", 40)] * 2)
    with pytest.raises(ServerRefused) as refused:
        fetching.run()
    assert refused.value.code == "DOWNLOAD_LIMIT"
    assert fetching.timing.waited == [40]


def test_a_right_revoked_on_the_way_is_a_refusal(fetching, server):
    server.before("GET artifacts", cut_after(10), problem(403, "KEY_REVOKED"))
    with pytest.raises(ServerRefused) as refused:
        fetching.run()
    assert refused.value.code == "KEY_REVOKED"


def test_a_dripping_server_is_left(fetching):
    fetching.timing.step = 61
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code == Code.DOWNLOAD_TOO_SLOW


@pytest.mark.parametrize(
    "body", [b"\0" * len(BYTES), BYTES + b"1", b""], ids=["other bytes", "too long", "empty"]
)
def test_wrong_bytes_never_get_a_name(fetching, server, body):
    server.before("GET artifacts", *[raw(200, body)] * 9)
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code in {Code.SIGNATURE_BAD, Code.NETWORK}
    assert ".cfe" not in fetching.names()


def test_a_range_of_another_length_is_refused(fetching, server):
    fetching.leave_part(BYTES[:1000])
    other = raw(206, b"x", Content_Range="bytes 1000-1000/1001")
    server.before("GET artifacts", other)
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code == Code.SIGNATURE_BAD


def test_a_digest_that_is_no_digest_names_no_file(fetching):
    fetching.artifact = Artifact("../../evil", 5, "x.cfe")
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code == Code.SIGNATURE_BAD


def test_two_runs_do_not_write_one_part(fetching):
    fetching.timing.step = 61
    fetching.folder.mkdir()
    lock = fetching.folder / f"{fetching.artifact.sha256}.lock"
    with held(lock), pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code == Code.BUSY_LOCAL


def test_a_full_disk_is_named_before_the_first_byte(fetching, monkeypatch):
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr("agent.download.shutil.disk_usage", lambda _: usage)
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert (failed.value.code, failed.value.exit) == (Code.DISK_FULL, 34)
    assert fetching.ranges == []


def test_the_secret_is_only_in_the_header(fetching, server):
    fetching.run()
    route, _, headers = server.requests[-1]
    assert (route, headers["Authorization"][:11]) == ("GET artifacts", "Bearer pkd_")


def test_a_redirect_loses_the_secret_and_must_stay_safe(fetching, server):
    target = f"{server.url}/api/v1/store"
    server.before("GET artifacts", raw(303, b"", Location=target))
    server.before("GET store", raw(200, BYTES))
    assert fetching.run().read_bytes() == BYTES
    route, _, headers = server.requests[-1]
    assert (route, "Authorization" in headers) == ("GET store", False)


@pytest.mark.parametrize(
    "place", ["http://files.example/x", "https://[", "https://a\x01b", "file:///etc/passwd"]
)
def test_a_redirect_into_the_open_or_nowhere_is_refused(fetching, server, place):
    server.before("GET artifacts", raw(303, b"", Location=place))
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code == Code.NETWORK


@pytest.mark.fault
@pytest.mark.parametrize("seed", range(5))
def test_a_cut_costs_at_most_what_was_on_the_way(server, tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 - has to be repeatable
    data = chance.randbytes(5_000_000)
    made = Fetching(server, tmp_path, data)
    cuts = [cut_after(chance.randrange(1, 1_000_000)) for _ in range(5)]
    server.before("GET artifacts", *cuts)
    assert made.run().read_bytes() == data
    starts = [int(range_.split("=")[1][:-1]) for range_ in made.ranges[1:]]
    assert len(starts) == len(cuts)
    assert starts == sorted(starts)
    made.client.close()


@pytest.mark.parametrize("silent", [hang_up, cut_after(0)])
def test_a_server_that_only_breaks_off_is_left_in_time(fetching, server, silent):
    fetching.timing.step = 61
    server.before("GET artifacts", *[silent] * 9)
    with pytest.raises(Failure) as failed:
        fetching.run()
    assert failed.value.code in {Code.DOWNLOAD_TOO_SLOW, Code.NETWORK}
    assert len(fetching.ranges) < 9
