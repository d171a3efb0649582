"""The verdict on a key, as agents ask for it."""

import pytest
from sqlalchemy import update

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.customers.models import Customer
from app.licensing.models import Entitlement, LicenseKey
from tests.factories.calls import PRODUCT
from tests.factories.clock import day
from tests.factories.contents import contents
from tests.factories.written import written

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def more(world, session):
    """A second product that nobody has yet."""
    command = CreateProduct(code="aaa-first", name="Ценники", default_term={"days": 30})
    made = create_product(session, world.vendor.id, command, actor=SYSTEM)
    session.commit()
    return made


def bought(world, session, installer, **operation):
    told = {"product": PRODUCT, "term": {"days": 365}, **operation}
    [coupon] = world.coupon(operations=[told])
    session.commit()
    assert installer.redeem(coupon).status_code == 201


@pytest.fixture
def has_bought(world, session, installer):
    """The world whose customer has a year of the product."""
    bought(world, session, installer)
    return world


def verdict(installer, *products):
    answer = installer.check(*products)
    assert answer.status_code == 200
    told = answer.json()
    return told["valid"], told["code"]


def test_a_running_product_makes_the_key_good(world, session, installer):
    bought(world, session, installer)
    answer = installer.check().json()
    assert (answer["valid"], answer["code"], answer["text"]) == (
        True,
        "ACTIVE",
        "Действует до 22.11.2027",
    )
    assert answer["key"] == {"hint": world.key.hint, "customer": "ООО «Василёк»"}
    assert answer["entitlements"] == [
        {
            "product": {"code": PRODUCT, "name": "Складской помощник"},
            "status": "ACTIVE",
            "text": "Действует до 22.11.2027",
            "valid_until": "2027-11-22",
            "updates_until": None,
            "window_end": "2027-11-22",
            "days_left": 365,
            "trial": False,
            "seats": {"max": 3, "used": 0},
            "channel": "stable",
            "activated_here": False,
            "features": [],
        }
    ]


def test_a_product_near_its_end_is_good_and_says_so(world, session, installer):
    bought(world, session, installer, term={"days": 9})
    answer = installer.check().json()
    assert (answer["valid"], answer["code"], answer["text"]) == (
        True,
        "EXPIRING",
        "Истекает через 9 дней",
    )


def test_a_seat_here_is_shown(world, session, installer):
    bought(world, session, installer)
    installer.activate()
    here = installer.check().json()["entitlements"][0]
    beside = installer.beside().check().json()["entitlements"][0]
    assert (here["activated_here"], here["seats"]) == (True, {"max": 3, "used": 1})
    assert (beside["activated_here"], beside["seats"]) == (False, {"max": 3, "used": 1})


def test_a_token_is_told_of_its_own_seat(world, session, installer):
    bought(world, session, installer)
    installer.activate()
    answer = installer.post("license-checks", installer.token).json()
    assert answer["entitlements"][0]["activated_here"] is True


def test_an_empty_key_says_so_whatever_is_asked(installer):
    assert verdict(installer) == (False, "KEY_EMPTY")
    assert verdict(installer, PRODUCT) == (False, "KEY_EMPTY")


def test_withdrawn_products_leave_a_key_empty(world, session, installer, connection):
    bought(world, session, installer)
    connection.execute(update(Entitlement).values(status="withdrawn"))
    assert verdict(installer) == (False, "KEY_EMPTY")


def test_every_product_asked_for_has_to_be_there(world, session, installer, more):
    bought(world, session, installer)
    assert verdict(installer, PRODUCT) == (True, "ACTIVE")
    assert verdict(installer, PRODUCT, more.code) == (False, "PRODUCT_MISSING")
    assert verdict(installer, "no-such-thing") == (False, "PRODUCT_MISSING")


def test_the_weakest_product_asked_for_decides(world, session, installer, more):
    bought(world, session, installer, term={"days": 9})
    bought(world, session, installer, product=more.code)
    for asked in ([PRODUCT, more.code], [more.code, PRODUCT]):
        assert verdict(installer, *asked) == (True, "EXPIRING")


def test_the_best_product_decides_where_none_is_asked_for(
    world, session, installer, more, connection
):
    bought(world, session, installer)
    bought(world, session, installer, product=more.code, term={"days": 9})
    assert verdict(installer) == (True, "ACTIVE")
    connection.execute(
        update(Entitlement)
        .where(Entitlement.product_id == world.product.id)
        .values(status="suspended")
    )
    assert verdict(installer) == (True, "EXPIRING")


def test_an_expired_product_is_good_for_its_releases_and_no_more(
    world, session, installer, connection, clock
):
    bought(world, session, installer)
    clock.turn_to(day(366))
    assert verdict(installer, PRODUCT) == (True, "ENTITLEMENT_EXPIRED")
    written(connection, update(type(world.product)).values(after_expiry="block"))
    assert verdict(installer, PRODUCT) == (False, "ENTITLEMENT_EXPIRED")


@pytest.mark.parametrize(
    ("model", "state", "code"),
    [
        (Vendor, {"status": "suspended"}, "VENDOR_SUSPENDED"),
        (Customer, {"status": "blocked"}, "CUSTOMER_BLOCKED"),
        (LicenseKey, {"status": "revoked"}, "KEY_REVOKED"),
        (LicenseKey, {"status": "suspended"}, "KEY_SUSPENDED"),
        (Entitlement, {"status": "suspended"}, "ENTITLEMENT_SUSPENDED"),
        (Entitlement, {"starts_on": day(1)}, "ENTITLEMENT_NOT_STARTED"),
        (Entitlement, {"is_trial": True, "valid_until": day(-1)}, "TRIAL_EXPIRED"),
    ],
)
def test_no_is_an_answer_with_every_member(has_bought, installer, connection, model, state, code):
    world = has_bought
    connection.execute(update(model).values(**state))
    answer = installer.check(PRODUCT)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["valid"], told["code"]) == (False, code)
    assert told["text"]
    assert told["key"]["hint"] == world.key.hint
    assert told["entitlements"][0]["status"] == code


def test_a_withdrawn_product_that_is_asked_for_is_named(
    world, session, installer, more, connection
):
    bought(world, session, installer)
    bought(world, session, installer, product=more.code)
    connection.execute(
        update(Entitlement)
        .where(Entitlement.product_id == world.product.id)
        .values(status="withdrawn")
    )
    assert verdict(installer, PRODUCT) == (False, "ENTITLEMENT_WITHDRAWN")


def test_a_check_writes_nothing_but_its_log(world, session, installer, connection):
    bought(world, session, installer)
    before = contents(connection)
    installer.check(PRODUCT)
    installer.check()
    after = contents(connection)
    assert after.pop("license_checks")
    assert not before.pop("license_checks")
    assert after == before
