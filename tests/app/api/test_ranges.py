"""RFC 9110 §13 and §14, as far as one immutable file meets them."""

import base64
import hashlib
from dataclasses import replace

import httpx2
import pytest
from fastapi import Request

from app.api.ranges import File, answer, not_modified
from app.delivery.problems import RangeInvalid
from app.kit.storage import store_of
from tests.asgi import Answer, exchange, scope_of

pytestmark = pytest.mark.in_process("asks one function, over stores of three kinds")

BYTES = bytes(range(100))
SHA256 = hashlib.sha256(BYTES).hexdigest()
TAG, OTHER = f'"{SHA256}"', f'"{"0" * 64}"'
WHOLE = (200, None, BYTES)
BEHIND = (416, "bytes */100", b"")


def part(first: int, last: int) -> tuple[int, str, bytes]:
    return 206, f"bytes {first}-{last}/100", BYTES[first : last + 1]


RANGES = [
    ("bytes=0-0", part(0, 0)),
    ("bytes=0-9", part(0, 9)),
    ("bytes=10-19", part(10, 19)),
    ("bytes=99-99", part(99, 99)),
    ("bytes=0-", part(0, 99)),
    ("bytes=50-", part(50, 99)),
    ("bytes=99-", part(99, 99)),
    ("bytes=90-100", part(90, 99)),
    ("bytes=0-9223372036854775807", part(0, 99)),
    ("bytes=00-09", part(0, 9)),
    ("BYTES=0-9", part(0, 9)),
    ("bytes=-1", part(99, 99)),
    ("bytes=-10", part(90, 99)),
    ("bytes=-100", part(0, 99)),
    ("bytes=-101", part(0, 99)),
    ("bytes=-9223372036854775807", part(0, 99)),
    ("bytes=100-", BEHIND),
    ("bytes=100-199", BEHIND),
    ("bytes=9223372036854775807-", BEHIND),
    ("bytes=-0", BEHIND),
    ("bytes=-00", BEHIND),
    ("bytes=9-0", WHOLE),
    ("bytes=0-1,5-6", WHOLE),
    ("bytes=0-1, -1", WHOLE),
    ("bytes=0-1,", WHOLE),
    ("bytes=", WHOLE),
    ("bytes=-", WHOLE),
    ("bytes=a-b", WHOLE),
    ("bytes=0x0-0x9", WHOLE),
    ("bytes=1", WHOLE),
    ("bytes=--1", WHOLE),
    ("bytes=+1-2", WHOLE),
    ("bytes=1_0-2_0", WHOLE),
    ("bytes = 0-1", WHOLE),
    ("bytes=0 -1", WHOLE),
    ("items=0-1", WHOLE),
    ("0-1", WHOLE),
    ("", WHOLE),
    (f"bytes={'9' * 5000}-", WHOLE),
    (f"bytes=0-{'9' * 5000}", WHOLE),
    (f"bytes=-{'9' * 5000}", WHOLE),
    ("bytes=0-1\xb2", WHOLE),
]


@pytest.fixture(
    params=["local", *(pytest.param(kind, marks=pytest.mark.s3) for kind in ("rclone", "moto"))],
    scope="module",
)
def file(request, settings_of):
    """The file in a store of each kind: the answers are the same."""
    settings = settings_of(request.param)
    store = store_of(settings)
    store.put([BYTES])
    return File(store, SHA256, len(BYTES), "A_1.2.cfe"), settings


def ask(file, method: str = "GET", name: str = "A_1.2.cfe", **headers: str) -> Answer:
    """The answer about the file; what the route refuses becomes an empty 416."""
    told, settings = file

    async def app(scope, receive, send):
        sent = answer(Request(scope), replace(told, filename=name), settings)
        await sent(scope, receive, send)

    pairs = [
        (key.replace("_", "-").encode(), said.encode("latin-1")) for key, said in headers.items()
    ]
    try:
        return exchange(app, scope_of(method, "/", pairs))
    except RangeInvalid as problem:
        told = [(key.encode(), said.encode()) for key, said in problem.headers.items()]
        return Answer([{"status": problem.status, "headers": told}])


@pytest.mark.parametrize(("asked", "expected"), RANGES)
def test_one_range_is_served_and_anything_else_is_ignored(file, asked, expected):
    answer = ask(file, range=asked)
    assert (answer.status, answer.headers.get("content-range"), answer.body) == expected


@pytest.mark.parametrize(("asked", "expected"), RANGES)
def test_the_length_is_always_told(file, asked, expected):
    if expected is not BEHIND:
        assert ask(file, range=asked).headers["content-length"] == str(len(expected[2]))


