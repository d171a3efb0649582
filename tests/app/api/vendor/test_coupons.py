"""Coupons as the vendor's automation makes, finds, stops, redeems and takes them back."""

import csv
import io
import json
import uuid

import pytest
from sqlalchemy import func, select, update

from app.coupons.models import Coupon, CouponBatch
from app.customers.models import Distributor
from app.kit.db import new_id
from tests.factories.automation import Automation, a_token
from tests.factories.calls import PRODUCT, YEAR, refused
from tests.factories.contents import contents
from wire import codes

pytestmark = pytest.mark.usefixtures("noon")
BECAUSE = {"reason": "Ошибочная продажа"}
ADD = YEAR | {"op": "add_product"}
TRIAL = {"op": "start_trial", "product": PRODUCT, "days": 14, "if_used": "extend"}


def wish(*operations, **told):
    return {"name": "Партнёр Север", "operations": list(operations or (ADD,))} | told


@pytest.fixture
def make(crm):
    """Makes a batch and answers what was told about it."""
    return lambda *operations, **told: crm.post("/coupon-batches", **wish(*operations, **told))


@pytest.fixture
def partner(world, session):
    row = Distributor(
        id=new_id(),
        vendor_id=world.vendor.id,
        created_at=session.now(),
        name="Север",
        email="north@example.com",
        external_guid="8d0c6a0e-5a3f-11ee-9c58-0242ac120002",
    )
    session.add(row)
    session.flush()
    session.forget()
    session.commit()
    return row


def test_a_batch_is_described_and_its_codes_are_in_the_answer(make):
    channel = {"op": "set_channel", "product": PRODUCT, "channel": "rc"}
    answer = make(ADD, channel, count=2, valid_until="2027-06-30")
    told = answer.json()
    assert answer.status_code == 201
    assert (told["preset"], told["count"], len(set(told["codes"]))) == ("custom", 2, 2)
    assert told["description"] == (
        "Купон добавит в ключ продукт «Складской помощник» на 3 места на 365 дней со дня "
        "активации, обновления на тот же срок, и разрешит канал rc. Будет создано 2 купона, "
        "каждый можно использовать 1 раз до 30.06.2027."
    )


@pytest.mark.parametrize(
    ("operations", "preset"),
    [
        ([ADD, ADD], "add_product"),
        ([TRIAL], "extend_trial"),
        ([TRIAL | {"if_used": "refuse"}], "custom"),
        ([ADD, TRIAL], "custom"),
        ([{"op": "add_seats", "product": PRODUCT, "seats": 1}], "custom"),
    ],
)
def test_the_preset_follows_from_the_operations(make, operations, preset):
    assert make(*operations).json()["preset"] == preset


def test_a_dry_run_tells_the_same_and_makes_nothing(make, connection):
    before = contents(connection)
    answer = make(count=3, dry_run=True)
    assert answer.status_code == 200
    assert contents(connection) == before
    made = make(count=3).json()
    assert answer.json() == made | {"id": None, "codes": None}


@pytest.mark.parametrize(
    "told",
    [
        {"count": 10_001},
        {"count": 0},
        {"max_redemptions": 0},
        {"operations": [{"op": "extend_updates", "product": PRODUCT, "term": {"perpetual": True}}]},
        {"operations": [{"op": "add_seats", "product": PRODUCT, "seats": 0}]},
        {"operations": [{"op": "add_seats", "product": PRODUCT, "seats": -1}]},
        {"operations": [ADD | {"features": [{"feature": "a"}, {"feature": "a"}]}]},
    ],
)
def test_half_a_batch_or_an_impossible_one_never_exists(make, connection, told):
    before = contents(connection)
    assert refused(make(**told)) == (422, "VALIDATION_FAILED")
    assert contents(connection) == before


def test_one_operation_on_nothing_sold_refuses_the_whole_batch(make, connection):
    unknown = {"op": "add_feature", "product": PRODUCT, "feature": "nothing"}
    assert refused(make(ADD, unknown, count=5)) == (404, "NOT_FOUND")
    assert connection.scalar(select(func.count(CouponBatch.id))) == 0


def replacement(*after, **more):
    return {"op": "replace_products", "after": list(after)} | more


ONE = {"product": PRODUCT, "seats": 1, "term": {"days": 30}}


