"""The main job through the shipped services: nginx, two processes of the app, worker, database."""

import base64
import hashlib
import json

import httpx2
import pytest
from sqlalchemy import select, text

from app.audit.models import AuditEvent
from app.kit.db import reading
from app.worker import SCHEDULES
from tests.factories.people import Browser, a_person
from tests.factories.world import bearer
from tests.waiting import until

pytestmark = pytest.mark.nginx


def test_people_sign_in(shipped) -> None:
    with shipped.stage.acting() as world:
        owner = a_person(world.session, world.vendor.id)
    with httpx2.Client(base_url=shipped.url, follow_redirects=True, timeout=60) as http:
        desk = Browser(http, world.session)
        page = desk.sign_in(owner).get("/license-keys")
        assert (page.status_code, page.url.path) == (200, "/cabinet/license-keys")
        away = http.post(
            "/cabinet/sign-out", headers={"Origin": shipped.url, "Host": "evil.example"}
        )
        assert away.status_code == 403  # of another origin than the public address


def test_what_was_published_is_what_is_downloaded(client) -> None:
    answer = client.ask()
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(client.file).digest()


def test_the_bytes_come_from_nginx_with_the_headers_of_the_app(shipped, client) -> None:
    direct = client.ask(url=f"http://{shipped.app}")
    assert direct.headers["x-accel-redirect"].startswith("/_artifacts/")
    told = client.ask().headers
    digest = hashlib.sha256(client.file)
    assert told["etag"] == f'"{digest.hexdigest()}"'
    assert told["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert (told["accept-ranges"], told["content-length"]) == ("bytes", str(len(client.file)))
    changing = {"date", "server", "content-length", "x-request-id", "x-accel-redirect"}
    own = {name: text for name, text in direct.headers.items() if name not in changing}
    assert {name: told.get(name) for name in own} == own
    assert {"last-modified", "x-accel-redirect"} & set(told) == set()


def test_a_cut_download_goes_on_where_it_was(client) -> None:
    tag = client.ask("HEAD").headers["etag"]
    rest = client.ask(Range="bytes=1000-", If_Range=tag)
    assert (rest.status_code, rest.content) == (206, client.file[1000:])
    assert rest.headers["content-range"] == f"bytes 1000-{len(client.file) - 1}/{len(client.file)}"
    assert rest.headers["etag"] == tag
    anew = client.ask(Range="bytes=1000-", If_Range=f'"{"0" * 64}"')
    assert (anew.status_code, anew.content) == (200, client.file)
    assert client.ask(If_None_Match=tag).status_code == 304
    assert client.ask("HEAD", If_None_Match=tag).status_code == 304
    behind = client.ask(Range=f"bytes={len(client.file)}-")
    assert (behind.status_code, behind.json()["code"]) == (416, "RANGE_INVALID")


def test_nobody_gets_a_file_by_its_place(shipped, client) -> None:
    sha256 = client.path.rpartition("/")[2]
    for path in (f"/_artifacts/{sha256[:2]}/{sha256}", "/_artifacts/", f"/_artifacts/../{sha256}"):
        answer = httpx2.get(f"{shipped.url}{path}", headers=client.headers)
        assert answer.status_code == 404
    assert httpx2.get(f"{shipped.url}{client.path}").status_code == 401


def test_only_uploads_may_be_large(shipped) -> None:
    large = b" " * ((1 << 20) + 1)
    for path in ("/api/v1/license-checks", "/api/v1/vendor/releases"):
        answer = httpx2.post(f"{shipped.url}{path}", content=large, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    page = httpx2.post(f"{shipped.url}/cabinet/sign-in", content=large, timeout=60)
    assert page.status_code == 413
    assert "Файл слишком велик" in page.text


def test_the_clients_address_is_what_nginx_saw(shipped, client) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "Forwarded": "for=203.0.113.9"}
    wrong = bearer("DEMO-AAAAA-AAAAA-AAAAA-AAAAA")
    httpx2.post(f"{shipped.url}/api/v1/license-checks", json={}, headers=forged | wrong)
    client.ask("GET", Range="bytes=0-9", **forged)
    with reading(shipped.stage.engine, shipped.stage.kit) as session:
        ips = set(session.scalars(select(AuditEvent.ip).where(AuditEvent.ip.is_not(None))))
    assert "127.0.0.0/24" in ips
    assert all(ip.startswith("127.") for ip in ips)


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_what_is_for_the_host_alone_does_not_exist_behind_nginx(shipped, path) -> None:
    assert httpx2.get(f"{shipped.url}{path}").status_code == 404
    assert httpx2.get(f"http://{shipped.app}{path}").status_code == 200


def test_addresses_in_answers_are_the_public_one_whatever_the_host_header_says(shipped) -> None:
    told = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = httpx2.post(f"{shipped.url}/api/v1/license-checks", json={}, headers=told)
    assert answer.json()["type"].startswith("http://127.0.0.1:8000/problems/")
    assert "evil.example" not in answer.text + str(answer.headers)


def test_nothing_for_programs_is_compressed(shipped, client) -> None:
    packed = {"Accept-Encoding": "gzip"}
    for path in ("/api/v1/openapi.json", "/tuf/none", client.path):
        answer = httpx2.get(f"{shipped.url}{path}", headers=client.headers | packed)
        assert "content-encoding" not in answer.headers
    style = httpx2.get(f"{shipped.url}/static/app.css", headers=packed)
    assert style.headers["content-encoding"] == "gzip"


def test_the_log_knows_no_query_no_credential_and_no_whole_address(shipped, client) -> None:
    secret = "s3cret-of-an-invitation"
    httpx2.get(f"{shipped.url}/cabinet/invite/{secret}?and={secret}")
    httpx2.get(f"{shipped.url}/api/v1/information?named={secret}", headers=client.headers)
    log = shipped.nginx.log()
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line["path"] == "/cabinet/invite/[secret]" for line in lines)
    assert any(line["path"] == client.path for line in lines)
    assert all(line["network"].endswith(".0/24") for line in lines)
    bearer_of = client.headers["Authorization"].partition(" ")[2]
    assert not any(word in log + shipped.nginx.errors() for word in (secret, bearer_of, "?"))


def test_the_worker_does_what_is_due(shipped) -> None:
    def done() -> set[str]:
        with reading(shipped.stage.engine, shipped.stage.kit) as session:
            told = text("SELECT name FROM schedules WHERE last_done_at IS NOT NULL")
            return set(session.scalars(told))

    until(lambda: done() >= {schedule.name for schedule in SCHEDULES}, done)
