"""Every page as people meet it: both themes, both languages, wide and narrow, also when it says no.

A page is opened once for each language; the theme follows the browser's and the window is resized,
as people do it.
"""

import re

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import create_engine

from app.kit.config import Settings
from app.kit.db import Kit
from app.main import create_app
from tests.browser.forms import ANSWERED, CONFLICTS, REFUSED, UNREFUSED
from tests.browser.looks import CALM, Watch
from tests.browser.pages import (
    ELSEWHERE,
    EMPTY,
    ERRORS,
    FIXED,
    FORBIDDEN,
    PAGES,
    VARIANTS,
    VISITORS,
)
from tests.browser.site import LANGUAGES, Site

in_both_languages = pytest.mark.parametrize("language", LANGUAGES)


def addresses(method: str) -> set[str]:
    """The templates of all pages of the cabinet that can be asked for in this way."""
    product = create_app(create_engine("postgresql://"), Kit(Settings(), None, keyring=None))
    return {
        context.path
        for context in iter_route_contexts(product.routes)
        if (context.path or "").startswith("/cabinet")
        and isinstance(context.original_route, APIRoute)
        and method in context.methods
    }


def test_every_page_is_registered():
    assert addresses("GET") == {*PAGES, *VISITORS, *ELSEWHERE}


def shape(path: str) -> str:
    """A template without the names of its ids."""
    return re.sub(r"{\w+}", "{}", path.partition("?")[0])


def test_every_form_is_registered():
    sent = {shape(each.path) for each in (*REFUSED, *ANSWERED)} | {shape(p) for p in VISITORS}
    unlooked = {shape(path) for path in UNREFUSED}
    assert sent & unlooked == set()
    assert {shape(path) for path in addresses("POST")} <= sent | unlooked


def known(site: Site) -> dict[str, str]:
    """What stands in addresses and in fields."""
    return {**site.ids, **site.secrets, **FIXED}


@pytest.fixture
def opened(visit, eyes, site: Site):
    """A window of somebody, what it does in secret, and the eyes that look at it."""

    def window(who: str):
        context = visit(who, **CALM)
        return Watch(context, site.base), eyes(context.new_page())

    return window


@in_both_languages
def test_pages_are_whole(opened, site: Site, language: str) -> None:
    watch, eye = opened(f"auto-{language}")
    titles: dict[str, list[str]] = {}
    for template in (*PAGES, *VARIANTS):
        answer = eye.page.goto(template.format(**known(site)))
        assert answer.status == 200, template
        eye.look(template, watch.taken())
        if template in PAGES:
            titles.setdefault(eye.page.title(), []).append(template)
    assert eye.wrong == {}
    assert {title: names for title, names in titles.items() if len(names) > 1} == {}


@in_both_languages
def test_pages_of_a_vendor_with_nothing_are_whole(opened, language: str) -> None:
    watch, eye = opened(f"empty-{language}")
    for path in EMPTY:
        assert eye.page.goto(path).status == 200
        eye.look(f"{path}, empty", watch.taken())
    assert eye.wrong == {}


@in_both_languages
def test_pages_without_a_mail_server_are_whole(opened, site: Site, language: str) -> None:
    watch, eye = opened(f"mailless-{language}")
    for path in (f"/cabinet/license-keys/{site.ids['mailless_id']}/send", "/cabinet/settings/mail"):
        assert eye.page.goto(path).status == 200, path
        eye.look(f"{path.replace(site.ids['mailless_id'], '{key_id}')}, no mail", watch.taken())
    assert eye.wrong == {}


@in_both_languages
def test_pages_that_say_no_are_whole(opened, language: str) -> None:
    watch, eye = opened(f"auto-{language}")
    for path, status in ERRORS.items():
        assert eye.page.goto(path).status == status, path
        eye.look(path, watch.taken(status))
    assert eye.wrong == {}
    watch, eye = opened(f"auditor-{language}")
    for path in FORBIDDEN:
        assert eye.page.goto(path.format(**FIXED)).status == 403, path
        eye.look(f"{path}, forbidden", watch.taken(403))
    assert eye.wrong == {}


@in_both_languages
@pytest.mark.parametrize("forms", [REFUSED, (*ANSWERED, *CONFLICTS)], ids=["refused", "answered"])
def test_pages_after_a_form_are_whole(opened, site: Site, forms, language: str) -> None:
    watch, eye = opened(f"auto-{language}")
    for each in forms:
        answer = each.by(eye.page, known(site) | {"language": language})
        also = watch.taken(each.status)
        if answer.status != each.status:
            also.append(f"answered {answer.status}")
        if each in REFUSED and eye.page.locator(".error-summary").count() != 1:
            also.append("does not say what is wrong")
        eye.look(f"{each.path}, {each.status} {' '.join(each.acts)}", also)
    assert eye.wrong == {}


@in_both_languages
def test_pages_before_signing_in_are_whole(chromium, eyes, site: Site, language: str) -> None:
    with chromium.new_context(base_url=site.base, locale=language, **CALM) as context:
        watch, eye = Watch(context, site.base), eyes(context.new_page())
        for path in VISITORS:
            eye.page.goto(path)
            eye.look(path, watch.taken())
        eye.page.goto(VISITORS[0])
        eye.page.locator("#email").fill("nobody@example.com")
        eye.page.locator("#password").fill("не тот пароль")
        with eye.page.expect_navigation() as answer:
            eye.page.locator("#password").press("Enter")
        assert answer.value.status >= 400
        eye.look("/cabinet/sign-in, refused", watch.taken(answer.value.status))
    assert eye.wrong == {}
