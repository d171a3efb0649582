"""Settings as they are clicked: refused, confirmed, kept; each of these pages is whole."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import CALM


@pytest.mark.parametrize("who", ["auto-ru", "auto-en"])
def test_a_shorter_retention_is_refused_confirmed_and_left_alone(visit, eyes, who: str) -> None:
    page = visit(who, **CALM).new_page()
    eye = eyes(page)
    page.goto("/cabinet/settings/retention")
    page.locator("#retention_days").fill("3")
    page.locator("main form .btn-primary").click()
    expect(page.locator(".error-summary")).to_be_focused()
    eye.look("settings, refused")
    page.locator("#retention_days").fill("100")
    page.locator("main form .btn-primary").click()
    expect(page.locator("main table")).to_contain_text("400")
    eye.look("settings, confirmation")
    page.locator("main form a.btn").click()
    expect(page.locator("#retention_days")).to_have_value("400")
    assert eye.wrong == {}


@pytest.mark.parametrize("who", ["auto-ru", "auto-en"])
def test_a_mail_server_is_typed_and_its_password_never_comes_back(visit, eyes, who: str) -> None:
    page = visit(who, **CALM).new_page()
    eye = eyes(page)
    page.goto("/cabinet/settings/mail")
    page.locator("#host").fill("smtp.example.com")
    page.locator("#sender").fill("")
    page.locator("#password").fill("письма, письма")
    page.locator("main form .btn-primary").click()
    expect(page.locator("#sender")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#password")).to_have_value("")
    eye.look("settings, refused")
    page.locator("#password").fill("письма, письма")
    page.locator("#sender").fill("keys@example.com")
    page.locator("main form .btn-primary").click()
    expect(page.locator("#password")).to_have_value("")
    page.goto("/cabinet/settings/mail/test")
    eye.look("settings, test letter")
    page.goto("/cabinet/settings/mail")
    for name in ("host", "sender"):
        page.locator(f"#{name}").fill("")
    page.locator("main form .btn-primary").click()
    eye.look("settings, without letters")
    page.locator("main form .btn-primary").click()
    expect(page.locator("#host")).to_have_value("")
    assert eye.wrong == {}
