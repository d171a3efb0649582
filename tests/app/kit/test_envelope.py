"""The one middleware: ids, headers, the log and the last resort."""

import re

import pytest
from fastapi import HTTPException
from fastapi.responses import StreamingResponse
from sqlalchemy import create_engine, text

from app.kit.db import SessionDep
from app.kit.problems import StorageUnavailable
from app.kit.telemetry import request_id
from app.main import create_app
from tests.asgi import exchange, scope_of
from tests.factories.world import bearer

KEY, TOKEN = "DEMO-ABEKM-HCTPX-01234-567C7", f"pki_{'x' * 43}"
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-store",
    "content-language": "ru",
    "vary": "Accept-Language",
}


def ask(app, path: str, *headers: tuple[bytes, bytes], method: str = "GET"):
    return exchange(app, scope_of(method, path, headers))


@pytest.mark.parametrize("given", ["a" * 8, "A-1" * 20, "0" * 64, "--------"])
def test_a_harmless_request_id_is_kept(app, given):
    assert (
        ask(app, "/health/live", (b"x-request-id", given.encode())).headers["x-request-id"] == given
    )


@pytest.mark.parametrize(
    "given",
    ["", "a" * 7, "a" * 65, "a b c d e f", "ффффффффф", "12345678\n", "../../../", "a" * 60_000],
)
def test_any_other_request_id_is_replaced(app, given):
    answer = ask(app, "/health/live", (b"x-request-id", given.encode()))
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_two_requests_have_two_ids(app):
    assert len({ask(app, "/health/live").headers["x-request-id"] for _ in range(20)}) == 20
    assert request_id.get() == ""


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/", 200),
        ("GET", "/nope", 404),
        ("POST", "/", 405),
        ("GET", "/static/site.css", 200),
        ("GET", "/static/nope", 404),
        ("GET", "/api/v1/information", 200),
        ("GET", "/api/v1/openapi.json", 200),
        ("GET", "/api/v1/nope", 404),
        ("GET", "/api/v1/offers", 405),
        ("POST", "/api/v1/offers", 415),
        ("GET", "/api/v1/eulas/1", 401),
        ("GET", "/api/v1/boom", 500),
    ],
)
def test_every_answer_is_dressed(app, method, path, status):
    def boom():
        raise RuntimeError

    app.add_api_route("/api/v1/boom", boom)
    answer = ask(app, path, method=method)
    assert answer.status == status
    # What is asked for again with If-None-Match may be kept for that.
    kept = {"cache-control": "private, no-cache"} if path.endswith("/information") else {}
    if path == "/static/site.css":  # the same for everybody
        kept = {"cache-control": "no-cache"}
    assert (SECURITY | kept).items() <= answer.headers.items()
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(answer.messages[0]["headers"]) == len(answer.headers), "no header comes twice"


def test_pages_of_people_have_headers_of_their_own(app):
    answer = ask(app, "/cabinet/nope")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "default-src 'none'" in ask(app, "/cabinetry").headers["content-security-policy"]


def test_the_log_names_the_route_and_never_the_path(app, logged):
    ask(app, f"/api/v1/eulas/{KEY}")
    ask(app, f"/{TOKEN}")
    lines = logged()
    assert [line["route"] for line in lines] == ["/api/v1/eulas/{eula_id}", "unmatched"]
    assert [line["status"] for line in lines] == [401, 404]
    assert set(lines[0]) == {
        "event", "level", "method", "ms", "request_id", "route", "status", "timestamp",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        ("GET", "/", "/"),
        ("GET", "/health/live", "/health/live"),
        ("GET", "/static/app.css", "unmatched"),
        ("GET", "/api/v1/vendor/releases", "/api/v1/vendor/releases"),
        ("GET", f"/api/v1/vendor/releases/{KEY}", "/api/v1/vendor/releases/{release_id}"),
        (
            "POST",
            f"/api/v1/vendor/releases/{KEY}/documents",
            "/api/v1/vendor/releases/{release_id}/documents",
        ),
        (
            "POST",
            f"/api/v1/vendor/releases/{KEY}/rules",
            "/api/v1/vendor/releases/{release_id}/rules",
        ),
    ],
)
def test_the_log_names_a_route_by_its_whole_template(app, logged, method, path, template):
    ask(app, path, method=method)
    assert [line["route"] for line in logged()] == [template]


def test_why_the_store_fails_is_for_the_log_alone(app, logged):
    def lost():
        raise StorageUnavailable(n=10) from OSError("no such bucket")

    app.add_api_route("/api/v1/lost", lost)
    answer = ask(app, "/api/v1/lost")
    assert (answer.status, answer.json()["code"]) == (503, "STORAGE_UNAVAILABLE")
    assert "bucket" not in str(answer.json())
    told, _ = logged()
    assert (told["event"], told["level"], told["why"]) == ("storage", "warning", "no such bucket")


