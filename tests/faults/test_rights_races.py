"""The rights of one key, changed from all sides at once: nothing is lost, the ledger is whole."""

from uuid import uuid4

import pytest
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import aliased

from app.audit.models import AuditEvent
from app.coupons.models import Coupon, Redemption
from app.licensing.models import Entitlement, EntitlementChange

pytestmark = pytest.mark.fault

CLIENTS = 64
DAYS = Entitlement.valid_until - Entitlement.starts_on


def redeeming(key, coupons):
    return [{"act": "redeem", "holder": key, "coupon": coupon} for coupon in coupons]


def activating(key, count):
    return [{"act": "activate", "holder": key, "infobase": str(uuid4())} for _ in range(count)]


def redeemed_after(stage, action: str) -> int:
    """Redemptions that the audit has behind such an act on their key."""
    redeemed, act = aliased(AuditEvent), aliased(AuditEvent)
    query = (
        select(func.count())
        .select_from(Redemption)
        .join(redeemed, redeemed.data["redemption"].astext == cast(Redemption.id, Text))
        .join(act, act.subject_id == Redemption.key_id)
        .where(act.action == action, redeemed.outcome == "ok", redeemed.seq > act.seq)
    )
    with stage.engine.connect() as connection:
        return connection.scalar(query)


@pytest.mark.parametrize(
    ("act", "action", "refusal"),
    [
        ("suspend", "license_key.suspended", "KEY_SUSPENDED"),
        ("revoke", "license_key.revoked", "KEY_REVOKED"),
    ],
)
def test_nothing_is_redeemed_into_a_key_that_has_ended(stage, race, rounds, act, action, refusal):
    many, rivals, done = rounds(ci=10, campaign=100), 6, 0
    coupons = stage.coupons(many * rivals)
    for number, key in enumerate(stage.keys(many)):
        calls = redeeming(key, coupons[number * rivals :][:rivals])
        outcomes = race([*calls[:3], {"act": act, "holder": key}, *calls[3:]])
        assert set(outcomes.codes) <= {"OK", refusal}
        assert outcomes[3]["code"] == "OK"
        done += outcomes.codes["OK"] - 1
    assert redeemed_after(stage, action) == 0
    assert stage.count(EntitlementChange) == stage.count(Redemption) == done
    assert stage.count(Coupon, Coupon.redemption_count == 1) == done
    assert stage.contradictions() == []


def test_a_key_that_is_suspended_and_resumed_is_never_called_revoked(stage, race, rounds):
    many, rivals = rounds(ci=4, campaign=100), 4
    coupons = stage.coupons(many * rivals)
    for number, key in enumerate(stage.keys(many)):
        turns = [{"act": act, "holder": key} for act in ("suspend", "resume") * 2 * rivals]
        outcomes = race([*turns, *redeeming(key, coupons[number * rivals :][:rivals])])
        assert {outcome["code"] for outcome in outcomes[: len(turns)]} == {"OK"}
        assert set(outcomes.codes) <= {"OK", "KEY_SUSPENDED"}
    assert stage.contradictions() == []


def test_a_new_code_for_the_key_costs_no_coupon(stage, race, rounds):
    many, rivals = rounds(ci=10, campaign=100), 6
    coupons = stage.coupons(many * rivals, term={"days": 10})
    for number, key in enumerate(stage.keys(many)):
        calls = redeeming(key, coupons[number * rivals :][:rivals])
        outcomes = race([*calls[:3], {"act": "rotate", "holder": key}, *calls[3:]])
        assert outcomes.codes == {"OK": rivals + 1}
    assert stage.count(Entitlement, 10 * rivals == DAYS) == many
    assert stage.events("license_key.rotated") == many
    assert stage.contradictions() == []


def test_two_coupons_at_once_into_an_empty_key_add_up(stage, race, rounds):
    keys = stage.keys(rounds(ci=30, campaign=300))
    short, long = (stage.coupons(len(keys), term={"days": days}) for days in (10, 30))
    for key, *coupons in zip(keys, short, long, strict=True):
        assert race(redeeming(key, coupons)).codes == {"OK": 2}
    assert stage.count(Entitlement, DAYS == 10 + 30) == len(keys)
    assert stage.count(EntitlementChange) == 2 * len(keys)
    assert stage.contradictions() == []


def test_coupons_into_one_key_are_all_counted(stage, race):
    [key] = stage.keys(1)
    outcomes = race(redeeming(key, stage.coupons(CLIENTS, term={"days": 10})))
    assert outcomes.codes == {"OK": CLIENTS}
    assert stage.count(Entitlement, DAYS == 10 * CLIENTS) == 1
    assert stage.count(EntitlementChange) == CLIENTS
    assert stage.contradictions() == []


def test_coupons_and_seats_of_one_key_do_not_stand_in_each_other_s_way(stage, race):
    [key] = stage.sold(1, seats=None)
    half = CLIENTS // 2
    coupons = stage.coupons(half, term={"days": 10}, seats=None)
    pairs = zip(redeeming(key, coupons), activating(key, half), strict=True)
    outcomes = race([call for pair in pairs for call in pair])
    assert outcomes.codes == {"OK": CLIENTS}
    assert stage.count(Entitlement, Entitlement.active_count == half) == 1
    assert stage.contradictions() == []


def test_nobody_sits_on_a_product_that_a_reversal_takes_away(stage, race, rounds):
    keys = stage.keys(rounds(ci=30, campaign=300))
    for key, coupon in zip(keys, stage.coupons(len(keys)), strict=True):
        [first] = race(redeeming(key, [coupon])).done
        back = {"act": "reverse", "holder": key, "redemption": first["id"]}
        calls = activating(key, 6)
        outcomes = race([*calls[:2], back, *calls[2:]])
        assert set(outcomes.codes) <= {"OK", "ENTITLEMENT_WITHDRAWN", "SEAT_LIMIT_REACHED"}
        assert outcomes[2]["code"] == "OK"
    assert stage.count(Entitlement, Entitlement.status == "withdrawn") == len(keys)
    assert stage.count(Entitlement, Entitlement.active_count == 0) == len(keys)
    assert stage.contradictions() == []
