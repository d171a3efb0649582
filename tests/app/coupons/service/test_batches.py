"""Making coupons."""

import hashlib
from datetime import date

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.coupons.models import Coupon, CouponBatch
from app.coupons.problems import BatchTooLarge
from app.coupons.schemas import GenerateCoupons
from app.coupons.service import batches
from app.kit.problems import NotFound, ValidationFailed
from tests.factories.clock import day
from tests.factories.world import make_world
from wire import codes

pytestmark = pytest.mark.usefixtures("noon")

OPERATION = {"product": "warehouse-helper", "term": {"days": 365}}


def command(**told):
    return GenerateCoupons.model_validate({"name": "Партия", "operations": [OPERATION], **told})


def generate(world, **told):
    return batches.generate(world.session, world.vendor.id, command(**told), actor=SYSTEM)


def test_of_a_coupon_only_digest_and_hint_are_kept(world, session):
    made = generate(world, count=3)
    rows = session.scalars(select(Coupon)).all()
    assert {row.digest for row in rows} == {
        hashlib.sha256(code.encode("ascii")).digest() for code in made.codes
    }
    assert {row.hint for row in rows} == {f"DEMOUPD-…-{code[-5:]}" for code in made.codes}
    assert {(row.status, row.redemption_count, row.max_redemptions) for row in rows} == {
        ("active", 0, 1)
    }


def test_every_code_is_a_sound_coupon_of_this_vendor(world):
    made = generate(world, count=50).codes
    assert len(set(made)) == 50
    for code in made:
        assert codes.normalise(code, codes.CodeKind.COUPON).text == code
        assert code.startswith("DEMOUPD-")


def test_every_coupon_of_a_batch_is_alike(world, session):
    told = {
        "max_redemptions": 7,
        "valid_from": "2026-11-22",
        "valid_until": "2027-06-30",
        "comment": "Акция",
        "operations": [OPERATION | {"seats": None}, OPERATION | {"channel": "rc"}],
    }
    generate(world, count=2, **told)
    for row in session.scalars(select(Coupon)):
        assert (row.max_redemptions, row.comment) == (7, "Акция")
        assert (row.valid_from, row.valid_until) == (date(2026, 11, 22), date(2027, 6, 30))
        assert row.operations == [
            OPERATION | {"op": "add_product", "seats": None},
            OPERATION | {"op": "add_product", "channel": "rc"},
        ]


def test_the_batch_keeps_its_invoice_and_its_maker(world, session):
    generate(world, invoice_number="СЧ-1042", invoice_date="2026-11-20", comment="х" * 1_000)
    row = session.scalars(select(CouponBatch)).one()
    assert (row.preset, row.count, row.created_by) == ("add_product", 1, "podkluch")
    assert (row.invoice_number, row.invoice_date) == ("СЧ-1042", date(2026, 11, 20))
    assert row.comment == "х" * 1_000


def test_a_batch_has_one_event_without_codes(world, session):
    made = generate(world, count=5)
    session.commit()
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "coupon_batch.generated")
    ).one()
    assert event.data["count"] == 5
    assert event.data["operations"] == [OPERATION | {"op": "add_product"}]
    assert not any(code in str(event.data) for code in made.codes)


def test_a_large_batch_tells_its_progress(world):
    heard = []
    batches.generate(
        world.session, world.vendor.id, command(count=2_500), actor=SYSTEM, progress=heard.append
    )
    assert heard == [1_000, 1_000, 500]


def test_no_more_at_once_than_the_vendor_may(world, session):
    world.vendor.coupon_batch_max = 10
    session.flush()
    assert len(generate(world, count=10).codes) == 10
    with pytest.raises(BatchTooLarge) as refused:
        generate(world, count=11)
    assert refused.value.params == {"max": 10}


@pytest.mark.parametrize(
    "told",
    [
        {"count": 0},
        {"count": 100_001},
        {"max_redemptions": 0},
        {"max_redemptions": 1_000_001},
        {"operations": []},
        {"operations": [OPERATION] * 51},
        {"operations": [{"op": "drop_product", "product": "warehouse-helper"}]},
        {"name": ""},
        {"valid_until": "2026-02-30"},
        {"valid_from": "2026-12-02", "valid_until": "2026-12-01"},
        {"comment": "х" * 1_001},
        {"invoice_number": "1" * 51},
        {"count": 2, "bound_key_id": "0198c2a4-0000-7000-8000-000000000001"},
        {"count": 2, "bound_customer_id": "0198c2a4-0000-7000-8000-000000000001"},
        {
            "bound_key_id": "0198c2a4-0000-7000-8000-000000000001",
            "bound_customer_id": "0198c2a4-0000-7000-8000-000000000001",
        },
    ],
)
def test_another_batch_is_refused(told):
    with pytest.raises(ValidationError):
        command(**told)


def test_products_keys_and_customers_are_the_vendor_s_own(world, session):
    other = make_world(session, "OTHR")
    for told in (
        {"operations": [OPERATION | {"product": "no-such-thing"}]},
        {"bound_key_id": str(other.key.id)},
        {"bound_customer_id": str(other.customer.id)},
    ):
        with pytest.raises(NotFound):
            generate(world, **told)
    assert session.scalars(select(Coupon)).all() == []


@pytest.mark.parametrize("member", ["term", "updates"])
def test_a_date_may_lie_fifty_years_ahead_and_no_more(world, member):
    last = date(2076, 11, 22)
    generate(world, operations=[OPERATION | {member: {"until": last.isoformat()}}])
    for late in ("2076-11-23", "9999-12-31"):
        with pytest.raises(ValidationFailed) as refused:
            generate(world, operations=[OPERATION, OPERATION | {member: {"until": late}}])
        assert [error["pointer"] for error in refused.value.errors] == [
            f"/operations/1/{member}/until"
        ]


def test_seats_by_quantity_stay_below_the_limit_of_seats(world):
    generate(world, operations=[OPERATION | {"quantity": 33_333}])
    with pytest.raises(ValidationFailed) as refused:
        generate(world, operations=[OPERATION | {"quantity": 33_334}])
    assert [error["pointer"] for error in refused.value.errors] == ["/operations/0/quantity"]
    generate(world, operations=[OPERATION | {"quantity": 100_000, "seats": 5}])


def test_a_date_that_has_passed_is_the_redemption_s_to_refuse(world):
    assert generate(world, operations=[OPERATION | {"term": {"until": day(-1).isoformat()}}]).codes