def test_a_defect_is_answered_with_the_number_that_finds_it_in_the_log(app, logged):
    def boom():
        local = KEY  # noqa: F841 - what a traceback with local variables would show
        raise RuntimeError(f"{KEY} {TOKEN} postgresql://user:password@host/db", {"key": KEY})

    app.add_api_route("/api/v1/boom", boom)
    answer = ask(app, "/api/v1/boom", (b"authorization", b"Bearer " + TOKEN.encode()))
    document = answer.json()
    assert (answer.status, document["code"]) == (500, "INTERNAL_ERROR")
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["request_id"] in document["title"]
    defect, request = logged()
    assert (defect["event"], defect["level"]) == ("unexpected", "error")
    assert defect["request_id"] == request["request_id"] == document["request_id"]
    assert "RuntimeError" in defect["exception"]
    assert "in boom" in defect["exception"]
    for secret in (KEY, TOKEN, "password"):
        assert secret not in answer.body.decode()
        assert secret not in str(defect)
        assert secret not in str(request)


def test_a_defect_on_a_page_is_a_page(app):
    def boom():
        raise RuntimeError(KEY)

    app.add_api_route("/boom", boom)
    answer = ask(app, "/boom")
    assert answer.status == 500
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-request-id"] in answer.body.decode()
    assert KEY not in answer.body.decode()


def test_a_status_that_nothing_of_ours_raises_is_a_defect(app, logged):
    def odd():
        raise HTTPException(418, KEY)

    app.add_api_route("/api/v1/odd", odd)
    assert ask(app, "/api/v1/odd").json()["code"] == "INTERNAL_ERROR"
    assert [line["event"] for line in logged()] == ["unexpected", "request"]


def test_a_defect_in_the_middle_of_an_answer_cuts_it(app, logged):
    def pieces():
        yield b"first"
        raise RuntimeError(KEY)

    app.add_api_route("/api/v1/cut", lambda: StreamingResponse(pieces()))
    with pytest.raises(RuntimeError):
        ask(app, "/api/v1/cut")
    assert [line["event"] for line in logged()] == ["unexpected", "request"]


def test_a_statement_that_fails_is_logged_without_its_parameters(app, logged):
    def wrong(session: SessionDep):
        session.execute(text("SELECT 1 FROM nowhere WHERE name = :name"), {"name": "ООО «Василёк»"})

    app.add_api_route("/api/v1/wrong", wrong)
    assert ask(app, "/api/v1/wrong").json()["code"] == "INTERNAL_ERROR"
    defect, _ = logged()
    assert "nowhere" in defect["exception"]


def test_an_absent_database_is_told_to_the_caller_and_to_the_log(kit, logged):
    engine = create_engine("postgresql+psycopg://podkluch:password@127.0.0.1:1/podkluch")
    answer = ask(
        create_app(engine, kit), "/api/v1/eulas/1", (b"authorization", f"Bearer {TOKEN}".encode())
    )
    assert (answer.status, answer.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"
    told, request = logged()
    assert (told["event"], told["level"], told["code"]) == (
        "database",
        "warning",
        "DATABASE_UNAVAILABLE",
    )
    assert "Connection refused" in told["why"]
    assert "password" not in str([told, request])


def test_requests_and_problems_are_counted_by_route_and_code(client, world):
    for _ in range(3):
        client.post("/api/v1/license-checks", json={}, headers=bearer(world.code))
    client.post("/api/v1/license-checks", json={})
    client.get(f"/{KEY}")
    counted = client.app.state.metrics.registry.get_sample_value
    route = "/api/v1/license-checks"
    assert counted("podkluch_requests_total", {"route": route, "status": "200"}) == 3
    assert counted("podkluch_requests_total", {"route": route, "status": "401"}) == 1
    assert counted("podkluch_requests_total", {"route": "unmatched", "status": "404"}) == 1
    assert counted("podkluch_request_seconds_count", {"route": route}) == 4
    assert counted("podkluch_problems_total", {"code": "AUTH_REQUIRED"}) == 1
    assert counted("podkluch_problems_total", {"code": "NOT_FOUND"}) == 1


@pytest.mark.parametrize(
    "told", [b"1048577", b"9" * 5_000, b"-1", b"two", "²".encode("latin-1"), b""]
)
def test_a_length_that_is_too_large_or_none_is_refused_before_the_route(app, told):
    answer = ask(app, "/health/live", (b"content-length", told))
    assert (answer.status, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")


def test_a_body_that_nobody_reads_does_not_cut_a_file(app, logged):
    scope = scope_of("GET", "/static/site.css")
    answer = exchange(app, scope, [b" " * (1 << 20)] * 3)
    assert (answer.status, len(answer.body)) == (200, int(answer.headers["content-length"]))
    assert [line["event"] for line in logged()] == ["request"]
