"""Uploads: bounded, whole or not there at all, and told apart by what went wrong."""

import errno
import hashlib
import os
import re
from itertools import count

import pytest
from fastapi import FastAPI

from app.catalog.service.files import keep_cfe
from app.kit.asgi import Envelope
from app.kit.telemetry import Metrics
from app.kit.uploads import Received
from app.kit.web import refusals
from onec.cfe_writer import make_cfe
from tests.asgi import exchange, scope_of
from tests.faults.wrap import Disk, failing, wrapped

LIMIT = 3_000_000
CFE = make_cfe("СкладскойПомощник", "Складской помощник", "2.4.0", "Вектор", "СП_")


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"upload_max_bytes": LIMIT})


@pytest.fixture
def app(kit):
    """A server that takes any file at one path and a .cfe at another."""
    app = FastAPI()
    app.state.kit, app.state.metrics = kit, Metrics()

    @app.put("/api/any")
    def anything(incoming: Received) -> dict[str, object]:
        stored = kit.artifacts.keep(incoming)
        return {"sha256": stored.sha256, "size": stored.size}

    @app.put("/api/cfe")
    def cfe(incoming: Received) -> dict[str, object]:
        kept = keep_cfe(kit.artifacts, incoming, limit=LIMIT)
        return {"sha256": kept.stored.sha256, "name": kept.cfe.name}

    refusals.install(app)
    uploads = re.compile(r"PUT /api/(any|cfe)")
    app.add_middleware(Envelope, uploads=uploads, on_error=refusals.answer)
    return app


def put(app, body, path="/api/any", length=None):
    pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)] or [b""]
    told = len(body) if length is None else length
    headers = [] if length == "none" else [(b"content-length", str(told).encode())]
    return exchange(app, scope_of("PUT", path, headers), pieces)


def left(kit):
    return [*kit.artifacts.unfinished(), *kit.artifacts.digests()]


@pytest.mark.parametrize("size", [0, 1, 65_536, LIMIT])
def test_a_body_up_to_the_limit_is_kept_whole(app, kit, size):
    body = os.urandom(size)
    answer = put(app, body)
    sha256 = hashlib.sha256(body).hexdigest()
    assert (answer.status, answer.json()) == (200, {"sha256": sha256, "size": size})
    assert left(kit) == [sha256]
    assert b"".join(kit.artifacts.read(sha256)) == body


@pytest.mark.parametrize(
    ("size", "length", "status", "code"),
    [
        (10, "none", 411, "LENGTH_REQUIRED"),
        (10, LIMIT + 1, 413, "BODY_TOO_LARGE"),
        (10, "9" * 40, 413, "BODY_TOO_LARGE"),
        (10, "-1", 413, "BODY_TOO_LARGE"),
        (LIMIT + 1, 5, 413, "BODY_TOO_LARGE"),
    ],
)
def test_a_body_of_the_wrong_length_leaves_nothing(app, kit, size, length, status, code):
    answer = put(app, bytes(size), length=length)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert left(kit) == []


def test_another_path_keeps_its_small_limit(app):
    answer = put(app, bytes(LIMIT), "/api/other")
    assert (answer.status, answer.json()["params"]) == (413, {"max": 1 << 20})


def test_a_client_that_breaks_off_leaves_nothing(app, kit):
    calls = iter([{"type": "http.request", "body": bytes(LIMIT // 2), "more_body": True}])

    async def gone(scope, _receive, send):
        async def receive():
            return next(calls, {"type": "http.disconnect"})

        await app(scope, receive, send)

    headers = [(b"content-length", str(LIMIT).encode())]
    answer = exchange(gone, scope_of("PUT", "/api/any", headers))
    assert (answer.messages, left(kit)) == ([], [])


def test_a_cfe_is_read_before_it_is_kept(app, kit):
    answer = put(app, CFE, "/api/cfe")
    assert answer.json() == {"sha256": hashlib.sha256(CFE).hexdigest(), "name": "СкладскойПомощник"}
    assert left(kit) == [answer.json()["sha256"]]


@pytest.mark.parametrize("body", [b"", b"\xff", CFE[:-600], CFE[:600], bytes(70_000)])
def test_what_is_no_cfe_is_refused_and_not_kept(app, kit, body):
    answer = put(app, body, "/api/cfe")
    assert (answer.status, answer.json()["code"]) == (422, "ARTIFACT_INVALID")
    assert left(kit) == []


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        (errno.ENOSPC, 507, "DISK_FULL"),
        (errno.EIO, 503, "STORAGE_UNAVAILABLE"),
        (errno.EACCES, 503, "STORAGE_UNAVAILABLE"),
    ],
)
def test_an_error_of_the_disk_at_any_call_is_told_and_nothing_is_half_there(
    app, kit, number, status, code
):
    for place in count(1):
        with wrapped(Disk(kit.artifacts.folder, before=failing(number, place))) as disk:
            answer = put(app, CFE, "/api/cfe")
        if answer.status != 200:
            assert (answer.status, answer.json()["code"]) == (status, code)
            assert ("retry-after" in answer.headers) is (status == 503)
        for found in kit.artifacts.digests():
            assert b"".join(kit.artifacts.read(found)) == CFE
            kit.artifacts.remove(found)
        if disk.calls < place:
            break
    assert place > 10
