"""What every page owes to browsers: no foreign origin, no change by a link, types by name."""

import re

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from app.kit.db import session_scope
from tests.factories.people import Browser

PAGES = ("/", "/cabinet/sign-in", "/cabinet/nope", "/api/v1/nope", "/health/live", "/problems/busy")
FORGED = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}


@pytest.mark.parametrize("path", PAGES)
def test_no_answer_lets_another_origin_in(client, path):
    for method in ("GET", "OPTIONS", "POST"):
        answer = client.request(method, path, headers=FORGED)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", PAGES)
def test_every_body_names_its_type(client, path):
    answer = client.get(path)
    media = answer.headers["content-type"]
    assert media == "text/html; charset=utf-8" or media.startswith("application/")
    assert media.startswith("text/html") is answer.text.lstrip().startswith("<!doctype html>")


ON_RECORD = {
    "artifact": "that the bytes were asked for",
    "batch_codes": "that the codes of a batch were looked at",
    "ask_to_reverse": "nothing: it tries the reversal and takes it back, to show what would happen",
}
"""What pages that only read write all the same."""


def writes(dependant: Dependant) -> bool:
    """Whether a transaction that may write is opened for it."""
    return dependant.call is session_scope or any(map(writes, dependant.dependencies))


def test_nothing_that_changes_is_a_get(client):
    routes = [each.original_route for each in iter_route_contexts(client.app.routes)]
    pages = [each for each in routes if isinstance(each, APIRoute) and "GET" in each.methods]
    assert len(pages) > 100
    assert {each.name for each in pages if writes(each.dependant)} == set(ON_RECORD)


def test_a_password_is_masked_and_may_be_pasted(browser: Browser, owner):
    pages = [browser.get("/sign-in").text, browser.sign_in(owner).get("/profile/password").text]
    for page in pages:
        fields = re.findall(r'<input[^>]*name="[a-z_]*password"[^>]*>', page)
        assert fields
        for field in fields:
            assert 'type="password"' in field, field
            assert re.search(r'autocomplete="(current|new)-password"', field), field
        assert "onpaste" not in page