def test_a_replacement_is_alone_for_one_key_and_for_one_use(make, world):
    bound = {"bound_key_id": str(world.key.id)}
    for operations, told in (
        ([replacement(ONE)], {}),
        ([replacement(ONE)], bound | {"max_redemptions": 2}),
        ([replacement(ONE)], bound | {"count": 2}),
        ([replacement(ONE), ADD], bound),
        ([replacement(ONE, ONE)], bound),
    ):
        assert refused(make(*operations, **told)) == (422, "VALIDATION_FAILED")
    assert make(replacement(ONE), **bound).json()["preset"] == "replace_products"


def test_a_replacement_is_made_for_what_the_key_holds_and_stale_when_that_differs(
    make, world, installer
):
    bound = {"bound_key_id": str(world.key.id)}
    installer.redeem(make().json()["codes"][0]).raise_for_status()
    assert refused(make(replacement(ONE, before={}), **bound)) == (409, "COUPON_STALE")
    [first], [second] = (make(replacement(ONE), **bound).json()["codes"] for _ in range(2))
    done = installer.redeem(first).json()["redemption"]["effects"]
    assert (done[0]["before"]["seats"], done[0]["after"]["seats"]) == (3, 1)
    assert refused(installer.redeem(second)) == (409, "COUPON_STALE")


def test_a_replacement_names_its_key_in_words(make, world, installer):
    installer.redeem(make().json()["codes"][0]).raise_for_status()
    told = make(replacement(ONE), bound_key_id=str(world.key.id)).json()["description"]
    assert told.startswith(
        f"Купон заменит состав ключа …{world.code[-5:]} (ООО «Василёк»): "
        "«Складской помощник, 3 места» станет «Складской помощник, 1 место», новый срок: "
    )


def test_a_distributor_is_named_by_our_id_or_by_the_one_of_the_crm(make, crm, partner):
    for named in (
        {"distributor_id": str(partner.id)},
        {"distributor_guid": "8d0c6a0e-5a3f-11ee-9c58-0242ac120002"},
    ):
        batch = make(**named, invoice_number="СЧ-1042").json()["id"]
        assert crm.get(f"/coupon-batches/{batch}").json()["distributor_id"] == str(partner.id)
    assert refused(make(distributor_guid="nobody")) == (404, "NOT_FOUND")
    assert len(crm.get("/coupon-batches", invoice_number="СЧ-1042").json()["data"]) == 2
    assert crm.get("/coupon-batches", distributor_id=str(uuid.uuid4())).json()["data"] == []


def test_the_maker_opens_the_codes_again_for_a_day(make, crm, clock, partner):
    told = {"distributor_id": str(partner.id), "invoice_number": "СЧ-1042", "comment": "=1+1"}
    made = make(count=2, valid_until="2027-06-30", **told).json()
    path = f"/coupon-batches/{made['id']}/codes"
    clock.pass_(hours=24)
    plain = crm.get(path)
    assert plain.headers["content-type"] == "application/x-ndjson"
    assert plain.headers["cache-control"] == "private, no-store"
    rows = [json.loads(line) for line in plain.text.splitlines()]
    assert sorted(row["code"] for row in rows) == sorted(made["codes"])
    assert rows[0] | {"code": "", "description": ""} == {
        "code": "",
        "description": "",
        "valid_until": "2027-06-30",
        "max_redemptions": 1,
        "batch": "Партнёр Север",
        "invoice": "СЧ-1042",
        "distributor": "Север",
        "comment": "=1+1",
    }
    table = crm.send("GET", path, headers={"Accept": "text/csv"}).content.decode("utf-8-sig")
    cells = list(csv.DictReader(io.StringIO(table), delimiter=";"))
    assert sorted(cell["code"] for cell in cells) == sorted(made["codes"])
    assert cells[0]["comment"] == "'=1+1"
    clock.pass_(seconds=1)
    assert refused(crm.get(path)) == (410, "SECRET_EXPIRED")


def test_nobody_else_opens_the_codes_and_each_opening_is_an_event(
    make, crm, automation, events, world
):
    made = make(count=2).json()
    path = f"/coupon-batches/{made['id']}/codes"
    assert refused(automation().get(path)) == (403, "PERMISSION_DENIED")
    crm.get(path).raise_for_status()
    assert [action for action, _ in events(uuid.UUID(made["id"]))] == [
        "coupon_batch.generated",
        "coupon_batch.exported",
    ]
    world.coupon()  # by the command line, which nobody is
    world.session.commit()
    newest = crm.get("/coupon-batches").json()["data"][0]["id"]
    assert refused(crm.get(f"/coupon-batches/{newest}/codes")) == (403, "PERMISSION_DENIED")


