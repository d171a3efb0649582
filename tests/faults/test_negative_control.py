"""The same bad interleaving around a naive limit and around the real one.

A barrier lets nobody write before everybody has read. What asks first and writes afterwards lets
two through each time; were it not so, the barrier would prove nothing about the real verbs. What
the database itself would refuse to the naive one is dropped before.
"""

from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actor import SYSTEM
from app.catalog.models import Product
from app.coupons.models import Coupon, Redemption
from app.coupons.service import redemptions
from app.kit import idempotency
from app.kit.idempotency import IdempotentAnswer
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementChange,
    KeyStatus,
    LicenseKey,
    Transfer,
)
from app.licensing.problems import KeyRevoked
from app.licensing.schemas import WithReason
from app.licensing.service import activations, lifecycle, transfers
from app.licensing.service.keys import Caller, identify
from tests.faults import acts, naive
from tests.faults.interleaving import RIVALS, Interleaving, first
from tests.faults.racer import Racer
from tests.faults.stage import sit

DAYS = Entitlement.valid_until - Entitlement.starts_on
REASON = WithReason(reason="Контроль")


@pytest.fixture
def interleaving():
    return Interleaving()


@pytest.fixture
def really(stage):
    """An act of a race, in a transaction of its own."""

    def really(act, holder, **told):
        def do(session):
            caller = identify(session, holder, Caller())
            return act(session, caller, {"holder": holder, **told})

        return lambda: stage.do(do)

    return really


def ids(stage, model):
    with stage.engine.connect() as connection:
        return connection.scalars(select(model.id).order_by(model.id)).all()


# Uses of a coupon


def used_before(stage, used: int) -> str:
    """A coupon with one use left, and keys of `RIVALS` customers who want it."""
    [code] = stage.coupons(max_redemptions=used + 1)
    for key in stage.keys(used):
        stage.redeem(key, code)
    return code


@pytest.mark.parametrize("used", [0, 1, 6])
def test_asking_before_counting_lets_two_have_the_last_use(stage, interleaving, used):
    used_before(stage, used)
    stage.keys(RIVALS)
    rivals = ids(stage, LicenseKey)[-RIVALS:]
    outcomes = interleaving.run(
        *(lambda key=key: naive.redeem(stage, key, interleaving.all_have_read) for key in rivals)
    )
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Redemption) == used + RIVALS
    assert stage.count(Coupon, Coupon.redemption_count == used + 1) == 1
    assert "COUPON_MISCOUNTED" in str(stage.contradictions())


@pytest.mark.parametrize("used", [0, 1, 6])
def test_the_same_interleaving_lets_one_have_it_for_real(
    stage, interleaving, monkeypatch, really, used
):
    code = used_before(stage, used)
    keys = stage.keys(RIVALS)
    interleaving.before(monkeypatch, redemptions, "_count")
    outcomes = interleaving.run(*(really(acts.redeem, key, coupon=code) for key in keys))
    assert outcomes == {"OK": 1, "COUPON_EXHAUSTED": RIVALS - 1}
    assert stage.count(Redemption) == used + 1
    assert stage.contradictions() == []


def test_asking_before_counting_lets_a_customer_redeem_twice(stage, interleaving):
    stage.drop("INDEX uq_redemptions_customer")
    stage.coupons(max_redemptions=9)
    stage.keys(RIVALS, customers=1)
    rivals = ids(stage, LicenseKey)[-RIVALS:]
    outcomes = interleaving.run(
        *(lambda key=key: naive.redeem(stage, key, interleaving.all_have_read) for key in rivals)
    )
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Redemption) == RIVALS


def test_the_same_interleaving_lets_a_customer_redeem_once_for_real(
    stage, interleaving, monkeypatch, really
):
    [code] = stage.coupons(max_redemptions=9)
    keys = stage.keys(RIVALS, customers=1)
    interleaving.before(monkeypatch, redemptions, "_count")
    outcomes = interleaving.run(*(really(acts.redeem, key, coupon=code) for key in keys))
    assert outcomes == {"OK": 1, "COUPON_ALREADY_REDEEMED": RIVALS - 1}
    assert stage.count(Redemption) == 1
    assert stage.contradictions() == []


# Seats


def test_asking_before_counting_lets_two_take_one_seat(stage, interleaving):
    stage.sold(1, seats=1)
    meet = interleaving.all_have_read
    outcomes = interleaving.run(*[lambda: naive.activate(stage, uuid4(), meet)] * RIVALS)
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Activation) == RIVALS
    assert stage.count(Entitlement, Entitlement.active_count == 1) == 1
    assert "SEATS_MISCOUNTED" in str(stage.contradictions())


def test_the_same_interleaving_gives_one_the_seat_for_real(
    stage, interleaving, monkeypatch, really
):
    [key] = stage.sold(1, seats=1)
    interleaving.before(monkeypatch, activations, "_take_seat")
    rivals = (really(acts.activate, key, infobase=str(uuid4())) for _ in range(RIVALS))
    assert interleaving.run(*rivals) == {"OK": 1, "SEAT_LIMIT_REACHED": RIVALS - 1}
    assert stage.count(Activation) == 1
    assert stage.contradictions() == []


def test_asking_before_writing_seats_one_infobase_twice(stage, interleaving):
    stage.drop("INDEX uq_activations_seat")
    stage.sold(1)
    here, meet = naive.an_infobase(stage), interleaving.all_have_read
    outcomes = interleaving.run(*[lambda: naive.activate(stage, here, meet)] * RIVALS)
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Activation) == RIVALS


