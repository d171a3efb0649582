"""Offers: what fits and may not be had is a row with its reason."""

import pytest
from sqlalchemy import update

from app.accounts.models import Vendor
from app.catalog.models import Product, Release
from app.customers.models import Customer
from app.licensing.models import Entitlement, LicenseKey
from tests.factories.calls import refused
from tests.factories.clock import day
from tests.factories.offers import best, rows
from tests.factories.world import BUH
from tests.factories.written import written

pytestmark = pytest.mark.usefixtures("noon")

OLD = BUH | {"version_to": "3.0.149.*", "version_from": "3.0.100.0"}


# Availability


@pytest.mark.usefixtures("on_offer")
@pytest.mark.parametrize(
    ("model", "state", "code"),
    [
        (Entitlement, {"status": "withdrawn"}, "ENTITLEMENT_WITHDRAWN"),
        (Entitlement, {"status": "suspended"}, "ENTITLEMENT_SUSPENDED"),
        (Entitlement, {"starts_on": day(1)}, "ENTITLEMENT_NOT_STARTED"),
        (Entitlement, {"valid_until": day(-1), "is_trial": True}, "TRIAL_EXPIRED"),
        (Entitlement, {"valid_until": day(-1)}, "UPDATES_EXPIRED"),
        (Entitlement, {"updates_until": day(-1)}, "UPDATES_EXPIRED"),
        (Release, {"channel": "rc"}, "CHANNEL_NOT_ALLOWED"),
        (Release, {"status": "paused"}, "RELEASE_PAUSED"),
        (Release, {"status": "withdrawn"}, "RELEASE_WITHDRAWN"),
    ],
)
def test_what_fits_and_may_not_be_had_is_a_row_with_its_reason(
    installer, connection, model, state, code
):
    written(connection, update(model).values(**state))
    answer = installer.offers(show_all=True)
    [row] = answer.json()["data"]
    assert (row["verdict"], row["available"], row["code"]) == ("compatible", False, code)
    assert (row["action"], row["best"], row["matched_rule"]) == ("blocked", False, 1)
    assert row["reason"]
    assert "{" not in row["reason"]
    assert answer.json()["nearest"][0]["code"] == code
    assert installer.offers().json()["data"] == []


@pytest.mark.usefixtures("on_offer")
def test_expired_updates_say_both_days(installer, connection):
    written(connection, update(Entitlement).values(updates_until=day(-1)))
    [row] = installer.offers(show_all=True).json()["data"]
    assert row["reason"] == "Обновления действовали до 21.11.2026, релиз вышел 22.11.2026"
    assert row["params"] == {"until": "2026-11-21", "published": "2026-11-22"}


def test_an_expired_product_keeps_the_releases_of_its_time_or_none(
    buy, publish, installer, connection, clock
):
    buy()
    publish("2.4.0")
    clock.turn_to(day(366))
    publish("2.5.0")
    codes = {version: row["code"] for version, row in rows(installer.offers(show_all=True)).items()}
    assert codes == {"2.5.0": "UPDATES_EXPIRED", "2.4.0": "COMPATIBLE"}
    assert best(installer.offers()) == ["2.4.0"]
    written(connection, update(Product).values(after_expiry="block"))
    codes = {row["code"] for row in installer.offers(show_all=True).json()["data"]}
    assert codes == {"ENTITLEMENT_EXPIRED"}


@pytest.mark.parametrize(
    ("allowed", "asked", "seen"),
    [
        ("stable", "dev", {"stable"}),
        ("rc", "stable", {"stable"}),
        ("rc", "dev", {"stable", "rc"}),
        ("dev", "beta", {"stable", "rc", "beta"}),
        ("dev", "dev", {"stable", "rc", "beta", "dev"}),
    ],
)
def test_a_channel_is_allowed_up_to_the_key_s_and_the_agent_s(
    buy, publish, installer, allowed, asked, seen
):
    buy(channel=allowed)
    for number, channel in enumerate(["stable", "rc", "beta", "dev"]):
        publish(f"2.{number}.0", channel=channel)
    answer = installer.offers(channel=asked).json()
    assert {row["release"]["channel"] for row in answer["data"]} == seen


def test_a_published_day_is_the_vendor_s_day(buy, publish, installer, connection, clock):
    buy()
    clock.pass_(hours=12)  # in Moscow the next day has begun
    publish()
    written(connection, update(Entitlement).values(updates_until=day(0)))
    [row] = installer.offers(show_all=True).json()["data"]
    assert row["params"] == {"until": day(0).isoformat(), "published": day(1).isoformat()}


@pytest.mark.usefixtures("on_offer")
@pytest.mark.parametrize(
    ("model", "state", "code"),
    [
        (Vendor, {"status": "suspended"}, "VENDOR_SUSPENDED"),
        (Customer, {"status": "blocked"}, "CUSTOMER_BLOCKED"),
        (LicenseKey, {"status": "revoked"}, "KEY_REVOKED"),
        (LicenseKey, {"status": "suspended"}, "KEY_SUSPENDED"),
    ],
)
def test_a_blocked_key_is_a_problem_and_no_empty_list(installer, connection, model, state, code):
    written(connection, update(model).values(**state))
    assert refused(installer.offers()) == (403, code)
