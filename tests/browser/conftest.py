"""The installed Chromium before a server of its own, with one thing of every kind in it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import create_engine

from app.kit.config import Settings
from app.kit.db import UnitOfWork
from app.kit.serving import listen
from app.main import create_app
from tests.browser.looks import Eyes
from tests.browser.site import Site, furnish
from tests.factories.kit import a_kit
from tests.looked import PROPERTY, Check

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    if config.getoption("--screenshots") is None:  # they are a command, not a check
        pictures = [item for item in items if item.path.name == "test_screenshots.py"]
        config.hook.pytest_deselected(items=pictures)
        items[:] = [item for item in items if item not in pictures]


@contextmanager
def served(app: FastAPI, port: int, listener: object) -> Iterator[str]:
    """The application behind a real socket until the end of the `with`."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def site(cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A vendor's cabinet with people of both languages and themes signed in."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    settings = Settings(
        environment="test",
        data=tmp_path_factory.mktemp("site"),
        public_url=f"http://127.0.0.1:{port}",
        totp_required=False,
    )
    kit, url = a_kit(settings), cluster.clone(f"{worker_id}_browser")
    engine = create_engine(url)
    with UnitOfWork(engine, kit=kit) as session:
        furnished = furnish(session)
        session.commit()
    with served(create_app(engine, kit), port, listener) as base:
        yield Site(base, furnished.cookies, furnished.ids, furnished.secrets)
    engine.dispose()
    cluster.drop(url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this worker."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium on PATH: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


Visit = Callable[..., BrowserContext]


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    """Somebody's browser window: `visit()`, or in another theme, language, width, vendor."""
    opened: list[BrowserContext] = []

    def window(who: str = "light-ru", width: int = 1280, **more: object) -> BrowserContext:
        context = chromium.new_context(
            base_url=site.base, viewport={"width": width, "height": 800}, **more
        )
        opened.append(context)
        context.add_cookies(
            [{"name": "podkluch_dev", "value": site.cookies[who], "url": site.base}]
        )
        context.set_default_timeout(10_000)
        return context

    yield window
    for context in opened:
        context.close()


@pytest.fixture
def eyes(record_property: Callable[[str, object], None]) -> Callable[[Page], Eyes]:
    """Looks at pages; every look is told at the end of the run."""
    checks: list[Check] = []
    record_property(PROPERTY, checks)
    return lambda page: Eyes(page, checks)
