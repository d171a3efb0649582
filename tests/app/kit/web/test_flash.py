"""The cookie of a flash comes from the browser: it may say what we say, and nothing else."""

import base64
import json
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response

from app.kit.config import Settings
from app.kit.web import flash
from tests.factories.kit import a_kit

NAME = "podkluch_dev-flash"
SAID = "Customers added: {n}, keys: {keys}"


def cookie(told: object) -> str:
    text = told if isinstance(told, str) else json.dumps(told)
    return base64.urlsafe_b64encode(text.encode()).decode()


def a_request(settings: Settings, cookies: str = "") -> Request:
    app = FastAPI()
    app.state.kit = a_kit(settings)
    headers = [(b"cookie", cookies.encode("latin-1"))]
    return Request({"type": "http", "app": app, "headers": headers, "state": {}})


def taken(settings: Settings, told: object) -> flash.Flash | None:
    return flash.take(a_request(settings, f"{NAME}={cookie(told)}"), "en")


def test_the_next_page_says_it_once(settings):
    answer = flash.go(a_request(settings), "/cabinet", SAID, n="5", keys="{n}")
    kept = answer.headers["set-cookie"].partition(";")[0]
    request = a_request(settings, kept)
    assert flash.take(request, "en") == flash.Flash("ok", "Customers added: 5, keys: {n}")
    after = Response()
    flash.forget(request, after)
    assert f'{NAME}=""' in after.headers["set-cookie"]


@pytest.mark.parametrize(
    "message",
    [
        "{x:>30000000}", "{x.__class__.__mro__}", "{x.nope}", "{x[0]}", "\ud800", "", 7, None,
        "You won a prize. Call us.",
    ],
)  # fmt: skip
def test_a_text_of_somebody_elses_is_not_said(settings, message):
    assert taken(settings, ["ok", message, {"x": "a"}]) is None


@pytest.mark.parametrize(
    "told",
    [
        "[" * 2_000, "{}", "[]", "1", "nonsense", ["ok", SAID], ["ok", SAID, "ab"],
        ["bad", SAID, {}], [["ok"], SAID, {}], ["ok", SAID, {"n": "\ud800"}],
        ["ok", SAID, {"n": "a" * 5_000}],
    ],
)  # fmt: skip
def test_what_is_no_flash_is_nothing(settings, told):
    assert taken(settings, told) is None


def test_a_parameter_is_cut(settings):
    assert len(taken(settings, ["ok", SAID, {"n": "a" * 2_000}]).text) < 300


def test_behind_tls_the_cookie_is_bound_to_this_host(tmp_path: Path):
    public = Settings(environment="test", data=tmp_path, public_url="https://keys.example.com")
    kept = flash.go(a_request(public), "/cabinet", SAID).headers["set-cookie"]
    assert kept.startswith("__Host-podkluch-flash=")
    assert "Secure" in kept
    assert "Path=/;" in f"{kept};"
    foreign = a_request(public, f"podkluch_dev-flash={cookie(['ok', SAID, {}])}")
    assert flash.take(foreign, "en") is None


def test_a_page_answers_to_any_cookie(client):
    for told in (["ok", "{x:>30000000}", {"x": "a"}], ["ok", "\ud800", {}], "[" * 2_000):
        client.cookies.set(NAME, cookie(told))
        answer = client.get("/cabinet/sign-in")
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
