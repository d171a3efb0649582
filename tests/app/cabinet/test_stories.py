"""Why does it not install? Eight stories, each from one pasted key to the answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import WithdrawRelease
from app.catalog.service import releases
from tests.factories.calls import Installer
from tests.factories.clock import NOON
from tests.factories.people import Browser, a_person, said
from tests.factories.world import World

TRADE = {"configuration": {"name": "УправлениеТорговлей", "version": "11.5.1.1"}}
OLD_PLATFORM = {"platform_version": "8.3.20.1100"}
RULE = {
    "configuration_name": "БухгалтерияПредприятия",
    "version_from": "3.0.150.0",
    "version_to": "3.0.170.*",
    "platform_min": ["8.3.24.1548"],
}


@pytest.fixture
def support(world, session, browser) -> Callable[[], Browser]:
    """Somebody of support comes to the cabinet."""

    def come() -> Browser:
        person = a_person(session, world.vendor.id, "support", factor=False)
        session.commit()
        return browser.sign_in(person)

    return come


def with_products(world: World, installer: Installer, **operation: object) -> None:
    told = {"product": world.product.code, "term": {"days": 365}, "seats": 3} | operation
    [code] = world.coupon(operations=[told])
    world.session.commit()
    installer.redeem(code).raise_for_status()


def expired(world: World, installer: Installer, clock) -> None:
    with_products(world, installer, term={"days": 10})
    clock.at = NOON + timedelta(days=20)
    world.release()
    world.session.commit()
    installer.offers()


def seats_used_up(world: World, installer: Installer, _clock) -> None:
    world.release()
    with_products(world, installer, seats=1)
    installer.activate().raise_for_status()
    assert installer.beside().activate().status_code == 409


def wrong_configuration(world: World, installer: Installer, _clock) -> None:
    world.release()
    with_products(world, installer)
    installer.offers(**TRADE).raise_for_status()


def too_old_platform(world: World, installer: Installer, _clock) -> None:
    world.release("2.4.0", RULE)
    with_products(world, installer)
    installer.activate(**OLD_PLATFORM).raise_for_status()


def agreement_not_accepted(world: World, installer: Installer, _clock) -> None:
    release = world.release()
    world.eula()
    with_products(world, installer)
    installer.activate().raise_for_status()
    assert installer.ask(release.id).status_code == 403


def withdrawn_release(world: World, installer: Installer, _clock) -> None:
    release = world.release()
    with_products(world, installer)
    installer.activate().raise_for_status()
    installer.report(installer.a_report(release_id=str(release.id))).raise_for_status()
    command = WithdrawRelease(withdrawn_reason_ru="Портит документы продажи", advice="stop")
    releases.withdraw(world.session, world.vendor.id, release.id, command, actor=SYSTEM)
    world.session.commit()


def locked_infobase(world: World, installer: Installer, _clock) -> None:
    release = world.release()
    with_products(world, installer)
    installer.activate().raise_for_status()
    told = {"release_id": str(release.id), "outcome": "failed", "code": "EXCLUSIVE_LOCK"}
    installer.report(installer.a_report(**told)).raise_for_status()


def rolled_back(world: World, installer: Installer, _clock) -> None:
    release = world.release()
    with_products(world, installer)
    installer.activate().raise_for_status()
    told = {"release_id": str(release.id), "outcome": "rolled_back", "code": "NOT_ACTIVE"}
    installer.report(installer.a_report(**told)).raise_for_status()


STORIES: list[tuple[Callable[..., None], str, str]] = [
    (expired, "UPDATES_EXPIRED", "Renew: activate a coupon with a new term on the key"),
    (seats_used_up, "SEAT_LIMIT_REACHED", "Release the seat of an infobase that is gone"),
    (
        wrong_configuration,
        "CONFIGURATION_UNSUPPORTED",
        "Configuration УправлениеТорговлей is not supported".lower(),
    ),
    (too_old_platform, "PLATFORM_TOO_OLD", "The customer has to update the 1C platform"),
    (agreement_not_accepted, "EULA_REQUIRED", "The customer accepts the agreement in the agent"),
    (withdrawn_release, "RELEASE_WITHDRAWN", "Портит документы продажи"),
    (locked_infobase, "EXCLUSIVE_LOCK", "Ask everybody to leave the infobase"),
    (rolled_back, "NOT_ACTIVE", "the version before it was put back"),
]


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("story", STORIES, ids=[story[0].__name__ for story in STORIES])
def test_a_pasted_key_is_answered_in_two_requests(world, installer, clock, support, story):
    happen, code, says = story
    happen(world, installer, clock)
    answer = support().post("/support", {"q": world.code.lower().replace("-", " ")})
    assert [each.status_code for each in (*answer.history, answer)] == [303, 200]
    before = said(answer).partition("Everything that happened")[0]
    assert code in before, before
    assert says.lower() in before.lower(), before


def test_a_key_that_is_all_right_is_said_to_be(world, installer, support):
    world.release()
    with_products(world, installer)
    installer.activate().raise_for_status()
    assert "Nothing is in the way" in said(support().post("/support", {"q": world.code}))
