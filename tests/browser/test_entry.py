"""From a fresh server to its first colleague, clicked in a browser; every page of it is whole."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import create_engine

from app.kit import totp
from app.kit.config import Settings
from app.kit.serving import listen
from app.main import create_app
from tests.browser.conftest import served
from tests.browser.looks import CALM, Eyes
from tests.factories.clock import NOON, HandClock
from tests.factories.kit import a_kit

PASSWORD, NEW = "зелёный чай в 7 утра", "совсем другой пароль, длинный"


@dataclass
class Fresh:
    """A server that nobody has signed in to, and its clock."""

    base: str
    clock: HandClock
    secret: bytes = b""

    def code(self) -> str:
        """What the authenticator shows in half a minute: no code comes twice."""
        self.clock.pass_(seconds=30)
        return totp.code_at(self.secret, int(self.clock().timestamp()))


@pytest.fixture(params=["ru-RU", "en-GB"])
def locale(request) -> str:
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
def context(chromium, fresh: Fresh, locale: str) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=fresh.base, locale=locale, **CALM)
    made.set_default_timeout(10_000)
    yield made
    made.close()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


@pytest.fixture
def eye(context: BrowserContext, eyes) -> Eyes:
    """Looks at each page on the way."""
    return eyes(context.new_page())


def press(page: Page) -> None:
    """The one main button of the page, and what comes of it."""
    with page.expect_navigation():
        page.locator("main .btn-primary").click()


def set_up(eye: Eyes, fresh: Fresh) -> None:
    """The first owner, their second factor, the recovery codes."""
    page = eye.page
    page.goto("/cabinet/setup")
    eye.look("setup")
    fill(page, **{"vendor-name": "Vector", "vendor-slug": "vector", "vendor-prefix": "vek"})
    fill(page, name="Anna", email="anna@example.com", password=PASSWORD)
    press(page)
    eye.look("setup, refused")
    fill(page, **{"vendor-prefix": "VEKT"}, password=PASSWORD)
    press(page)
    eye.look("second factor")
    letters = page.locator("#totp-secret").inner_text()
    fresh.secret = base64.b32decode(letters.replace(" ", ""))
    fill(page, otp_code=fresh.code())
    press(page)
    eye.look("recovery codes")
    assert len(page.locator("#codes").inner_text().split()) == 10
    press(page)


def sign_in(eye: Eyes, fresh: Fresh) -> None:
    page = eye.page
    fill(page, email="anna@example.com", password=PASSWORD)
    press(page)
    eye.look("code")
    fill(page, otp_code="000000")
    press(page)
    eye.look("code, refused")
    fill(page, otp_code=fresh.code())
    press(page)


def test_a_server_gets_its_owner_and_the_owner_a_colleague(
    context, eye: Eyes, fresh: Fresh
) -> None:
    page = eye.page
    set_up(eye, fresh)
    page.goto("/cabinet/users/invite")
    fresh.clock.pass_(minutes=11)
    fill(page, email="oleg@example.com")
    press(page)
    eye.look("fresh code")
    fill(page, otp_code=fresh.code())
    press(page)
    eye.look("invited")
    link = page.locator("#link").inner_text()
    context.clear_cookies()
    page.goto(link)
    assert page.url.endswith("/cabinet/invite")
    eye.look("invitation")
    fill(page, name="Oleg", password=NEW)
    press(page)
    page.goto("/cabinet/profile")
    assert page.locator("#name").input_value() == "Oleg"
    page.goto(link)
    assert page.locator("h1").count() == 1
    assert eye.wrong == {}


def test_a_form_that_was_filled_in_survives_the_end_of_the_session(eye: Eyes, fresh: Fresh) -> None:
    page = eye.page
    set_up(eye, fresh)
    page.goto("/cabinet/profile")
    fill(page, name="Anna of the night shift")
    fresh.clock.pass_(hours=9)
    press(page)
    eye.look("the session has ended")
    sign_in(eye, fresh)
    eye.look("continue")
    press(page)
    assert re.search(r"/cabinet/profile$", page.url)
    assert page.locator("#name").input_value() == "Anna of the night shift"
    assert eye.wrong == {}
