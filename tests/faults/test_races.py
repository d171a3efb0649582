"""Limits under 64 threads of two processes: never one too many, never an error."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from app.coupons.models import Coupon, Redemption
from app.licensing.models import Activation, Entitlement, EntitlementChange, InstallationToken
from tests.factories.clock import day

CLIENTS = 64
ROUNDS = 20


@pytest.fixture
def keys(stage):
    """As many keys as there are clients, each of a customer of its own."""
    return stage.keys(CLIENTS)


def redeeming(keys, coupons):
    return [{"key": key, "coupon": coupon} for key, coupon in zip(keys, coupons, strict=True)]


def activating(key, infobases):
    return [{"key": key, "infobase": str(infobase)} for infobase in infobases]


def test_a_single_use_coupon_has_one_winner(stage, race, keys):
    coupons = stage.coupons(ROUNDS)
    for coupon in coupons:
        outcomes = race(redeeming(keys, [coupon] * CLIENTS))
        assert outcomes.codes == {"OK": 1, "COUPON_EXHAUSTED": CLIENTS - 1}
        assert outcomes.done[0]["fresh"]
    assert stage.count(Redemption) == stage.events("coupon.redeemed") == ROUNDS
    assert stage.count(Coupon, Coupon.redemption_count == 1) == ROUNDS
    assert stage.events("coupon.redeemed", "denied") == ROUNDS * (CLIENTS - 1)
    assert stage.contradictions() == []


def test_a_coupon_for_seven_has_seven_winners(stage, race, keys):
    for coupon in stage.coupons(3, max_redemptions=7):
        outcomes = race(redeeming(keys, [coupon] * CLIENTS))
        assert outcomes.codes == {"OK": 7, "COUPON_EXHAUSTED": CLIENTS - 7}
    assert stage.count(Redemption) == 21
    assert stage.contradictions() == []


def test_one_key_redeems_one_coupon_once_and_the_rest_is_its_replay(stage, race):
    [key] = stage.keys(1)
    for coupon in stage.coupons(3, max_redemptions=CLIENTS):
        outcomes = race(redeeming([key] * CLIENTS, [coupon] * CLIENTS))
        assert outcomes.codes == {"OK": CLIENTS}
        assert len({outcome["id"] for outcome in outcomes}) == 1
        assert [outcome["fresh"] for outcome in outcomes].count(True) == 1
    assert stage.count(Redemption) == stage.count(EntitlementChange) == 3
    assert stage.contradictions() == []


def test_keys_of_one_customer_redeem_one_coupon_once(stage, race):
    with stage.acting() as world:
        keys = [world.another_key()[1] for _ in range(CLIENTS)]
    [coupon] = stage.coupons(max_redemptions=CLIENTS)
    outcomes = race(redeeming(keys, [coupon] * CLIENTS))
    assert outcomes.codes == {"OK": 1, "COUPON_ALREADY_REDEEMED": CLIENTS - 1}
    assert stage.count(Redemption) == 1
    assert stage.contradictions() == []


def test_coupons_into_one_key_are_all_counted(stage, race):
    [key] = stage.keys(1)
    coupons = stage.coupons(CLIENTS, term={"days": 10})
    outcomes = race(redeeming([key] * CLIENTS, coupons))
    assert outcomes.codes == {"OK": CLIENTS}
    with stage.engine.connect() as connection:
        starts, ends = connection.execute(
            select(Entitlement.starts_on, Entitlement.valid_until)
        ).one()
    assert ends - starts == day(10 * CLIENTS) - day(0)
    assert stage.count(EntitlementChange) == CLIENTS
    assert stage.contradictions() == []


def test_three_seats_are_taken_by_three_infobases(stage, race):
    for key, coupon in zip(stage.keys(3), stage.coupons(3), strict=True):
        race(redeeming([key] * 2, [coupon] * 2))
        outcomes = race(activating(key, [uuid4() for _ in range(CLIENTS)]))
        assert outcomes.codes == {"OK": 3, "SEAT_LIMIT_REACHED": CLIENTS - 3}
    assert stage.count(Activation) == 9
    assert stage.count(Entitlement, Entitlement.active_count == 3) == 3
    assert stage.events("activation.created") == 9
    assert stage.contradictions() == []


def test_one_infobase_takes_one_seat(stage, race):
    [key] = stage.keys(1)
    race(redeeming([key] * 2, stage.coupons(2)))
    for number in range(1, 4):
        outcomes = race(activating(key, [uuid4()] * CLIENTS))
        assert outcomes.codes == {"OK": CLIENTS}
        assert len({outcome["id"] for outcome in outcomes}) == 1
        assert [outcome["fresh"] for outcome in outcomes].count(True) == 1
        assert stage.count(Entitlement, Entitlement.active_count == number) == 1
        assert stage.count(InstallationToken) == 5 * number
    assert stage.contradictions() == []


def test_coupons_and_seats_of_one_key_do_not_stand_in_each_other_s_way(stage, race):
    [key] = stage.keys(1)
    race(redeeming([key] * 2, stage.coupons(2, seats=None)))
    half = CLIENTS // 2
    coupons = stage.coupons(half, term={"days": 10}, seats=None)
    calls = [
        call
        for pair in zip(
            redeeming([key] * half, coupons),
            activating(key, [uuid4() for _ in range(half)]),
            strict=True,
        )
        for call in pair
    ]
    outcomes = race(calls)
    assert outcomes.codes == {"OK": CLIENTS}
    assert stage.count(Entitlement, Entitlement.active_count == half) == 1
    assert stage.contradictions() == []
