"""Health, metrics, and what stands where nothing is."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from app.kit.revisions import REVISIONS
from app.kit.storage import LocalStore
from app.kit.telemetry import Metrics
from app.main import create_app
from tests.asgi import exchange, scope_of

GONE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


def ask(app, path: str, client: str = "127.0.0.1", **headers: str):
    told = [(name.replace("_", "-").encode(), said.encode()) for name, said in headers.items()]
    return exchange(app, scope_of("GET", path, told, client=(client, 50000)))


def test_a_ready_server_says_so(client):
    assert client.get("/health/live").json() == {"status": "ok"}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_without_its_database_it_lives_and_is_not_ready(kit):
    app = create_app(create_engine(GONE), kit)
    assert ask(app, "/health/live").status == 200
    answer = ask(app, "/health/ready")
    assert (answer.status, answer.json()) == (503, {"status": "unavailable"})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = :older",
        "DROP TABLE alembic_version",
    ],
)
def test_with_an_older_schema_it_is_not_ready(client, connection, change):
    connection.execute(text(change), {"older": REVISIONS[-2]})
    assert client.get("/health/ready").status_code == 503


def test_while_the_next_release_takes_over_it_stays_ready(client, connection):
    connection.execute(text("UPDATE alembic_version SET version_num = '2099_tomorrow'"))
    assert client.get("/health/ready").status_code == 200


def test_without_a_folder_for_files_it_is_not_ready(connection, kit, tmp_path):
    (tmp_path / "file").write_text("")
    app = create_app(connection, replace(kit, artifacts=LocalStore(tmp_path / "file" / "below")))
    assert ask(app, "/health/ready").status == 503


def test_health_is_for_this_host_and_names_every_check(client):
    answer = ask(client.app, "/health", "127.0.0.1")
    assert answer.status == 200
    assert [each["check"] for each in answer.json()["checks"]][:2] == ["disk_free", "storage"]
    assert {"check", "state", "value", "warn", "fail"} == set(answer.json()["checks"][0])
    assert ask(client.app, "/health", "203.0.113.7").status == 404
    assert ask(client.app, "/health", "127.0.0.1", via="1.1 proxy").status == 404


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1"])
def test_metrics_are_for_this_host(client, peer):
    answer = ask(client.app, "/metrics", peer)
    assert answer.status == 200
    assert b"podkluch_requests_total" in answer.body


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.7", {}),
        ("10.0.0.1", {}),
        ("2001:db8::1", {}),
        ("localhost", {}),
        ("", {}),
        ("203.0.113.7", {"x_forwarded_for": "127.0.0.1"}),
        ("203.0.113.7", {"forwarded": "for=127.0.0.1"}),
        ("203.0.113.7", {"host": "127.0.0.1"}),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}),
        ("127.0.0.1", {"x_forwarded_for": ""}),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"x_real_ip": "127.0.0.1"}),
        ("127.0.0.1", {"via": "1.1 proxy"}),
    ],
)
def test_for_anybody_else_they_do_not_exist(client, peer, headers):
    answer = ask(client.app, "/metrics", peer, **headers)
    assert answer.status == 404
    assert b"podkluch_requests_total" not in answer.body


def test_metrics_are_told_when_the_folder_that_processes_share_is_gone(
    client, monkeypatch, tmp_path
):
    monkeypatch.setattr(Metrics, "shared", str(tmp_path / "swept away"))
    client.get("/health/live")
    answer = ask(client.app, "/metrics")
    assert answer.status == 200
    assert b'podkluch_requests_total{route="/health/live",status="200"} 1.0' in answer.body


def test_a_request_without_peer_gets_no_metrics(client):
    assert exchange(client.app, scope_of("GET", "/metrics", client=None)).status == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/", "GET"),
        ("DELETE", "/health/live", "GET"),
        ("PUT", "/api/v1/information", "GET"),
        ("GET", "/api/v1/offers", "POST"),
        ("OPTIONS", "/api/v1/offers", "POST"),
        ("TRACE", "/api/v1/offers", "POST"),
        ("BREW", "/api/v1/offers", "POST"),
        ("POST", "/static/site.css", "GET, HEAD"),
    ],
)
def test_another_method_is_told_which_one_there_is(client, method, path, allow):
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/nope", "/offers/", "/Offers", "/offers/preview", "/v1", "/../metrics", "//offers"],
)
def test_below_the_api_nothing_is_a_problem_for_programs(client, path):
    answer = client.get(f"/api/v1{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "NOT_FOUND"
    assert answer.json()["instance"] == "/"
