"""From a fresh server to its first colleague, clicked in a browser; every page of it is whole."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import create_engine

from app.kit import totp
from app.kit.config import Settings
from app.kit.serving import listen
from app.main import create_app
from tests.browser.conftest import served
from tests.browser.test_pages import WIDTHS, faults_of
from tests.factories.clock import NOON, HandClock
from tests.factories.kit import a_kit

PASSWORD, NEW = "зелёный чай в 7 утра", "совсем другой пароль, длинный"


@dataclass
class Fresh:
    """A server that nobody has signed in to, and its clock."""

    base: str
    clock: HandClock
    secret: bytes = b""
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def code(self) -> str:
        """What the authenticator shows in half a minute: no code comes twice."""
        self.clock.pass_(seconds=30)
        return totp.code_at(self.secret, int(self.clock().timestamp()))

    def look(self, page: Page, name: str) -> None:
        """The page that is shown, at both widths."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            self.wrong[f"{name} {width}"] = faults_of(page, Axe())


@pytest.fixture(params=["light", "dark"])
def scheme(request) -> str:
    return request.param


@pytest.fixture
def fresh(clone_database: Callable[[], str], tmp_path) -> Iterator[Fresh]:
    listener = listen("127.0.0.1", 0)
    port, clock = listener.getsockname()[1], HandClock()
    clock.at = NOON
    settings = Settings(environment="test", data=tmp_path, public_url=f"http://127.0.0.1:{port}")
    engine = create_engine(clone_database())
    with served(create_app(engine, a_kit(settings, clock)), port, listener) as base:
        yield Fresh(base, clock)
    engine.dispose()


@pytest.fixture
def context(chromium, fresh: Fresh, scheme: str) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=fresh.base, color_scheme=scheme, locale="en-GB")
    made.set_default_timeout(10_000)
    yield made
    made.close()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


def press(page: Page, text: str) -> None:
    page.get_by_role("main").get_by_role("button", name=text, exact=True).click()


def set_up(page: Page, fresh: Fresh) -> None:
    """The first owner, their second factor, the recovery codes."""
    page.goto("/cabinet/setup")
    fresh.look(page, "setup")
    fill(page, **{"vendor-name": "Vector", "vendor-slug": "vector", "vendor-prefix": "vekt"})
    fill(page, name="Anna", email="anna@example.com", password=PASSWORD)
    press(page, "Create the owner")
    fresh.look(page, "setup, refused")
    fill(page, **{"vendor-prefix": "VEKT"}, password=PASSWORD)
    press(page, "Create the owner")
    fresh.look(page, "second factor")
    letters = page.locator("#totp-secret").inner_text()
    fresh.secret = base64.b32decode(letters.replace(" ", ""))
    fill(page, otp_code=fresh.code())
    press(page, "Confirm")
    fresh.look(page, "recovery codes")
    assert len(page.locator("#codes").inner_text().split()) == 10
    page.get_by_role("link", name="Done").click()


def sign_in(page: Page, fresh: Fresh, password: str = PASSWORD) -> None:
    fill(page, email="anna@example.com", password=password)
    press(page, "Sign in")
    fresh.look(page, "code")
    fill(page, otp_code="000000")
    press(page, "Continue")
    fresh.look(page, "code, refused")
    fill(page, otp_code=fresh.code())
    press(page, "Continue")


def test_a_server_gets_its_owner_and_the_owner_a_colleague(context, fresh: Fresh) -> None:
    page = context.new_page()
    set_up(page, fresh)
    page.goto("/cabinet/users/invite")
    fresh.clock.pass_(minutes=11)
    fill(page, email="oleg@example.com")
    press(page, "Invite")
    fresh.look(page, "fresh code")
    fill(page, otp_code=fresh.code())
    press(page, "Confirm and continue")
    fresh.look(page, "invited")
    link = page.locator("#link").inner_text()
    context.clear_cookies()
    page.goto(link)
    assert page.url.endswith("/cabinet/invite")
    fresh.look(page, "invitation")
    fill(page, name="Oleg", password=NEW)
    press(page, "Accept the invitation")
    page.goto("/cabinet/profile")
    assert page.locator("#name").input_value() == "Oleg"
    page.goto(link)
    assert page.locator("h1").count() == 1
    assert {name: found for name, found in fresh.wrong.items() if found} == {}


def test_a_form_that_was_filled_in_survives_the_end_of_the_session(context, fresh: Fresh) -> None:
    page = context.new_page()
    set_up(page, fresh)
    page.goto("/cabinet/profile")
    fill(page, name="Anna of the night shift")
    fresh.clock.pass_(hours=9)
    press(page, "Save")
    fresh.look(page, "the session has ended")
    sign_in(page, fresh)
    fresh.look(page, "continue")
    press(page, "Continue")
    assert re.search(r"/cabinet/profile$", page.url)
    assert page.locator("#name").input_value() == "Anna of the night shift"
    assert {name: found for name, found in fresh.wrong.items() if found} == {}
