"""`pytest tests/browser --screenshots=docs/images`: the pictures of the documentation, made anew.

The demo's year with its clock stopped and its chances fixed; only what is random in signatures and
sealed copies differs from run to run, and none of it is on these pages.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine

from app.accounts import queries as accounts
from app.accounts.models import SessionStage
from app.accounts.schemas import Role
from app.accounts.schemas.people import CreateUser
from app.accounts.service import people, sessions, vendors
from app.accounts.service.viewers import actor_of
from app.audit.actor import SYSTEM, Caller
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


@pytest.fixture(scope="module")
def fixed() -> Iterator[None]:
    """Codes and ids that are the same each time."""
    with pytest.MonkeyPatch.context() as chance:
        chance.setattr(codes.new_code, "__defaults__", (Random(1).randbytes,))  # noqa: S311 - of pictures
        chance.setattr(db.secrets, "randbits", Random(2).getrandbits)  # noqa: S311 - of pictures
        yield


@pytest.fixture(scope="module")
def gallery(
    cluster, worker_id: str, tmp_path_factory, fixed
) -> Iterator[tuple[str, Scene, dict[str, str]]]:
    """The demo's cabinet at noon: its address, what is shown, and a cookie for each reader."""
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
            cookies = {who: _reader(session, who) for who in WHO}
    with served(create_app(engine, kit), port, listener) as base:
        yield base, scene, cookies
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
    }
    coupon = made.coupons[0]
    return Scene(
        {name: str(value) for name, value in ids.items()},
        {"key": made.empty_key, "coupon": coupon},
    )


def _reader(session: UnitOfWork, who: str) -> str:
    """The cookie of an owner who likes this theme and reads this language."""
    theme, language = who.split("-")
    vendor = accounts.vendor_by_slug(session, seed.SLUG)
    told = {
        "email": f"{who}@example.com",
        "name": {"ru": "Владелец (демо)", "en": "Owner (demo)"}[language],
        "password": "зелёный чай в 7 утра",
        "role": Role.OWNER,
        "locale": language,
    }
    made = people.create_user(session, vendor.id, CreateUser.model_validate(told), actor=SYSTEM)
    user = accounts.colleague(session, vendor.id, made.user_id).user
    user.theme = theme
    vendors.confirm_master(session, vendor.id, actor=actor_of(user, Caller()))
    return sessions.begin(
        session, user.id, SessionStage.OPEN, Caller(), vendor_id=vendor.id, shown=True
    )


@pytest.mark.parametrize("who", WHO)
def test_screens_are_pictured(
    chromium: Browser, gallery, who: str, pytestconfig: pytest.Config
) -> None:
    base, scene, cookies = gallery
    folder = Path(pytestconfig.getoption("--screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    for shot, reader, width in pictured():
        if reader != who:
            continue
        size = {"width": width, "height": HEIGHT}
        with chromium.new_context(
            base_url=base,
            viewport=size,
            reduced_motion="reduce",
            color_scheme=who.partition("-")[0],
        ) as context:
            context.add_cookies([{"name": "podkluch_dev", "value": cookies[who], "url": base}])
            page = context.new_page()
            SHOTS[shot](page, scene)
            page.wait_for_load_state("networkidle")
            png = page.screenshot(animations="disabled", caret="hide", full_page=shot in WHOLE)
            (folder / name_of(shot, who, width)).write_bytes(slim(png))
