"""Coupons redeemed on behalf of customers and taken back, by the vendor's automation."""

import pytest
from sqlalchemy import update

from app.customers.models import Customer
from tests.factories.calls import PRODUCT, YEAR, Installer, refused
from tests.factories.contents import contents
from tests.factories.goods import a_trial_product
from wire import codes

pytestmark = pytest.mark.usefixtures("noon")
BECAUSE = {"reason": "Ошибочная продажа"}
ADD = YEAR | {"op": "add_product"}


@pytest.fixture
def make(crm):
    """Makes a batch and answers what was told about it."""

    def make(*operations, **told):
        listed = list(operations or (ADD,))
        return crm.post("/coupon-batches", name="Партнёр Север", operations=listed, **told)

    return make


def test_a_coupon_is_redeemed_for_a_customer_as_by_an_agent(make, crm, world, installer):
    code = make(max_redemptions=2).json()["codes"][0]
    pair = {"key": world.code, "coupon": code}
    dry = crm.post("/redemptions/preview", **pair).json()
    assert (dry["possible"], dry["code"]) == (True, "OK")
    done = crm.post("/redemptions", **pair, before_digest=dry["before_digest"])
    assert done.status_code == 201
    assert done.json()["redemption"]["effects"] == dry["effects"]
    again = crm.post("/redemptions", **pair)
    assert (again.status_code, again.json()["redemption"]["replayed"]) == (200, True)
    assert installer.redeem(code).json()["redemption"]["id"] == done.json()["redemption"]["id"]
    [told] = crm.get("/redemptions", key_id=str(world.key.id)).json()["data"]
    assert (told["actor"], told["key"], told["customer"]["company"]) == (
        "CRM owner",
        world.key.hint,
        "ООО «Василёк»",
    )


def test_another_vendor_s_key_does_not_exist(make, crm, other):
    code = make().json()["codes"][0]
    nobodys = codes.new_code(codes.CodeKind.KEY, "DEMO").text
    for path in ("/redemptions", "/redemptions/preview"):
        for key in (other.code, nobodys):
            assert refused(crm.post(path, key=key, coupon=code)) == (404, "KEY_NOT_FOUND")


def test_a_redemption_is_taken_back_exactly_and_its_code_works_again(
    make, crm, installer, connection
):
    code = make().json()["codes"][0]
    done = installer.redeem(code).json()["redemption"]
    installer.activate().raise_for_status()
    path = f"/redemptions/{done['id']}/reverse"
    before = contents(connection)
    dry = crm.post(path, dry_run=True, **BECAUSE).json()
    assert contents(connection) == before
    told = crm.post(path, **BECAUSE).json()
    assert dry["effects"] == told["effects"]
    assert dry["revoked_seats"] == told["revoked_seats"] == 1
    assert (dry["reversed_at"], told["reversed_at"]) == (None, "2026-11-22T09:00:00.000Z")
    assert told["effects"][0]["after"] is None
    assert installer.check().json()["code"] == "KEY_EMPTY"
    assert crm.post(path, **BECAUSE).json()["effects"] == []
    assert crm.get("/coupons").json()["data"][0]["redemption_count"] == 0
    assert installer.redeem(code).status_code == 201
    assert len(crm.get("/redemptions", is_reversed="true").json()["data"]) == 1
    assert len(crm.get("/redemptions", is_reversed="false").json()["data"]) == 1


def test_what_was_changed_since_is_taken_back_first(make, crm, installer):
    first, second = (installer.redeem(make().json()["codes"][0]).json() for _ in range(2))
    paths = [f"/redemptions/{done['redemption']['id']}/reverse" for done in (first, second)]
    answer = crm.post(paths[0], **BECAUSE)
    assert refused(answer) == (409, "REDEMPTION_NOT_LAST")
    [change] = answer.json()["params"]["changes"]
    assert (change["operation"], change["cause"]) == ("add_product", "redemption")
    crm.post(paths[1], **BECAUSE).raise_for_status()
    assert crm.post(paths[0], **BECAUSE).status_code == 200


def test_seats_that_are_taken_keep_a_reversal_away(make, crm, installer):
    installer.redeem(make(ADD | {"seats": 1}).json()["codes"][0]).raise_for_status()
    more = {"op": "add_seats", "product": PRODUCT, "seats": 1}
    done = installer.redeem(make(more).json()["codes"][0]).json()["redemption"]
    for agent in (installer, installer.beside()):
        agent.activate().raise_for_status()
    answer = crm.post(f"/redemptions/{done['id']}/reverse", **BECAUSE)
    assert refused(answer) == (409, "SEATS_BELOW_USED")
    params = answer.json()["params"]
    assert (params["used"], params["seats"], len(params["seats_list"])) == (2, 1, 2)


def test_a_reversal_gives_a_trial_back_its_end_and_another_its_once(
    make, crm, world, session, installer
):
    a_trial_product(world)
    world.product.ends_trials = ["price-tags"]
    session.commit()
    trial = {"op": "start_trial", "product": "price-tags", "days": 5}
    begun = installer.redeem(make(trial).json()["codes"][0]).json()["redemption"]
    bought = make().json()["codes"][0]
    assert installer.preview(bought).json()["ends_trials"] == ["price-tags"]
    paid = installer.redeem(bought).json()["redemption"]
    [row] = crm.get("/trials").json()["data"]
    assert (row["status"], row["valid_until"]) == ("superseded", "2026-11-21")
    crm.post(f"/redemptions/{paid['id']}/reverse", **BECAUSE).raise_for_status()
    [row] = crm.get("/trials").json()["data"]
    assert (row["status"], row["valid_until"]) == ("running", "2026-11-27")
    crm.post(f"/redemptions/{begun['id']}/reverse", **BECAUSE).raise_for_status()
    assert crm.get("/trials").json()["data"][0]["status"] == "reversed"
    assert installer.redeem(make(trial).json()["codes"][0]).status_code == 201


def test_a_coupon_is_once_per_customer_also_after_a_merge(
    make, installer, stranger, connection, world
):
    code = make(max_redemptions=5).json()["codes"][0]
    stranger.redeem(code).raise_for_status()
    others = update(Customer).where(Customer.id != world.customer.id)
    connection.execute(others.values(merged_into_id=world.customer.id))
    assert refused(installer.redeem(code)) == (409, "COUPON_ALREADY_REDEEMED")


@pytest.fixture
def stranger(world, session, client):
    _, code = world.another_key(world.another_customer())
    session.commit()
    return Installer(client, code)
