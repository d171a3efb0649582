"""The same bad interleaving around a naive limit and around the real one.

A barrier lets nobody write before everybody has read. What asks first and writes afterwards lets
two through each time; were it not so, the barrier would prove nothing about the real verbs.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.coupons.models import Coupon, Redemption
from app.coupons.schemas import RedeemCoupon
from app.coupons.service import redemptions
from app.kit.db import new_id
from app.kit.problems import Problem
from app.licensing.models import Activation, Entitlement, Infobase, LicenseKey
from app.licensing.schemas import Activate
from app.licensing.service import activations
from app.licensing.service.keys import Caller, identify

RIVALS = 2


class Interleaving:
    """Runs acts at once; `all_have_read` is where each waits for the others."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(RIVALS)
        self.waited = 0

    def all_have_read(self) -> None:
        self.waited += 1
        self.barrier.wait(timeout=30)

    def run(self, *acts) -> Counter[str]:
        with ThreadPoolExecutor(RIVALS) as threads:
            outcomes = Counter(threads.map(self._outcome, acts))
        assert self.waited == RIVALS
        return outcomes

    @staticmethod
    def _outcome(act) -> str:
        try:
            act()
        except Problem as problem:
            return problem.code
        return "OK"

    def before(self, monkeypatch, module, name) -> None:
        """Puts the waiting before the first write of a real verb."""
        real = getattr(module, name)

        def delayed(*arguments):
            self.all_have_read()
            return real(*arguments)

        monkeypatch.setattr(module, name, delayed)


@pytest.fixture
def interleaving():
    return Interleaving()


# One use of one coupon


def naive_redeem(stage, key_id, interleaving):
    with Session(stage.engine) as session:
        key = session.get_one(LicenseKey, key_id)
        coupon = session.scalars(select(Coupon)).one()
        if coupon.redemption_count >= coupon.max_redemptions:
            raise redemptions.CouponExhausted
        interleaving.all_have_read()
        coupon.redemption_count += 1
        session.add(
            Redemption(
                id=new_id(),
                vendor_id=key.vendor_id,
                created_at=stage.kit.clock(),
                coupon_id=coupon.id,
                key_id=key.id,
                customer_id=key.customer_id,
                actor=key.hint,
                effects=[],
            )
        )
        session.commit()


def real_redeem(stage, code, key):
    def act(session):
        caller = identify(session, key, Caller())
        return redemptions.redeem(session, RedeemCoupon(coupon=code), caller=caller)

    stage.do(act)


def test_asking_before_counting_lets_two_redeem_one_use(stage, interleaving):
    stage.coupons()
    stage.keys(RIVALS - 1)
    with stage.engine.connect() as connection:
        key_ids = connection.scalars(select(LicenseKey.id)).all()
    outcomes = interleaving.run(
        *(lambda key_id=key_id: naive_redeem(stage, key_id, interleaving) for key_id in key_ids)
    )
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Redemption) == RIVALS
    assert stage.count(Coupon, Coupon.redemption_count == 1) == 1
    assert "COUPON_MISCOUNTED" in str(stage.contradictions())


def test_the_same_interleaving_lets_one_redeem_for_real(stage, interleaving, monkeypatch):
    [code] = stage.coupons()
    keys = stage.keys(RIVALS)
    interleaving.before(monkeypatch, redemptions, "_count")
    outcomes = interleaving.run(*(lambda key=key: real_redeem(stage, code, key) for key in keys))
    assert outcomes == {"OK": 1, "COUPON_EXHAUSTED": RIVALS - 1}
    assert stage.count(Redemption) == 1
    assert stage.contradictions() == []


# The last seat


@pytest.fixture
def last_seat(stage):
    """A key with one seat; its code."""
    [key] = stage.keys(1)
    [coupon] = stage.coupons(seats=1)
    real_redeem(stage, coupon, key)
    return key


def naive_activate(stage, interleaving):
    with Session(stage.engine) as session:
        entitlement = session.scalars(select(Entitlement)).one()
        if entitlement.active_count >= entitlement.seats:
            raise activations.SeatLimitReached
        interleaving.all_have_read()
        session.execute(update(Entitlement).values(active_count=entitlement.active_count + 1))
        place = {"vendor_id": entitlement.vendor_id, "created_at": stage.kit.clock()}
        infobase = Infobase(
            id=new_id(), uid=uuid4(), label="База", last_seen_at=stage.kit.clock(), **place
        )
        session.add(infobase)
        session.flush()
        session.add(
            Activation(
                id=new_id(),
                entitlement_id=entitlement.id,
                infobase_id=infobase.id,
                last_seen_at=stage.kit.clock(),
                **place,
            )
        )
        session.commit()


def real_activate(stage, key, infobase: UUID):
    def act(session):
        caller = identify(session, key, Caller())
        command = Activate(product="warehouse-helper", infobase={"id": infobase, "label": "База"})
        return activations.activate(session, command, caller=caller)

    stage.do(act)


@pytest.mark.usefixtures("last_seat")
def test_asking_before_counting_lets_two_take_one_seat(stage, interleaving):
    outcomes = interleaving.run(*[lambda: naive_activate(stage, interleaving)] * RIVALS)
    assert outcomes == {"OK": RIVALS}
    assert stage.count(Activation) == RIVALS
    assert stage.count(Entitlement, Entitlement.active_count == 1) == 1
    assert "SEATS_MISCOUNTED" in str(stage.contradictions())


def test_the_same_interleaving_gives_one_the_seat_for_real(
    stage, last_seat, interleaving, monkeypatch
):
    interleaving.before(monkeypatch, activations, "_take_seat")
    outcomes = interleaving.run(*[lambda: real_activate(stage, last_seat, uuid4())] * RIVALS)
    assert outcomes == {"OK": 1, "SEAT_LIMIT_REACHED": RIVALS - 1}
    assert stage.count(Activation) == 1
    assert stage.contradictions() == []