@pytest.mark.parametrize(("asked", "_"), RANGES)
def test_head_has_no_ranges(file, asked, _):
    whole, answer = ask(file, "HEAD"), ask(file, "HEAD", range=asked)
    assert (answer.status, answer.body, answer.headers) == (200, b"", whole.headers)
    assert answer.headers["content-length"] == "100"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (TAG, part(10, 99)),
        (f"W/{TAG}", WHOLE),
        (OTHER, WHOLE),
        (SHA256, WHOLE),
        ("Sun, 22 Nov 2026 09:00:00 GMT", WHOLE),
        ("*", WHOLE),
        ("", WHOLE),
        (f"{TAG}, {OTHER}", WHOLE),
    ],
)
def test_a_range_goes_with_exactly_the_tag_of_if_range(file, tag, expected):
    answer = ask(file, range="bytes=10-", if_range=tag)
    assert (answer.status, answer.headers.get("content-range"), answer.body) == expected


def test_the_date_of_the_file_is_no_validator(file):
    assert "last-modified" not in ask(file).headers
    assert ask(file, range="bytes=10-", if_range="Sun, 22 Nov 2026 09:00:00 GMT").status == 200


@pytest.mark.parametrize("stale", [OTHER, f"W/{TAG}"])
def test_a_range_behind_the_end_of_another_file_is_no_error(file, stale):
    assert ask(file, range="bytes=100-", if_range=stale).body == BYTES


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "tags", [TAG, f"W/{TAG}", "*", f"{OTHER}, {TAG}", f'"a",{TAG} ,"b"', f"W/{OTHER}, W/{TAG}"]
)
def test_who_has_the_file_is_told_so(file, method, tags):
    answer = ask(file, method, if_none_match=tags)
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", TAG)
    assert ask(file, method, if_none_match=tags, range="bytes=0-1").status == 304


@pytest.mark.parametrize("tags", [OTHER, f"W/{OTHER}", SHA256, "", f'"{SHA256[:-1]}"', TAG.upper()])
def test_who_has_another_file_gets_this_one(file, tags):
    assert ask(file, if_none_match=tags).body == BYTES


def test_the_tag_is_found_in_a_repeated_header():
    headers = [(b"if-none-match", OTHER.encode()), (b"if-none-match", TAG.encode())]
    assert not_modified(Request(scope_of("GET", "/", headers)), SHA256)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_headers_describe_the_whole_file(file, method):
    told = ask(file, method).headers
    digest = base64.b64encode(hashlib.sha256(BYTES).digest()).decode()
    assert told["etag"] == TAG
    assert told["repr-digest"] == f"sha-256=:{digest}:"
    assert told["accept-ranges"] == "bytes"
    assert told["cache-control"] == "private, no-store, no-transform"
    assert told["content-type"] == "application/octet-stream"
    assert ask(file, method, range="bytes=5-6").headers["repr-digest"] == told["repr-digest"]


@pytest.mark.parametrize(
    ("name", "plain", "encoded"),
    [
        ("Warehouse_2.cfe", "Warehouse_2.cfe", "Warehouse_2.cfe"),
        ("Склад_2.4.0.cfe", "release-2.4.0.cfe", "%D0%A1%D0%BA%D0%BB%D0%B0%D0%B4_2.4.0.cfe"),
        ("СкладWMS_2.cfe", "release-WMS_2.cfe", "%D0%A1%D0%BA%D0%BB%D0%B0%D0%B4WMS_2.cfe"),
    ],
)
def test_a_name_is_told_in_ascii_and_in_full(file, name, plain, encoded):
    told = ask(file, name=name).headers["content-disposition"]
    assert told == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


@pytest.fixture
def accel(settings_of):
    """The file, sent by nginx."""
    settings = settings_of("local", download_mode="accel")
    return File(store_of(settings), SHA256, len(BYTES), "A.cfe"), settings


def test_nginx_is_told_where_the_file_is_and_what_describes_it(accel):
    told = ask(accel, range="bytes=5-6")
    assert (told.status, told.body) == (200, b"")
    assert told.headers["x-accel-redirect"] == f"/_artifacts/{SHA256[:2]}/{SHA256}"
    assert told.headers["etag"] == TAG
    assert "repr-digest" in told.headers
    assert "accept-ranges" not in told.headers  # nginx adds its own
    assert ask(accel, "HEAD", range="bytes=5-6").headers["content-length"] == "100"
    assert ask(accel, if_none_match=TAG).status == 304
    assert ask(accel, range="bytes=100-").status == 416


@pytest.fixture
def redirect(settings_of):
    """The file, sent by the bucket itself."""
    settings = settings_of("rclone", download_mode="redirect")
    store = store_of(settings)
    store.put([BYTES])
    return File(store, SHA256, len(BYTES), "Склад.cfe"), settings


@pytest.mark.s3
def test_a_bucket_sends_the_bytes_itself(redirect):
    told = ask(redirect, range="bytes=5-6")
    assert (told.status, told.body) == (303, b"")
    assert httpx2.get(told.headers["location"]).content == BYTES
    assert ask(redirect, "HEAD").headers["content-length"] == "100"
    assert ask(redirect, if_none_match=TAG).status == 304
