"""Redeeming a coupon: all of it or nothing."""

from datetime import date

import pytest
from sqlalchemy import func, select, update

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.coupons.models import Coupon, Redemption
from app.licensing.models import Entitlement, EntitlementChange, LicenseKey
from tests.factories.calls import PRODUCT, YEAR, refused
from tests.factories.clock import day

pytestmark = pytest.mark.usefixtures("noon")


def count(connection, model=Redemption):
    return connection.scalar(select(func.count()).select_from(model))


def used(connection):
    return connection.scalars(select(Coupon.redemption_count)).all()


def test_a_coupon_puts_a_product_into_the_key(coupon, installer, connection):
    answer = installer.redeem(coupon())
    assert answer.status_code == 201
    redemption = answer.json()["redemption"]
    assert (redemption["at"], redemption["replayed"]) == ("2026-11-22T09:00:00.000Z", False)
    assert redemption["effects"] == [
        {
            "operation": "add_product",
            "product": PRODUCT,
            "effect": "applied",
            "before": None,
            "after": {
                "valid_until": "2027-11-22",
                "updates_until": None,
                "seats": 3,
                "channel": "stable",
                "features": [],
            },
        }
    ]
    assert used(connection) == [1]


def test_the_day_is_the_vendor_s_and_not_the_server_s(coupon, installer, connection, clock):
    clock.pass_(hours=12)  # 21:00 in London is the next day in Moscow
    code = coupon()
    assert installer.redeem(code).json()["redemption"]["at"] == "2026-11-22T21:00:00.000Z"
    starts, ends = connection.execute(select(Entitlement.starts_on, Entitlement.valid_until)).one()
    assert (starts, ends) == (day(1), day(366))


def test_operations_are_applied_in_their_order_and_each_is_told(coupon, installer):
    until = {"product": PRODUCT, "term": {"until": day(200).isoformat()}}
    days = {"product": PRODUCT, "term": {"days": 100}, "channel": "rc"}
    effects = installer.redeem(coupon(until, days, until)).json()["redemption"]["effects"]
    assert [effect["effect"] for effect in effects] == ["applied", "applied", "none"]
    assert effects[1]["before"] == effects[0]["after"]
    assert effects[1]["after"]["valid_until"] == day(300).isoformat()
    assert effects[2]["before"] == effects[2]["after"]


def test_the_ledger_and_the_chain_name_the_redemption(coupon, installer, connection):
    done = installer.redeem(coupon()).json()["redemption"]
    row = connection.execute(select(EntitlementChange)).one()
    assert (row.cause_kind, str(row.cause_id), row.actor) == (
        "redemption",
        done["id"],
        connection.scalar(select(LicenseKey.hint)),
    )
    events = connection.execute(
        select(AuditEvent.action, AuditEvent.outcome).order_by(AuditEvent.seq.desc()).limit(2)
    ).all()
    assert {tuple(event) for event in events} == {
        ("coupon.redeemed", "ok"),
        ("entitlement.granted", "ok"),
    }


def test_a_trial_becomes_paid_in_its_own_row_and_keeps_its_seats(coupon, installer, connection):
    installer.redeem(coupon())
    installer.activate()
    connection.execute(update(Entitlement).values(is_trial=True, valid_until=day(-3)))
    assert installer.redeem(coupon()).status_code == 201
    row = connection.execute(select(Entitlement)).one()
    assert (row.is_trial, row.valid_until, row.active_count) == (False, day(365), 1)
    assert installer.activate().status_code == 200


def test_a_suspended_product_takes_a_coupon_and_stays_suspended(coupon, installer, connection):
    installer.redeem(coupon())
    connection.execute(update(Entitlement).values(status="suspended"))
    assert installer.redeem(coupon()).status_code == 201
    row = connection.execute(select(Entitlement)).one()
    assert (row.status, row.valid_until) == ("suspended", day(730))


def test_the_calendar_s_end_is_no_error(coupon, installer, connection):
    installer.redeem(coupon())
    connection.execute(update(Entitlement).values(valid_until=date(9999, 12, 1)))
    answer = installer.redeem(coupon({"product": PRODUCT, "term": {"days": 36_500}}))
    after = answer.json()["redemption"]["effects"][0]["after"]
    assert (answer.status_code, after["valid_until"]) == (201, "9999-12-31")


def test_a_coupon_may_bring_several_products(world, session, coupon, installer, connection):
    create_product(
        session,
        world.vendor.id,
        CreateProduct(code="price-tags", name="Ценники", default_seats=2),
        actor=SYSTEM,
    )
    session.commit()
    tags = {"product": "price-tags", "term": {"perpetual": True}, "quantity": 4}
    effects = installer.redeem(coupon(YEAR, tags)).json()["redemption"]["effects"]
    assert [effect["product"] for effect in effects] == [PRODUCT, "price-tags"]
    assert (effects[1]["after"]["seats"], effects[1]["after"]["valid_until"]) == (8, None)
    assert count(connection, EntitlementChange) == 2


def test_only_a_key_redeems(coupon, installer):
    code = coupon()
    installer.redeem(code)
    installer.activate()
    answer = installer.post("redemptions", installer.token, coupon=code)
    assert refused(answer) == (401, "TOKEN_INVALID")
