"""Uses of coupons under 64 clients of two processes: never one too many, never an error."""

import pytest
from sqlalchemy import func, select

from app.coupons.models import Coupon, Redemption
from app.licensing.models import EntitlementChange

pytestmark = pytest.mark.fault

CLIENTS = 64
DAY = {"days": 1}


def redeeming(keys, coupons):
    return [
        {"act": "redeem", "holder": key, "coupon": coupon}
        for key, coupon in zip(keys, coupons, strict=True)
    ]


@pytest.mark.fault(minutes=9)
def test_a_single_use_coupon_has_one_winner(stage, race, rounds, figures):
    keys, coupons = stage.keys(CLIENTS), stage.coupons(rounds(ci=100, campaign=1_000), term=DAY)
    for coupon in coupons:
        outcomes = race(redeeming(keys, [coupon] * CLIENTS))
        assert outcomes.codes == {"OK": 1, "COUPON_EXHAUSTED": CLIENTS - 1}
        assert len(outcomes.fresh) == 1
    many = len(coupons)
    figures("over_redemptions", stage.count(Redemption) - many, of=many)
    assert stage.count(Redemption) == stage.events("coupon.redeemed") == many
    assert stage.count(Coupon, Coupon.redemption_count == 1) == many
    assert stage.events("coupon.redeemed", "denied") == many * (CLIENTS - 1)
    assert stage.contradictions() == []


@pytest.mark.fault(minutes=7)
@pytest.mark.parametrize(("most", "clients"), [(2, 16), (7, 24), (50, CLIENTS)])
def test_a_coupon_of_some_uses_is_used_so_often_and_once_by_a_customer(
    stage, race, rounds, most, clients
):
    customers = clients - 8  # eight of them come with a second key
    keys = stage.keys(clients, customers=customers)
    coupons = stage.coupons(rounds(ci=34, campaign=334), max_redemptions=most, term=DAY)
    for coupon in coupons:
        outcomes = race(redeeming(keys, [coupon] * clients))
        codes = [outcome["code"] for outcome in outcomes]
        winners = {number % customers for number, code in enumerate(codes) if code == "OK"}
        assert codes.count("OK") == len(winners) == len(outcomes.fresh) == most
        for number, code in enumerate(codes):
            has_one = number % customers in winners
            why = "COUPON_ALREADY_REDEEMED" if has_one else "COUPON_EXHAUSTED"
            assert code in ("OK", why)
    assert stage.count(Coupon, Coupon.redemption_count == most) == len(coupons)
    assert stage.count(Redemption) == stage.events("coupon.redeemed") == most * len(coupons)
    assert stage.contradictions() == []


def test_keys_of_one_customer_redeem_one_coupon_once(stage, race):
    keys = stage.keys(CLIENTS, customers=1)
    for coupon in stage.coupons(3, max_redemptions=CLIENTS):
        outcomes = race(redeeming(keys, [coupon] * CLIENTS))
        assert outcomes.codes == {"OK": 1, "COUPON_ALREADY_REDEEMED": CLIENTS - 1}
    assert stage.count(Redemption) == 3
    assert stage.contradictions() == []


def test_one_key_redeems_one_coupon_once_and_the_rest_is_its_replay(stage, race):
    [key] = stage.keys(1)
    for coupon in stage.coupons(3, max_redemptions=CLIENTS):
        outcomes = race(redeeming([key] * CLIENTS, [coupon] * CLIENTS))
        assert outcomes.codes == {"OK": CLIENTS}
        assert (len(outcomes.ids), len(outcomes.fresh)) == (1, 1)
    assert stage.count(Redemption) == stage.count(EntitlementChange) == 3
    assert stage.contradictions() == []


def test_a_use_that_a_reversal_gives_back_has_one_taker_at_most(stage, race, rounds):
    many, rivals = rounds(ci=30, campaign=300), 8
    coupons = stage.coupons(many, term=DAY)
    keys = stage.keys(rivals)
    for coupon, holder in zip(coupons, stage.keys(many), strict=True):
        [first] = race(redeeming([holder], [coupon])).done
        back = {"act": "reverse", "holder": holder, "redemption": first["id"]}
        outcomes = race([back, *redeeming(keys, [coupon] * rivals)])
        assert outcomes[0]["fresh"]
        taken = outcomes.codes["OK"] - 1
        assert outcomes.codes == {"OK": 1 + taken, "COUPON_EXHAUSTED": rivals - taken}
        assert taken <= 1
    with stage.engine.connect() as connection:
        used = connection.scalar(select(func.sum(Coupon.redemption_count)))
    assert stage.count(Redemption, Redemption.reversed_at.is_(None)) == used
    assert stage.events("redemption.reversed") == many
    assert stage.contradictions() == []
