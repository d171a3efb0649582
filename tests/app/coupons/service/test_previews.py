"""Previews: the redemption itself, undone."""

import pytest
from sqlalchemy import func, select

from app.coupons.models import Coupon, Redemption
from tests.factories.calls import YEAR, refused
from tests.factories.clock import day
from tests.factories.contents import contents
from wire import codes

pytestmark = pytest.mark.usefixtures("noon")


def count(connection, model=Redemption):
    return connection.scalar(select(func.count()).select_from(model))


def used(connection):
    return connection.scalars(select(Coupon.redemption_count)).all()


def test_a_preview_promises_what_the_redemption_does_and_writes_nothing(
    coupon, installer, connection
):
    installer.redeem(coupon())
    installer.activate()
    code = coupon(YEAR | {"seats": 5}, YEAR | {"channel": "rc"})
    before = contents(connection)
    promised = installer.preview(code)
    assert contents(connection) == before
    assert promised.status_code == 200
    told = promised.json()
    assert (told["possible"], told["code"], told["ends_trials"]) == (True, "OK", [])
    done = installer.redeem(code, before_digest=told["before_digest"])
    assert done.status_code == 201
    assert done.json()["redemption"]["effects"] == told["effects"]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"valid_until": day(-1).isoformat()}, "COUPON_EXPIRED"),
        ({"valid_from": day(1).isoformat()}, "COUPON_NOT_STARTED"),
        ({"operations": [YEAR | {"term": {"until": day(-1).isoformat()}}]}, "COUPON_TERM_PASSED"),
    ],
)
def test_an_impossible_preview_is_an_answer_with_the_redemption_s_own_code(
    world, session, installer, connection, told, code
):
    [given] = world.coupon(**told)
    session.commit()
    before = contents(connection)
    answer = installer.preview(given)
    assert answer.status_code == 200
    assert contents(connection) == before
    told = answer.json()
    assert (told["possible"], told["code"], told["effects"]) == (False, code, [])
    assert told["before_digest"] is None
    assert refused(installer.redeem(given))[1] == code


def test_previews_of_typos_and_of_nothing_are_answers_too(installer):
    nobodys = codes.new_code(codes.CodeKind.COUPON, "DEMO").text
    assert installer.preview(nobodys).json()["code"] == "COUPON_NOT_FOUND"
    assert installer.preview("купон").json()["code"] == "COUPON_MALFORMED"


def test_the_preview_of_a_redeemed_coupon_shows_what_it_did(coupon, installer, connection):
    code = coupon()
    done = installer.redeem(code).json()["redemption"]
    told = installer.preview(code).json()
    assert (told["possible"], told["effects"]) == (True, done["effects"])
    assert used(connection) == [1]


def test_a_redemption_that_carries_a_stale_digest_is_refused(coupon, installer, connection):
    code, between = coupon(), coupon(YEAR | {"seats": 9})
    digest = installer.preview(code).json()["before_digest"]
    installer.redeem(between)
    assert refused(installer.redeem(code, before_digest=digest)) == (409, "KEY_CHANGED")
    assert sorted(used(connection)) == [0, 1]
    fresh = installer.preview(code).json()["before_digest"]
    assert fresh != digest
    assert installer.redeem(code, before_digest=fresh).status_code == 201


def test_taking_a_seat_does_not_make_a_preview_stale(coupon, installer):
    installer.redeem(coupon())
    code = coupon()
    digest = installer.preview(code).json()["before_digest"]
    installer.activate()
    assert installer.redeem(code, before_digest=digest).status_code == 201
