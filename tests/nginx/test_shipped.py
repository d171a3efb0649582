"""deploy/nginx.conf agrees with the settings and the routes, and speaks as the server does."""

import base64
import hashlib
import json
import re
import ssl
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.kit.asgi import BODY_MAX, STRICT
from app.kit.clock import utc_now
from app.kit.config import Settings
from app.kit.problems import Busy, RateLimited, StorageUnavailable
from app.kit.serving import HEAD_MAX, KEEP_ALIVE
from app.main import UPLOADS
from tests.nginx.server import SHIPPED, serving
from wire import codec
from wire.problems import ActionHint, ProblemCode, ProblemDocument

CONF = SHIPPED.read_text("utf-8")
UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
ID = "0b5c9e0e-6f0e-7c1f-8d6e-2f6a3b7c9d10"
NOWHERE = ["127.0.0.1:9"]


def sizes(name: str) -> set[int]:
    found = re.findall(rf"{name} (\d+)([kmg]);", CONF)
    return {int(number) * UNITS[unit] for number, unit in found}


def seconds(name: str) -> int:
    return int(re.search(rf"\b{name} (\d+)s;", CONF)[1])


def test_bodies_are_as_large_as_the_server_takes_them() -> None:
    default = Settings.model_fields["upload_max_bytes"].default
    assert sizes("client_max_body_size") == {BODY_MAX, default + BODY_MAX}
    [(count, size)] = re.findall(r"large_client_header_buffers (\d+) (\d+)k;", CONF)
    assert int(count) * int(size) * 1024 == HEAD_MAX


def uploads() -> list[str]:
    """The places whose bodies may be files."""
    found = re.findall(r"location ~ (\S+) \{\s*proxy_pass[^{}]*client_max_body_size", CONF)
    assert len(found) == 2
    return found


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/vendor/releases/{ID}/artifact",
        f"/api/v1/vendor/releases/{ID}/documents",
        f"/cabinet/extensions/{ID}/releases/new",
        f"/cabinet/extensions/{ID}/pictures",
        f"/cabinet/releases/{ID}/replace",
        f"/cabinet/releases/{ID}/documents",
        f"/cabinet/releases/{ID}/rules",
        f"/api/v1/vendor/releases/{ID}",
        "/api/v1/license-checks",
        f"/api/v1/vendor/releases/{ID}/artifact/more",
        f"/x/api/v1/vendor/releases/{ID}/artifact",
    ],
)
def test_uploads_are_those_of_the_server(path: str) -> None:
    ours = any(UPLOADS.fullmatch(f"{method} {path}") for method in ("PUT", "POST"))
    assert ours == any(re.search(place, path) for place in uploads())


def test_nobody_waits_longer_for_a_silent_client_than_half_a_minute() -> None:
    names = ("client_header_timeout", "client_body_timeout", "send_timeout", "keepalive_timeout")
    assert [seconds(name) for name in names] == [10, 5, 20, 30]
    assert "reset_timedout_connection on;" in CONF


def test_the_server_never_hangs_up_on_a_connection_that_nginx_would_use_again() -> None:
    upstream = CONF[CONF.index("upstream podkluch") :]
    assert int(re.search(r"keepalive_timeout (\d+)s;", upstream)[1]) < KEEP_ALIVE


def problems() -> list[ProblemDocument]:
    texts = re.findall(r"return \d+ '(\{.*\})';", CONF)
    return [codec.loads(ProblemDocument, text.encode()) for text in texts]


def test_programs_are_refused_in_words_that_they_know() -> None:
    said = {problem.code: problem for problem in problems()}
    assert set(said) == {"BODY_TOO_LARGE", "RATE_LIMITED", "BUSY", "STORAGE_UNAVAILABLE"}
    assert said["BODY_TOO_LARGE"].status == 413
    for ours in (RateLimited, Busy, StorageUnavailable):
        told = said[ours.code]
        assert (told.status, told.action) == (ours.status, ours.action)
        assert told.type == f"/problems/{ours.slug()}"
        assert told.params == {"n": 5}
    assert ProblemCode("BUSY")
    assert ProblemCode("RATE_LIMITED")
    assert all(ActionHint(problem.action) for problem in said.values())


