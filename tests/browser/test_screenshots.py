"""`pytest tests/browser --screenshots=docs/images`: the pictures of the documentation, made anew.

The demo's year with its clock stopped and its chances fixed; only what is random in signatures and
sealed copies differs from run to run, and none of it is on these pages.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, create_engine, select, update

from app.accounts import queries as accounts
from app.accounts.models import SessionStage, User
from app.accounts.service import sessions, vendors
from app.accounts.service.viewers import actor_of
from app.audit.actor import Caller
from app.catalog.models import Extension, Release
from app.demo import seed
from app.demo.history.load import load
from app.kit import db
from app.kit.config import Settings
from app.kit.db import UnitOfWork, transaction
from app.kit.serving import listen
from app.licensing.queries.keys import license_key
from app.licensing.service import keys
from app.main import create_app
from tests.browser.conftest import served
from tests.browser.pictures import slim
from tests.browser.shots import SHOTS, WHO, WHOLE, Scene, name_of, pictured
from tests.factories.clock import NOON, HandClock
from tests.factories.kit import a_kit
from wire import codes

HEIGHT = 800
LOCALES = {"ru": "ru-RU", "en": "en-GB"}


@dataclass(frozen=True)
class Gallery:
    """The demo's cabinet at noon: where it is, what it shows, and its owner's cookie."""

    base: str
    engine: Engine
    scene: Scene
    cookie: str

    def looks(self, theme: str, language: str) -> None:
        """From now on the owner likes this theme and reads this language."""
        with self.engine.begin() as connection:
            connection.execute(update(User).values(theme=theme, locale=language))


@pytest.fixture(scope="module")
def fixed() -> Iterator[None]:
    """Codes and ids that are the same each time."""
    with pytest.MonkeyPatch.context() as chance:
        chance.setattr(codes.new_code, "__defaults__", (Random(1).randbytes,))  # noqa: S311 - of pictures
        chance.setattr(db.secrets, "randbits", Random(2).getrandbits)  # noqa: S311 - of pictures
        yield


@pytest.fixture(scope="module")
def gallery(cluster, worker_id: str, tmp_path_factory, fixed) -> Iterator[Gallery]:
    del fixed
    clock, listener = HandClock(), listen("127.0.0.1", 0)
    clock.at, port = NOON, listener.getsockname()[1]
    place, url = tmp_path_factory.mktemp("gallery"), cluster.clone(f"{worker_id}_gallery")
    address = f"http://127.0.0.1:{port}"
    settings = Settings(environment="test", data=place, public_url=address, totp_required=False)
    kit, engine = a_kit(settings, clock), create_engine(url)
    with engine.begin() as connection:
        stories = load(connection, kit)
        with transaction(connection, kit) as session:
            made = seed.load(session)
            scene = _scene(session, stories, made)
            cookie = _owner(session)
    with served(create_app(engine, kit), port, listener) as base:
        yield Gallery(base, engine, scene, cookie)
    engine.dispose()
    cluster.drop(url)


def _scene(session: UnitOfWork, stories, made: seed.Credentials) -> Scene:
    vendor = accounts.vendor_by_slug(session, seed.SLUG)
    found = {name: keys.find(session, vendor.id, code) for name, code in stories.items()}
    full = license_key(session, vendor.id, found["seats"].id)
    ids = {
        "key": full.id,
        "customer": full.customer_id,
        "story": found["configuration"].id,
        "release": _newest(session, vendor.id),
    }
    coupon = made.coupons[0]
    return Scene(
        {name: str(value) for name, value in ids.items()},
        {"key": made.empty_key, "coupon": coupon},
    )


def _newest(session: UnitOfWork, vendor_id: uuid.UUID) -> uuid.UUID:
    """The release of the first extension that was published last."""
    told = select(Release.id).join(Extension, Extension.id == Release.extension_id)
    published = told.where(Release.vendor_id == vendor_id, Release.status == "published")
    newest = published.where(Extension.code == "document-check", Release.channel == "stable")
    return session.scalars(newest.order_by(Release.published_at.desc()).limit(1)).one()


def _owner(session: UnitOfWork) -> str:
    """The cookie of the demo's owner, who has written down the words of MASTER."""
    vendor = accounts.vendor_by_slug(session, seed.SLUG)
    [owner] = accounts.owners(session, vendor.id)
    vendors.confirm_master(session, vendor.id, actor=actor_of(owner, Caller()))
    return sessions.begin(
        session, owner.id, SessionStage.OPEN, Caller(), vendor_id=vendor.id, shown=True
    )


@pytest.mark.parametrize("who", WHO)
def test_screens_are_pictured(
    chromium: Browser, gallery: Gallery, who: str, pytestconfig: pytest.Config
) -> None:
    folder = Path(pytestconfig.getoption("--screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    theme, language = who.split("-")
    gallery.looks(theme, language)
    calm = {"reduced_motion": "reduce", "color_scheme": theme, "locale": LOCALES[language]}
    for shot, reader, width in pictured():
        if reader != who:
            continue
        size = {"width": width, "height": HEIGHT}
        with chromium.new_context(base_url=gallery.base, viewport=size, **calm) as context:
            told = {"name": "podkluch_dev", "value": gallery.cookie, "url": gallery.base}
            context.add_cookies([told])
            page = context.new_page()
            SHOTS[shot](page, gallery.scene)
            page.wait_for_load_state("networkidle")
            assert page.locator("html").get_attribute("lang") == language
            png = page.screenshot(animations="disabled", caret="hide", full_page=shot in WHOLE)
            (folder / name_of(shot, who, width)).write_bytes(slim(png))
