"""Products in keys, their trials and their seats, by the vendor's automation."""

import uuid

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Vendor
from app.catalog.models import Product
from app.licensing.models import Activation, Transfer
from tests.factories.calls import PRODUCT, Installer, refused
from tests.factories.goods import a_feature, a_trial_product

pytestmark = pytest.mark.usefixtures("noon")
BECAUSE = {"reason": "Просьба клиента"}


@pytest.fixture
def bought(world, session, installer):
    """A year of the product on three seats, one of them taken."""
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon).raise_for_status()
    installer.activate().raise_for_status()


@pytest.fixture
def row(crm, bought):  # noqa: ARG001 - it has to be there
    """The one product in the key."""
    [told] = crm.get("/entitlements").json()["data"]
    return told


def test_a_product_in_a_key_is_told_with_all_its_rights(row, world):
    assert row["key"] == world.key.hint
    assert row["product"] == {"code": PRODUCT, "name": "Складской помощник"}
    assert (row["status"], row["state"], row["source"]) == ("active", "ACTIVE", "coupon")
    assert (row["starts_on"], row["valid_until"]) == ("2026-11-22", "2027-11-22")
    assert (row["updates_until"], row["window_end"]) == (None, "2027-11-22")
    assert row["seats"] == {"max": 3, "used": 1}


def test_a_suspended_product_stops_and_its_seats_stay(crm, row, installer):
    path = f"/entitlements/{row['id']}"
    told = crm.post(f"{path}/suspend", **BECAUSE).json()
    assert (told["status"], told["state"]) == ("suspended", "ENTITLEMENT_SUSPENDED")
    assert told["seats"] == {"max": 3, "used": 1}
    assert refused(installer.activate()) == (403, "ENTITLEMENT_SUSPENDED")
    again = crm.post(f"{path}/suspend", **BECAUSE).json()
    assert again["row_version"] == told["row_version"]
    assert crm.post(f"{path}/resume", **BECAUSE).json()["state"] == "ACTIVE"
    assert installer.activate().status_code == 200


def test_a_withdrawn_product_takes_its_seats_along_and_can_be_added_again(
    crm, row, installer, connection, world, session
):
    path = f"/entitlements/{row['id']}"
    told = crm.post(f"{path}/withdraw", **BECAUSE).json()
    assert (told["status"], told["seats"]) == ("withdrawn", {"max": 3, "used": 0})
    status, cause = connection.execute(select(Activation.status, Activation.release_cause)).one()
    assert (status, cause) == ("revoked", "coupon")
    assert installer.check().json()["code"] == "KEY_EMPTY"
    assert crm.post(f"{path}/withdraw", **BECAUSE).json() == told
    assert refused(crm.post(f"{path}/resume", **BECAUSE)) == (403, "ENTITLEMENT_WITHDRAWN")
    [coupon] = world.coupon()
    session.commit()
    assert installer.redeem(coupon).status_code == 201
    assert crm.get("/entitlements").json()["data"][0]["id"] == row["id"]


def test_each_act_on_a_product_is_one_event_and_one_row_of_the_ledger(crm, row, events):
    for act in ("suspend", "resume", "withdraw"):
        crm.post(f"/entitlements/{row['id']}/{act}", **BECAUSE)
    told = events(uuid.UUID(row["id"]))
    assert [action for action, _ in told] == [
        "entitlement.granted",
        "entitlement.suspended",
        "entitlement.resumed",
        "entitlement.withdrawn",
    ]
    assert {data.get("reason") for _, data in told[1:]} == {"Просьба клиента"}
    ledger = crm.get(f"/license-keys/{row['key_id']}/changes").json()["data"]
    assert [change["operation"] for change in reversed(ledger)] == [
        "add_product",
        "suspended",
        "resumed",
        "withdrawn",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"product": PRODUCT}, 1),
        ({"product": "other"}, 0),
        ({"status": "suspended"}, 0),
        ({"is_trial": "true"}, 0),
        ({"is_trial": "false"}, 1),
        ({"expires_from": "2027-11-22", "expires_to": "2027-11-22"}, 1),
        ({"expires_from": "2027-11-23"}, 0),
        ({"expires_to": "2027-11-21"}, 0),
    ],
)
def test_products_that_expire_in_a_period_are_found(crm, row, query, found):
    assert row["id"]
    assert len(crm.get("/entitlements", **query).json()["data"]) == found