def test_the_policy_of_its_pages_allows_their_style_and_nothing_else() -> None:
    [style] = re.findall("<style>(.*?)</style>", CONF)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = re.findall(r"default \"(default-src [^\"]*)\";", CONF)
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate of this computer and its key."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "fullchain.pem", folder / "privkey.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    files[1].write_bytes(private)
    return files


@pytest.mark.nginx
def test_a_server_that_is_away_is_told_to_each_as_they_understand(tmp_path: Path) -> None:
    with serving(tmp_path / "nginx", NOWHERE, tmp_path) as nginx:
        told = httpx2.get(f"{nginx.url}/api/v1/information")
        assert (told.status_code, told.headers["retry-after"]) == (503, "5")
        assert told.headers["content-type"] == "application/problem+json"
        document = json.loads(told.content)
        assert document["code"] == "BUSY"
        assert document["request_id"] == told.headers["x-request-id"]
        page = httpx2.get(f"{nginx.url}/cabinet")
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert_reads_well(page, "Сервер не отвечает")


def assert_reads_well(page: httpx2.Response, title: str) -> None:
    """A page for any screen and theme; the cabinet takes `h1` and `main` out of it."""
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    assert f"<title>{title} · Подключ</title>" in page.text
    assert f'<main><h1>{title} / <span lang="en">' in page.text
    assert 'name="viewport" content="width=device-width' in page.text
    assert "color-scheme:light dark" in page.text
    assert page.text.endswith("</main></body></html>")
    assert f"<code>{page.headers['x-request-id']}</code>" in page.text


@pytest.mark.nginx
def test_whatever_is_refused_to_people_is_told_on_a_page(tmp_path: Path) -> None:
    long = f"/{'a' * 9000}"
    with serving(tmp_path / "nginx", NOWHERE, tmp_path) as nginx:
        large = httpx2.post(f"{nginx.url}/cabinet/sign-in", content=bytes(BODY_MAX + 1))
        assert (large.status_code, "retry-after" in large.headers) == (413, False)
        assert_reads_well(large, "Файл слишком велик")
        for refused in (
            httpx2.get(f"{nginx.url}{long}"),
            httpx2.get(f"{nginx.url}/cabinet", headers={"Cookie": f"a={'a' * 9000}"}),
            httpx2.request("TRACE", f"{nginx.url}/cabinet"),
        ):
            assert refused.status_code == 400
            assert_reads_well(refused, "Запрос не принят")


@pytest.mark.nginx
def test_who_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    slow = [("rate=50r/s", "rate=1r/m"), ("burst=200", "burst=1")]
    with serving(tmp_path / "nginx", NOWHERE, tmp_path, slow) as nginx:
        for _ in range(2):  # as many as may come at once
            httpx2.get(nginx.url)
        page, *told = [
            httpx2.get(f"{nginx.url}{path}")
            for path in ("/cabinet", "/api/v1/information", "/tuf/x/root.json")
        ]
        assert_reads_well(page, "Слишком много запросов")
        for answer in told:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
        refused = {(each.status_code, each.headers["retry-after"]) for each in (page, *told)}
        assert refused == {(429, "5")}


@pytest.mark.nginx
def test_the_lines_of_tls_are_ready_to_be_used(certificate, tmp_path: Path) -> None:
    chain, key = certificate
    socket = tmp_path / "tls"
    changes = [
        (r"#tls ", ""),
        ("listen 8443 ssl;", f"listen unix:{socket} ssl;"),
        ("/etc/nginx/tls/fullchain.pem", str(chain)),
        ("/etc/nginx/tls/privkey.pem", str(key)),
    ]
    with serving(tmp_path / "nginx", NOWHERE, tmp_path, changes) as nginx:
        plain = httpx2.get(f"{nginx.url}/cabinet?x=1")
        assert plain.status_code == 308
        assert plain.headers["location"] == "https://podkluch.example.ru/cabinet?x=1"
        trusting = ssl.create_default_context(cafile=str(chain))
        with httpx2.Client(transport=httpx2.HTTPTransport(verify=trusting, uds=str(socket))) as it:
            answer = it.post("https://localhost/cabinet", content=bytes(BODY_MAX + 1))
            away = it.get("https://localhost/cabinet")
        assert (answer.status_code, away.status_code) == (413, 503)  # nobody else is there
        for told in (answer, away):
            assert told.headers["strict-transport-security"].encode() == STRICT[1]