def test_of_many_coupons_the_codes_are_fetched_apart(make, crm):
    made = make(count=1_001).json()
    assert (made["count"], made["codes"]) == (1_001, None)
    assert len(crm.get(f"/coupon-batches/{made['id']}/codes").text.splitlines()) == 1_001


def test_a_coupon_is_found_by_its_code_and_told_by_its_hint(make, crm, other, session):
    [code] = make(comment="Акция").json()["codes"]
    [told] = crm.post("/coupons/find", code=code.lower()).json()["data"]
    assert (told["hint"], told["batch"], told["comment"]) == (
        codes.normalise(code, codes.CodeKind.COUPON).hint,
        "Партнёр Север",
        "Акция",
    )
    assert (told["state"], told["redemption_count"], told["max_redemptions"]) == ("active", 0, 1)
    assert crm.get(f"/coupons/{told['id']}").json() == told
    [theirs] = other.coupon()
    session.commit()
    assert crm.post("/coupons/find", code=theirs).json()["data"] == []
    assert refused(crm.post("/coupons/find", code="DEMOUPD-1")) == (422, "COUPON_MALFORMED")


@pytest.mark.parametrize(
    ("told", "values", "state"),
    [
        ({}, {}, "active"),
        ({}, {"redemption_count": 1}, "exhausted"),
        ({"valid_until": "2026-11-22"}, {}, "active"),
        ({}, {"valid_until": "2026-11-21", "redemption_count": 1}, "expired"),
        ({"valid_from": "2026-11-23"}, {"valid_until": "2026-11-21"}, "not_started"),
        ({"valid_from": "2026-11-23"}, {"status": "disabled"}, "disabled"),
    ],
)
def test_the_state_of_a_coupon_is_the_first_that_holds(make, crm, connection, told, values, state):
    make(**told).raise_for_status()
    if values:
        connection.execute(update(Coupon).values(**values))
    assert crm.get("/coupons").json()["data"][0]["state"] == state


def test_a_disabled_coupon_is_refused_until_it_is_enabled(make, crm, installer, events):
    [code] = make().json()["codes"]
    coupon_id = crm.post("/coupons/find", code=code).json()["data"][0]["id"]
    for _ in range(2):
        told = crm.post(f"/coupons/{coupon_id}/disable", **BECAUSE).json()
        assert (told["state"], told["disabled_reason"]) == ("disabled", "Ошибочная продажа")
    assert refused(installer.redeem(code)) == (403, "COUPON_DISABLED")
    for _ in range(2):
        assert crm.post(f"/coupons/{coupon_id}/enable").json()["state"] == "active"
    assert installer.redeem(code).status_code == 201
    acts = [action for action, _ in events(uuid.UUID(coupon_id))]
    assert acts == ["coupon.disabled", "coupon.redeemed", "coupon.enabled", "coupon.redeemed"]


def test_of_a_coupon_only_its_end_and_its_comment_change(make, crm):
    make().raise_for_status()
    [told] = crm.get("/coupons").json()["data"]
    path = f"/coupons/{told['id']}"
    changed = crm.patch(path, valid_until="2027-01-31", operations=[], max_redemptions=5).json()
    assert changed == told | {"valid_until": "2027-01-31", "row_version": 2}
    assert crm.patch(path, comment="Продлён").json()["valid_until"] == "2027-01-31"
    assert crm.patch(path, valid_until=None).json()["valid_until"] is None
    assert refused(crm.patch(path, version=1, comment="x")) == (412, "PRECONDITION_FAILED")
    bare = crm.send("PATCH", path, json={"comment": "x"})
    assert refused(bare) == (428, "PRECONDITION_REQUIRED")


def test_coupons_are_listed_by_batch_state_and_binding(make, crm, world):
    first = make(count=3).json()["id"]
    make(bound_key_id=str(world.key.id)).raise_for_status()
    for query, count in (
        ({}, 4),
        ({"batch_id": first}, 3),
        ({"status": "disabled"}, 0),
        ({"bound_key_id": str(world.key.id)}, 1),
        ({"bound_customer_id": str(world.customer.id)}, 0),
    ):
        assert len(crm.get("/coupons", **query).json()["data"]) == count


def test_a_token_without_the_scope_or_the_role_is_refused(client, session, world):
    token = a_token(session, world.vendor.id, "manager", ("coupons.read",))
    session.commit()
    reader = Automation(client, token)
    assert reader.get("/coupons").status_code == 200
    assert refused(reader.post("/coupon-batches", **wish())) == (403, "SCOPE_MISSING")
