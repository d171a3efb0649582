"""Settings as they are clicked: refused, confirmed, kept; each of these pages is whole."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_pages import WIDTHS, faults_of


def look(page: Page, wrong: dict[str, list[str]], name: str) -> None:
    """The page that is shown, at both widths."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wrong[f"{name} {width}"] = faults_of(page, Axe())


@pytest.mark.parametrize("who", ["light-ru", "dark-en"])
def test_a_shorter_retention_is_refused_confirmed_and_left_alone(visit, who: str) -> None:
    page, wrong = visit(who).new_page(), {}
    page.goto("/cabinet/settings/retention")
    page.locator("#retention_days").fill("3")
    page.locator("main form .btn-primary").click()
    expect(page.locator(".error-summary")).to_be_focused()
    look(page, wrong, "refused")
    page.locator("#retention_days").fill("100")
    page.locator("main form .btn-primary").click()
    expect(page.locator("main table")).to_contain_text("400")
    look(page, wrong, "confirmation")
    page.locator("main form a.btn").click()
    expect(page.locator("#retention_days")).to_have_value("400")
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("who", ["light-ru", "dark-en"])
def test_a_mail_server_is_typed_and_its_password_never_comes_back(visit, who: str) -> None:
    page, wrong = visit(who).new_page(), {}
    page.goto("/cabinet/settings/mail")
    page.locator("#host").fill("smtp.example.com")
    page.locator("#password").fill("письма, письма")
    page.locator("main form .btn-primary").click()
    expect(page.locator("#sender")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#password")).to_have_value("")
    look(page, wrong, "refused")
    page.locator("#password").fill("письма, письма")
    page.locator("#sender").fill("keys@example.com")
    page.locator("main form .btn-primary").click()
    expect(page.locator("#password")).to_have_value("")
    page.goto("/cabinet/settings/mail/test")
    look(page, wrong, "test letter")
    page.goto("/cabinet/settings/mail")
    for name in ("host", "sender"):
        page.locator(f"#{name}").fill("")
    page.locator("main form .btn-primary").click()
    look(page, wrong, "without letters")
    page.locator("main form .btn-primary").click()
    expect(page.locator("#host")).to_have_value("")
    assert {name: found for name, found in wrong.items() if found} == {}
