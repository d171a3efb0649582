"""RFC 9110 §13 and §14 where nginx or a bucket sends the bytes: the same table as where we do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi import Request, Response

from app.api.ranges import File, answer
from app.delivery.problems import RangeInvalid
from app.kit.config import Settings
from app.kit.serving import listen
from app.kit.storage import store_of
from tests.app.api.test_ranges import BEHIND, BYTES, OTHER, RANGES, SHA256, TAG, WHOLE, part
from tests.asgi import Answer
from tests.nginx.server import UNLIMITED, serving

pytestmark = pytest.mark.nginx
DATE = "Sun, 22 Nov 2026 09:00:00 GMT"


@contextmanager
def behind(file: File, settings: Settings) -> Iterator[str]:
    """A server of one file, and of nothing else; where it is."""

    async def app(scope, receive, send):
        try:
            sent = answer(Request(scope), file, settings)
        except RangeInvalid as problem:
            sent = Response(status_code=problem.status, headers=problem.headers)
        await sent(scope, receive, send)

    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def place(settings_of, tmp_path_factory) -> Iterator[str]:
    """nginx with the file, the rights to which are not its business."""
    settings = settings_of("local", download_mode="accel")
    store = store_of(settings)
    store.put([BYTES])
    file = File(store, SHA256, len(BYTES), "A_1.2.cfe")
    folder = tmp_path_factory.mktemp("nginx")
    with (
        behind(file, settings) as app,
        serving(folder, [app], Path(settings.artifacts_folder), UNLIMITED) as nginx,
    ):
        yield nginx.url.removeprefix("http://")


def ask(place: str, method: str = "GET", **headers: str) -> Answer:
    """Over a connection of its own, with headers as they are."""
    connection = HTTPConnection(place, timeout=60)
    try:
        told = {name.replace("_", "-"): text.encode("latin-1") for name, text in headers.items()}
        connection.request(method, "/file", headers=told)
        got = connection.getresponse()
        start = {"status": got.status, "headers": [
            (name.lower().encode(), text.encode("latin-1")) for name, text in got.getheaders()
        ]}  # fmt: skip
        return Answer([start, {"body": got.read()}])
    finally:
        connection.close()


REJECTED = (
    *("bytes=9-0", "bytes=0-1,", "bytes=-", "bytes=a-b", "bytes=0x0-0x9", "bytes=1"),
    *("bytes=--1", "bytes=+1-2", "bytes=1_0-2_0", "bytes=0-1\xb2"),
)
"""Broken ranges, which a server may ignore, as ours does, or reject, as nginx (RFC 9110 §14.2)."""
OTHERWISE = dict.fromkeys(REJECTED, BEHIND) | {"bytes=0 -1": part(0, 1)}
# Longer ones nginx refuses with the whole head before anybody sees them.
SENDABLE = [(asked, told) for asked, told in RANGES if len(asked) < 1000]


@pytest.mark.parametrize(("asked", "expected"), SENDABLE)
def test_one_range_is_served_and_anything_else_is_ignored(place, asked, expected):
    told = ask(place, range=asked)
    status, of, body = OTHERWISE.get(asked, expected)
    assert (told.status, told.headers.get("content-range")) == (status, of)
    if status != 416:
        assert (told.headers["content-length"], told.body) == (str(len(body)), body)


@pytest.mark.parametrize(("asked", "_"), SENDABLE)
def test_head_has_no_ranges(place, asked, _):
    told = ask(place, "HEAD", range=asked)
    assert (told.status, told.body, told.headers["content-length"]) == (200, b"", "100")
    assert "content-range" not in told.headers


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (TAG, part(10, 99)),
        *((stale, WHOLE) for stale in (f"W/{TAG}", OTHER, SHA256, DATE, "*", f"{TAG}, {OTHER}")),
    ],
)
def test_a_range_goes_with_exactly_the_tag_of_if_range(place, tag, expected):
    told = ask(place, range="bytes=10-", if_range=tag)
    assert (told.status, told.headers.get("content-range"), told.body) == expected


@pytest.mark.parametrize("stale", [OTHER, f"W/{TAG}"])
def test_a_range_behind_the_end_of_another_file_is_no_error(place, stale):
    assert ask(place, range="bytes=100-", if_range=stale).body == BYTES


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("tags", [TAG, f"W/{TAG}", "*", f"{OTHER}, {TAG}"])
def test_who_has_the_file_is_told_so(place, method, tags):
    told = ask(place, method, if_none_match=tags)
    assert (told.status, told.body, told.headers["etag"]) == (304, b"", TAG)
    assert ask(place, method, if_none_match=tags, range="bytes=0-1").status == 304


@pytest.mark.parametrize("tags", [OTHER, f"W/{OTHER}", SHA256, f'"{SHA256[:-1]}"'])
def test_who_has_another_file_gets_this_one(place, tags):
    assert ask(place, if_none_match=tags).body == BYTES


@pytest.mark.parametrize(
    "headers",
    [
        {"if_modified_since": DATE},
        {"if_modified_since": "Sun, 22 Nov 2099 09:00:00 GMT"},
        {"if_match": "*"},
    ],
)
def test_the_date_of_the_file_is_no_validator(place, headers):
    assert ask(place, **headers).body == BYTES
    assert "last-modified" not in ask(place).headers


def test_nginx_knows_no_tag_when_it_is_asked_to_match_one(place):
    """Nobody has to: the address is the hash of the bytes."""
    assert ask(place, if_match=TAG).status == 412
    assert ask(place, if_unmodified_since="Sat, 01 Jan 2000 00:00:00 GMT").status == 412


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_headers_describe_the_whole_file(place, method):
    whole, some = ask(place, method).headers, ask(place, method, range="bytes=5-6").headers
    for name in ("etag", "repr-digest", "cache-control", "content-type", "content-disposition"):
        assert whole[name] == some[name]
    assert (whole["etag"], whole["accept-ranges"]) == (TAG, "bytes")


@pytest.mark.s3
@pytest.mark.parametrize("kind", ["rclone", "moto"])
def test_a_bucket_serves_the_same_ranges_at_the_address_that_it_gives(settings_of, kind):
    """rclone calls a part 200, and tells by Content-Range that it is one."""
    store = store_of(settings_of(kind, download_mode="redirect"))
    store.put([BYTES])
    link = store.link(SHA256, "A.cfe")
    for asked in ("bytes=0-0", "bytes=10-19", "bytes=99-", "bytes=-10"):
        [(_, told, body)] = [expected for given, expected in RANGES if given == asked]
        got = httpx2.get(link, headers={"Range": asked})
        assert got.status_code in {200, 206}
        assert (got.headers["content-range"], got.content) == (told, body)
    assert httpx2.get(link).content == BYTES


def test_a_file_that_nginx_cannot_read_is_told_as_the_server_tells_it(settings_of, tmp_path):
    settings = settings_of("local", download_mode="accel")
    file = File(store_of(settings), SHA256, len(BYTES), "A_1.2.cfe")
    with (
        behind(file, settings) as app,
        serving(tmp_path / "nginx", [app], Path(settings.artifacts_folder)) as nginx,
    ):
        told = ask(nginx.url.removeprefix("http://"))
    assert (told.status, told.headers["retry-after"]) == (503, "5")
    assert told.json()["code"] == "STORAGE_UNAVAILABLE"
    assert told.json()["request_id"] == told.headers["x-request-id"]