def test_features_of_a_key_are_summed_over_its_usable_products(
    crm, world, session, installer, clock, connection
):
    a_feature(world, of=world.product, quantity=5)
    second = a_trial_product(world, trial_kind="none", trial_days=None)
    a_feature(world, "print", "Печать", of=second)
    session.commit()
    path = f"/license-keys/{world.key.id}/operations"
    added = [
        {"op": "add_product", "product": PRODUCT, "quantity": 2, "term": {"days": 10}},
        {"op": "add_product", "product": "price-tags", "term": {"perpetual": True}},
        {"op": "add_feature", "product": "price-tags", "feature": "scanner", "quantity": 3},
    ]
    crm.post(path, operations=added, **BECAUSE).raise_for_status()
    pool = [{"code": "print", "quantity": None}, {"code": "scanner", "quantity": 13}]
    told = installer.check().json()
    assert told["features"] == pool
    assert told["entitlements"][1]["features"] == [
        {"code": "scanner", "name": "Сканер", "quantity": 10, "unit": "user"}
    ]
    connection.execute(update(Product).values(after_expiry="block"))
    connection.execute(update(Vendor).values(catalogue_version=Vendor.catalogue_version + 1))
    clock.pass_(days=11)
    assert installer.check().json()["features"][1] == {"code": "scanner", "quantity": 3}


def test_staff_takes_a_seat_back_without_a_quota(crm, row, installer, connection):
    connection.execute(update(Product).values(transfer_quota=0))
    [seat] = crm.get("/activations", key_id=row["key_id"]).json()["data"]
    assert (seat["status"], seat["infobase"]["label"]) == ("active", "Бухгалтерия")
    path = f"/activations/{seat['id']}/release"
    for _ in range(2):
        told = crm.post(path, **BECAUSE).json()
        assert (told["status"], told["release_cause"]) == ("released", "support")
    assert connection.scalar(select(func.count(Transfer.id))) == 0
    assert installer.activate().json()["seats"] == {"max": 3, "used": 1}
    assert len(crm.get("/activations", status="released").json()["data"]) == 1
    assert refused(crm.post(path)) == (422, "VALIDATION_FAILED")


def test_trials_are_listed_by_what_became_of_them(crm, world, session, installer, clock):
    a_trial_product(world)
    session.commit()
    installer.post("trials", installer.key, product="price-tags").raise_for_status()
    [trial] = crm.get("/trials", status="running").json()["data"]
    assert (trial["days"], trial["valid_until"], trial["source"]) == (14, "2026-12-06", "agent")
    clock.pass_(days=15)
    assert crm.get("/trials", status="running").json()["data"] == []
    [trial] = crm.get("/trials", expires_to="2026-12-06").json()["data"]
    assert (trial["status"], trial["ended_on"]) == ("expired", None)


def test_foreign_products_and_seats_are_as_absent_as_none(crm, other, session, client):
    [coupon] = other.coupon()
    session.commit()
    agent = Installer(client, other.code)
    agent.redeem(coupon).raise_for_status()
    seat = agent.activate().json()["activation"]["id"]
    assert crm.get("/entitlements").json()["data"] == []
    assert crm.get("/activations").json()["data"] == []
    for seat_id in (seat, uuid.uuid4()):
        answer = crm.post(f"/activations/{seat_id}/release", **BECAUSE)
        assert refused(answer) == (404, "ACTIVATION_NOT_FOUND")
