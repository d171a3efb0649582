"""Every limit of a request lets through what just fits, and refuses what is over it by one."""

import h11
import httptools
import pytest
import uvicorn

from app.kit.asgi import BODY_MAX, URL_MAX
from app.kit.serving import HEAD_MAX, configured
from tests.asgi import exchange, scope_of
from tests.factories.application import an_app
from tests.factories.kit import a_kit

JSON = [(b"content-type", b"application/json")]
CHECKS = "/api/v1/license-checks"
FORM = [
    (b"content-type", b"application/x-www-form-urlencoded"),
    (b"sec-fetch-site", b"same-origin"),
]


@pytest.fixture
def app(connection, kit):
    return an_app(connection, kit)


def post(app, path, body: bytes, headers=JSON):
    answer = exchange(app, scope_of("POST", path, headers), [body])
    return answer.status, answer


def test_a_json_body_may_have_a_mebibyte(app):
    fits = b"{" + b" " * (BODY_MAX - 2) + b"}"
    assert post(app, CHECKS, fits)[0] == 401
    status, answer = post(app, CHECKS, fits + b" ")
    assert (status, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("path", ["/api/v1/nope", "/nope", "/cabinet/nope", "/tuf/nope"])
def test_an_address_may_have_eight_kibibytes(app, path):
    for query in (b"", b"q=" + b"a" * 1_000):
        room = URL_MAX - len(path) - 1 - len(query)
        said = "/" + "z" * (room - 1)
        fits = exchange(app, scope_of("GET", path + said, query_string=query))
        over = exchange(app, scope_of("GET", path + said + "z", query_string=query))
        assert (fits.status, over.status) == (404, 414)
        assert b"zzz" not in over.body


def test_an_address_of_letters_that_are_escaped_counts_as_it_is_sent(app):
    scope = scope_of("GET", "/" + "\u042f" * 1_500, raw_path=b"/" + b"%D0%AF" * 1_500)
    assert exchange(app, scope).status == 414


def test_a_form_may_have_a_thousand_fields(app):
    fits = b"&".join(b"f=x" for _ in range(1_000))
    for path in ("/cabinet/sign-in", "/cabinet/customers/new"):
        told = post(app, path, fits + b"&f=x", FORM)[1]
        assert (told.status, b"FORM_BROKEN" in told.body) == (400, True)
        assert b"FORM_BROKEN" not in post(app, path, fits, FORM)[1].body


def test_uvicorn_is_bounded_and_tells_nothing_of_itself(app):
    config = configured(app)
    assert isinstance(config.http, str)
    assert config.http.startswith("app.kit.heads:")
    assert (config.server_header, config.proxy_headers, config.access_log) == (False, False, False)
    assert (config.timeout_graceful_shutdown, config.ws) == (25, "none")


def test_without_httptools_the_slow_reader_has_the_same_limit(app, monkeypatch):
    spec = httptools.__spec__
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == spec.name else spec
    )
    config = configured(app)
    assert isinstance(config, uvicorn.Config)
    assert config.http == "h11"
    reader = h11.Connection(h11.SERVER, config.h11_max_incomplete_event_size)
    reader.receive_data(b"GET / HTTP/1.1\r\nX-A: " + b"a" * HEAD_MAX)
    with pytest.raises(h11.RemoteProtocolError):
        reader.next_event()


def test_https_is_asked_for_once_and_for_two_years(connection, settings, clock):
    secure = settings.model_copy(update={"public_url": type(settings.public_url)("https://a.test")})
    for chosen, expected in ((secure, "max-age=63072000"), (settings, None)):
        app = an_app(connection, a_kit(chosen, clock))
        for path in ("/api/v1/nope", "/cabinet/sign-in", "/", "/static/nope", "/health/live"):
            answer = exchange(app, scope_of("GET", path))
            assert answer.headers.get("strict-transport-security") == expected, path
