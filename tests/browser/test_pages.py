"""Every page as people meet it: both themes, both languages, wide and narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute, iter_route_contexts
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import create_engine

from app.kit.config import Settings
from app.kit.db import Kit
from app.main import create_app
from tests.browser.pages import ELSEWHERE, FIXED, PAGES, VARIANTS, VISITORS
from tests.browser.site import WHO, Site

WIDTHS = (1280, 360)
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}


def addresses() -> set[str]:
    """The templates of all pages that can be asked for."""
    product = create_app(create_engine("postgresql://"), Kit(Settings(), None, keyring=None))
    return {
        context.path
        for context in iter_route_contexts(product.routes)
        if (context.path or "").startswith("/cabinet")
        and isinstance(context.original_route, APIRoute)
        and "GET" in context.methods
    }


def test_every_page_is_registered():
    assert addresses() == {*PAGES, *VISITORS, *ELSEWHERE}


class Watch:
    """What a page does beside being shown: errors in the console, requests elsewhere."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.faults: list[str] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", lambda request: self._asked(request.url, site.base))

    def _said(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")

    def _asked(self, url: str, base: str) -> None:
        if not url.startswith((base, "data:", "blob:")):
            self.faults.append(f"asked elsewhere: {url}")


def faults_of(page: Page, axe: Axe) -> list[str]:
    """What is wrong with the page that is shown, apart from its traffic."""
    found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations(page, axe)]
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} h1")
    width = page.viewport_size["width"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"scrolls sideways: {wide} in {width}")
    return found


def violations(page: Page, axe: Axe) -> list[dict]:
    return axe.run(page, options=RULES).response["violations"]


@pytest.mark.parametrize("who", WHO)
def test_pages_are_whole_in_every_theme_language_and_width(visit, site: Site, who: str) -> None:
    context, axe = visit(who), Axe()
    watch, page, titles = Watch(context, site), context.new_page(), {}
    wrong: dict[str, list[str]] = {}
    for template in (*PAGES, *VARIANTS):
        path = template.format(**site.ids, **FIXED)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            answer = page.goto(path)
            found = faults_of(page, axe) if answer.status == 200 else [f"{answer.status}"]
            wrong[f"{template} {width}"] = found + watch.faults
            watch.faults.clear()
        titles.setdefault(page.title(), []).append(template)
    wrong = {name: found for name, found in wrong.items() if found}
    print(f"{len(PAGES) + len(VARIANTS)} pages, {who}, {len(WIDTHS)} widths")  # noqa: T201 - the count is asked for
    assert wrong == {}
    repeated = {title: names for title, names in titles.items() if len(set(names) & set(PAGES)) > 1}
    assert repeated == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_before_signing_in_are_whole(chromium, site: Site, scheme: str) -> None:
    context = chromium.new_context(base_url=site.base, color_scheme=scheme)
    watch, page, wrong = Watch(context, site), context.new_page(), {}
    for path in VISITORS:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(path)
            wrong[f"{path} {width}"] = faults_of(page, Axe()) + watch.faults
    context.close()
    assert {name: found for name, found in wrong.items() if found} == {}