def test_the_same_interleaving_seats_it_once_for_real(stage, interleaving, monkeypatch, really):
    [key] = stage.sold(1)
    interleaving.before(monkeypatch, activations, "remember_infobase")
    outcomes = interleaving.run(*[really(acts.activate, key, infobase=str(uuid4()))] * RIVALS)
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Activation) == 1
    assert stage.contradictions() == []


def test_an_infobase_is_seated_anew_where_its_seat_was_given_back_meanwhile(
    stage, monkeypatch, really
):
    [key] = stage.sold(1)
    here = uuid4()
    stage.do(lambda session: sit(session, key, here))
    [seat] = ids(stage, Activation)
    vendor_id = stage.world.vendor.id

    def give_back():
        stage.do(
            lambda session: transfers.release_by_staff(
                session, vendor_id, seat, REASON, actor=SYSTEM
            )
        )

    first(monkeypatch, activations, "_refresh", give_back)
    _, fresh = really(acts.activate, key, infobase=str(here))()
    assert fresh
    assert stage.count(Activation, Activation.status == ActivationStatus.ACTIVE) == 1
    assert stage.count(Activation) == 2
    assert stage.contradictions() == []


# Transfers


@pytest.fixture
def tokens(stage):
    """Two seats of a key, one of which may be moved."""
    [key] = stage.sold(1)
    with Session(stage.engine) as session, session.begin():
        session.execute(update(Product).values(transfer_quota=1))
    return stage.seated(key, *(uuid4() for _ in range(RIVALS)))


@pytest.mark.usefixtures("tokens")
def test_asking_before_moving_lets_two_have_the_last_transfer(stage, interleaving):
    seats, meet = ids(stage, Activation), interleaving.all_have_read
    outcomes = interleaving.run(
        *(lambda seat=seat: naive.transfer(stage, seat, meet) for seat in seats)
    )
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Transfer) == RIVALS


def test_the_same_interleaving_lets_one_move_for_real(
    stage, tokens, interleaving, monkeypatch, really
):
    interleaving.before(monkeypatch, transfers, "_lock")
    released, moved = tokens
    outcomes = interleaving.run(
        really(acts.release, released), really(acts.rebind, moved, infobase=str(uuid4()))
    )
    assert outcomes == {"OK": 1, "TRANSFER_QUOTA_EXCEEDED": 1}
    assert stage.count(Transfer) == 1
    assert stage.contradictions() == []


# Rights of one key


def test_reading_before_adding_loses_one_of_two_terms(stage, interleaving):
    stage.drop("CONSTRAINT uq_entitlement_changes_entitlement_id_seq", of=EntitlementChange)
    stage.sold(1)
    meet = interleaving.all_have_read
    outcomes = interleaving.run(*[lambda: naive.extend(stage, 10, meet)] * RIVALS)
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Entitlement, DAYS == 365 + 10) == 1
    assert "LEDGER_BROKEN" in str(stage.contradictions())


def test_the_same_interleaving_adds_both_terms_for_real(stage, interleaving, monkeypatch, really):
    [key] = stage.sold(1)
    coupons = stage.coupons(RIVALS, term={"days": 10})
    interleaving.before(monkeypatch, redemptions, "_count")
    outcomes = interleaving.run(*(really(acts.redeem, key, coupon=code) for code in coupons))
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Entitlement, DAYS == 365 + 10 * RIVALS) == 1
    assert stage.contradictions() == []


@pytest.fixture
def revoke(stage):
    """Somebody revokes the newest key."""
    vendor_id = stage.world.vendor.id

    def act(session):
        lifecycle.revoke(session, vendor_id, ids(stage, LicenseKey)[-1], REASON, actor=SYSTEM)

    return lambda: stage.do(act)


def test_asking_before_redeeming_fills_a_key_that_was_revoked_meanwhile(stage, revoke):
    stage.coupons()
    naive.redeem(stage, ids(stage, LicenseKey)[-1], revoke)
    assert stage.count(LicenseKey, LicenseKey.status == KeyStatus.REVOKED) == 1
    assert stage.count(Redemption) == 1


def test_a_key_that_was_revoked_meanwhile_takes_nothing_for_real(
    stage, revoke, monkeypatch, really
):
    [key], [code] = stage.keys(1), stage.coupons()
    first(monkeypatch, redemptions, "_count", revoke)
    with pytest.raises(KeyRevoked):
        really(acts.redeem, key, coupon=code)()
    assert stage.count(Redemption) == 0
    assert stage.contradictions() == []


# Repeated requests


def test_asking_before_answering_does_it_twice_for_one_key(stage, interleaving):
    stage.drop("CONSTRAINT uq_idempotent_answers_principal_key", of=IdempotentAnswer)
    before, meet = stage.count(LicenseKey), interleaving.all_have_read
    outcomes = interleaving.run(*[lambda: naive.issue_once(stage, "K", meet)] * RIVALS)
    assert outcomes == {"OK": RIVALS}
    assert stage.count(LicenseKey) == before + RIVALS


def test_the_same_interleaving_does_it_once_for_real(stage, interleaving, monkeypatch, wish):
    before, answers = stage.count(LicenseKey), []
    interleaving.before(monkeypatch, idempotency.Claim, "first")
    racer = Racer()
    racer.meet(stage.url)
    interleaving.run(*[lambda: answers.append(racer.post(wish(1)))] * RIVALS)
    racer.leave()
    assert sorted(answer["fresh"] for answer in answers) == [False, True]
    assert len({answer["id"] for answer in answers}) == 1
    assert stage.count(LicenseKey) == before + 1
