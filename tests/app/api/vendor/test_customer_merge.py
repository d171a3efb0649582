"""Two entries of one company made one."""

import uuid

import pytest
from sqlalchemy import select

from app.coupons.models import Redemption
from app.licensing.models import LicenseKey
from tests.factories.calls import Installer

A_YEAR = [{"op": "add_product", "product": "warehouse-helper", "term": {"days": 365}, "seats": 3}]


@pytest.fixture
def double(session, world):
    """The world's customer entered once more, with a key of its own."""
    made = world.another_customer("Василек ООО")
    session.commit()
    return made


@pytest.fixture
def coupon(session, world):
    """One coupon for a hundred customers, but once for each."""
    [code] = world.coupon(operations=A_YEAR, max_redemptions=100)
    session.commit()
    return code


@pytest.fixture
def full(session, world, double, client, coupon):
    """The double's key with a product and one seat taken."""
    key, code = world.another_key(double)
    session.commit()
    agent = Installer(client, code)
    agent.redeem(coupon).raise_for_status()
    agent.activate().raise_for_status()
    return key


def merged(crm, survivor, *sources, **more):
    told = {"from": [str(source.id) for source in sources]} | more
    return crm.post(f"/customers/{survivor.id}/merge", **told)


def owners(session):
    return dict(session.execute(select(LicenseKey.id, LicenseKey.customer_id)).all())


def test_a_dry_run_says_what_would_move_and_moves_nothing(
    crm, session, world, double, full, events
):
    before = owners(session)
    answer = merged(crm, world.customer, double, dry_run=True)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["customer"]["id"], told["customer"]["status"]) == (
        str(world.customer.id),
        "active",
    )
    [source] = told["from"]
    assert (source["id"], source["status"], source["merged_into_id"]) == (
        str(double.id),
        "active",
        None,
    )
    assert (told["keys"], told["activations"], told["redemptions"]) == ([full.hint], 1, 1)
    session.expire_all()
    assert owners(session) == before
    assert [action for action, _ in events(double.id)] == ["customer.created"]


def test_a_merge_does_what_its_dry_run_said(crm, session, world, double, full, events):
    foretold = merged(crm, world.customer, double, dry_run=True).json()
    told = merged(crm, world.customer, double).json()
    for name in ("customer", "keys", "activations", "redemptions"):
        assert told[name] == foretold[name]
    [source] = told["from"]
    assert (source["status"], source["merged_into_id"]) == ("archived", str(world.customer.id))
    session.expire_all()
    assert set(owners(session).values()) == {world.customer.id}
    assert events(world.customer.id)[-1] == (
        "customer.merged",
        {"sources": [str(double.id)], "keys": [full.hint], "activations": 1, "redemptions": 1},
    )
    assert events(double.id)[-1] == ("customer.archived", {"merged_into": str(world.customer.id)})
    moved = {"reason": "merged", "before": double.company, "after": world.customer.company}
    assert events(full.id)[-1] == ("license_key.moved", moved)


def test_a_redemption_keeps_the_customer_of_its_time(crm, session, world, double, full):
    merged(crm, world.customer, double)
    session.expire_all()
    [redemption] = session.scalars(select(Redemption).where(Redemption.key_id == full.id))
    assert redemption.customer_id == double.id


@pytest.mark.usefixtures("full")
def test_a_coupon_counts_those_who_were_merged_as_one(crm, world, double, installer, coupon):
    third = world.another_customer("Третья запись")
    world.session.commit()
    merged(crm, third, double).raise_for_status()
    merged(crm, world.customer, third).raise_for_status()
    answer = installer.redeem(coupon)
    assert (answer.status_code, answer.json()["code"]) == (409, "COUPON_ALREADY_REDEEMED")


@pytest.mark.usefixtures("full")
def test_customers_who_were_not_merged_each_redeem(installer, coupon):
    assert installer.redeem(coupon).status_code == 201


def test_a_coupon_for_the_double_is_for_the_survivor_now(crm, session, world, double, installer):
    [code] = world.coupon(operations=A_YEAR, bound_customer_id=double.id)
    session.commit()
    assert installer.redeem(code).json()["code"] == "COUPON_WRONG_CUSTOMER"
    merged(crm, world.customer, double)
    assert installer.redeem(code).status_code == 201


def test_a_second_merge_of_the_same_is_a_success_that_changes_nothing(crm, world, double, events):
    merged(crm, world.customer, double)
    before = events(world.customer.id)
    again = merged(crm, world.customer, double)
    assert (again.status_code, again.json()["from"], again.json()["keys"]) == (200, [], [])
    assert events(world.customer.id) == before


def test_who_was_merged_cannot_be_merged_elsewhere_nor_take_others_in(crm, world, double):
    third = world.another_customer("Третья запись")
    world.session.commit()
    merged(crm, world.customer, double)
    for survivor, source in ((third, double), (double, third)):
        answer = merged(crm, survivor, source)
        assert (answer.status_code, answer.json()["code"]) == (409, "CUSTOMER_ARCHIVED")


def test_nobody_is_merged_into_himself(crm, world, double):
    answer = merged(crm, world.customer, double, world.customer)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/from", "own_id")


@pytest.mark.parametrize("sources", [[], ["x"], [str(uuid.uuid4())] * 101, None])
def test_sources_are_a_list_of_ids(crm, world, sources):
    answer = crm.post(f"/customers/{world.customer.id}/merge", **{"from": sources})
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")


def test_one_absent_or_foreign_customer_stops_the_whole_merge(crm, session, world, double, other):
    for stranger in (other.customer.id, uuid.uuid4()):
        told = {"from": [str(double.id), str(stranger)]}
        answer = crm.post(f"/customers/{world.customer.id}/merge", **told)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    session.expire_all()
    assert session.get(type(double), double.id).status == "active"
