"""The bytes of a release over HTTP."""

import hashlib

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from tests.factories.requests import API, Stage, calls

pytestmark = pytest.mark.in_process(
    "bytes that the program sends itself; a bucket sends the fleet's"
)


def fetch(client, stage: Stage, method: str = "GET", **headers: str):
    told = {name.replace("_", "-"): said for name, said in headers.items()}
    return calls(stage)[f"{method} /artifacts/{{sha256}}"].send(client, stage, headers=told)


def started(session) -> int:
    found = select(AuditEvent.id).where(AuditEvent.action == "download.started")
    return len(session.scalars(found).all())


def test_the_bytes_are_those_of_the_release(client, stage):
    answer = fetch(client, stage)
    assert answer.content == stage.world.cfe("2.4.0")
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-disposition"].startswith(
        "attachment; filename=\"release-2.4.0.cfe\"; filename*=UTF-8''%D0%A1%D0%BA%D0%BB"
    )


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {}, 200),
        ("HEAD", {"Range": "bytes=0-9"}, 200),
        ("HEAD", {"If_None_Match": "*"}, 304),
        ("GET", {"If_None_Match": "*"}, 304),
        ("GET", {"Range": "bytes=99999999-"}, 416),
    ],
)
def test_who_gets_no_bytes_has_not_begun(client, session, stage, method, headers, status):
    assert fetch(client, stage, method, **headers).status_code == status
    assert started(session) == 0


@pytest.mark.parametrize("first", [{}, {"Range": "bytes=0-9"}, {"Range": "bytes=10-"}])
def test_a_download_begins_once_however_often_it_is_resumed(client, session, stage, first):
    assert fetch(client, stage, **first).status_code in {200, 206}
    assert started(session) == 1
    for headers in ({}, {"Range": "bytes=10-"}, {"Range": "bytes=-5"}):
        assert fetch(client, stage, **headers).status_code in {200, 206}
    assert started(session) == 1


def test_a_cut_download_is_put_together_from_its_parts(client, stage):
    whole = stage.world.cfe("2.4.0")
    tag = fetch(client, stage, "HEAD").headers["etag"]
    first = fetch(client, stage, Range="bytes=0-99")
    rest = fetch(client, stage, Range="bytes=100-", If_Range=tag)
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == whole


def test_a_range_behind_the_end_is_a_problem_that_tells_the_length(client, stage):
    answer = fetch(client, stage, Range="bytes=99999999-")
    assert answer.json()["code"] == "RANGE_INVALID"
    assert answer.headers["content-range"] == f"bytes */{len(stage.world.cfe('2.4.0'))}"


def test_another_method_is_told_both_that_there_are(client, stage):
    answer = client.delete(API + calls(stage)["GET /artifacts/{sha256}"].path)
    assert answer.json()["code"] == "METHOD_NOT_ALLOWED"
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
