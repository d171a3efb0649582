"""Redeeming again: the first result for the same key, one redemption per customer."""

import pytest
from sqlalchemy import func, select, update

from app.coupons.models import Coupon, Redemption
from app.customers.models import Customer
from app.licensing.models import LicenseKey
from tests.factories.calls import refused
from tests.factories.clock import day
from tests.factories.contents import contents

pytestmark = pytest.mark.usefixtures("noon")


def count(connection, model=Redemption):
    return connection.scalar(select(func.count()).select_from(model))


def used(connection):
    return connection.scalars(select(Coupon.redemption_count)).all()


def test_the_same_coupon_and_key_again_is_the_first_result(coupon, installer, connection, clock):
    code = coupon()
    first = installer.redeem(code).json()["redemption"]
    clock.pass_(days=3)
    before = contents(connection)
    answer = installer.redeem(code)
    assert answer.status_code == 200
    assert answer.json()["redemption"] == first | {"replayed": True}
    assert contents(connection) == before


@pytest.mark.parametrize(
    ("model", "state"),
    [
        (Coupon, {"valid_until": day(-1)}),
        (Coupon, {"status": "disabled"}),
        (Coupon, {"valid_from": day(9)}),
        (LicenseKey, {"status": "suspended"}),
        (Customer, {"status": "blocked"}),
    ],
)
def test_a_replay_comes_before_every_refusal(coupon, installer, connection, model, state):
    code = coupon()
    first = installer.redeem(code).json()["redemption"]
    connection.execute(update(model).values(**state))
    answer = installer.redeem(code, before_digest="of another time")
    assert (answer.status_code, answer.json()["redemption"]["id"]) == (200, first["id"])


def test_a_customer_redeems_a_coupon_once_with_whatever_key(
    coupon, installer, second, clock, connection
):
    code = coupon(max_redemptions=10)
    installer.redeem(code)
    clock.pass_(days=1)
    answer = second.redeem(code)
    assert refused(answer) == (409, "COUPON_ALREADY_REDEEMED")
    assert answer.json()["params"] == {"date": "2026-11-22"}
    assert used(connection) == [1]


def test_a_coupon_serves_as_many_customers_as_it_may(
    coupon, installer, stranger, holder, connection
):
    code = coupon(max_redemptions=2)
    assert installer.redeem(code).status_code == stranger.redeem(code).status_code == 201
    answer = holder("ООО «Третий»").redeem(code)
    assert refused(answer) == (409, "COUPON_EXHAUSTED")
    assert answer.json()["params"] == {"count": 2, "max": 2}
    assert answer.json()["title"] == "Купон уже использован: 2 из 2"
    assert (used(connection), count(connection)) == ([2], 2)


def test_an_exhausted_coupon_still_replays(coupon, installer, stranger):
    code = coupon()
    installer.redeem(code)
    assert refused(stranger.redeem(code)) == (409, "COUPON_EXHAUSTED")
    assert installer.redeem(code).json()["redemption"]["replayed"] is True
