"""Keys as the vendor's automation issues and manages them."""

import uuid

import pytest
from sqlalchemy import func, select

from app.licensing.models import EntitlementChange, LicenseKeyCode
from tests.factories.calls import PRODUCT, YEAR, Installer, refused
from tests.factories.contents import contents
from tests.factories.goods import a_trial_product
from tests.factories.world import bearer
from wire import codes

pytestmark = pytest.mark.usefixtures("noon")
BECAUSE = {"reason": "Просьба клиента"}
ADD = YEAR | {"op": "add_product"}


@pytest.fixture
def path(world):
    return f"/license-keys/{world.key.id}"


def test_a_fresh_key_is_empty_and_shows_its_code_once(crm, world, events):
    answer = crm.post("/license-keys", customer_id=str(world.customer.id), comment="Филиал")
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert (told["state"], told["status"], told["comment"]) == ("KEY_EMPTY", "active", "Филиал")
    assert told["customer"] == {"id": str(world.customer.id), "company": "ООО «Василёк»"}
    code = codes.normalise(told["code"], codes.CodeKind.KEY)
    assert told["codes"] == [{"hint": code.hint, "kind": "native", "expires_at": None}]
    again = crm.get(f"/license-keys/{told['id']}")
    assert told["code"] not in again.text
    assert again.json()["entitlements"] == []
    assert [action for action, _ in events(uuid.UUID(told["id"]))] == ["license_key.issued"]


def test_a_key_is_issued_once_for_one_idempotency_key(crm, world):
    sent = {
        "json": {"customer_id": str(world.customer.id)},
        "headers": {"Idempotency-Key": "crm-1042"},
    }
    first = crm.send("POST", "/license-keys", **sent)
    again = crm.send("POST", "/license-keys", **sent)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


def test_the_sealed_copy_of_a_code_opens_in_its_own_row_alone(crm, world, session, kit):
    told = crm.post("/license-keys", customer_id=str(world.customer.id)).json()
    row = session.scalars(
        select(LicenseKeyCode).where(LicenseKeyCode.key_id == uuid.UUID(told["id"]))
    ).one()
    assert kit.keyring.open_code(row.vendor_id, row.id, row.cipher) == told["code"]
    assert told["code"].encode() not in row.cipher


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " ")])
def test_a_key_is_found_however_its_code_is_typed(crm, world, typed):
    found = crm.post("/license-keys/find", code=typed(world.code)).json()
    assert [key["id"] for key in found["data"]] == [str(world.key.id)]


def test_a_foreign_code_and_an_unknown_one_find_nothing(crm, other):
    unknown = codes.new_code(codes.CodeKind.KEY, "DEMO").text
    answers = [crm.post("/license-keys/find", code=code) for code in (other.code, unknown)]
    assert [answer.json()["data"] for answer in answers] == [[], []]
    assert answers[0].content == answers[1].content
    assert refused(crm.post("/license-keys/find", code="DEMO-1")) == (422, "KEY_MALFORMED")


def test_a_suspended_key_stops_its_agents_until_it_is_resumed(crm, path, installer):
    crm.post(f"{path}/operations", operations=[ADD], **BECAUSE).raise_for_status()
    assert installer.activate().status_code == 201
    told = crm.post(f"{path}/suspend", **BECAUSE).json()
    assert (told["status"], told["state"], told["suspend_reason"]) == (
        "suspended",
        "KEY_SUSPENDED",
        "Просьба клиента",
    )
    assert refused(installer.activate()) == (403, "KEY_SUSPENDED")
    assert crm.post(f"{path}/suspend", **BECAUSE).json()["row_version"] == told["row_version"]
    assert crm.post(f"{path}/resume").json()["state"] == "ACTIVE"
    assert installer.activate().status_code == 200


def test_a_rotated_code_works_for_its_grace_and_answers_revoked_after(
    crm, path, world, client, installer, clock
):
    told = crm.post(f"{path}/rotate", grace_hours=2, **BECAUSE).json()
    fresh = Installer(client, told["code"])
    assert told["codes"][1]["expires_at"] == "2026-11-22T11:00:00.000Z"
    assert [agent.check().json()["code"] for agent in (installer, fresh)] == ["KEY_EMPTY"] * 2
    clock.pass_(hours=2)
    assert installer.check().json()["code"] == "KEY_REVOKED"
    assert fresh.check().json()["code"] == "KEY_EMPTY"
    assert crm.post("/license-keys/find", code=world.code).json()["data"][0]["id"] == told["id"]


def test_without_a_grace_of_its_own_a_rotation_takes_the_vendor_s(crm, path):
    told = crm.post(f"{path}/rotate", **BECAUSE).json()
    assert told["codes"][1]["expires_at"] == "2026-11-23T09:00:00.000Z"


def test_a_revoked_key_is_terminal(crm, path, installer):
    assert crm.post(f"{path}/revoke", **BECAUSE).json()["state"] == "KEY_REVOKED"
    assert crm.post(f"{path}/revoke", **BECAUSE).status_code == 200
    for act, body in (
        ("suspend", BECAUSE),
        ("resume", {}),
        ("rotate", BECAUSE),
        ("operations", BECAUSE | {"operations": [ADD]}),
    ):
        assert refused(crm.post(f"{path}/{act}", **body)) == (403, "KEY_REVOKED")
    assert installer.check().json()["code"] == "KEY_REVOKED"


def test_a_key_moves_to_another_customer_with_all_that_is_in_it(crm, path, world, session, events):
    crm.post(f"{path}/operations", operations=[ADD], **BECAUSE)
    there = world.another_customer()
    session.commit()
    told = crm.post(f"{path}/move", customer_id=str(there.id), **BECAUSE).json()
    assert told["customer"]["company"] == "ООО «Ромашка»"
    assert [item["product"]["code"] for item in told["entitlements"]] == [PRODUCT]
    action, data = events(world.key.id)[-1]
    assert (action, data["before"], data["after"]) == (
        "license_key.moved",
        "ООО «Василёк»",
        "ООО «Ромашка»",
    )


@pytest.mark.parametrize("act", ["suspend", "rotate", "move", "revoke", "operations"])
def test_every_act_on_a_key_is_explained(crm, path, act):
    answer = crm.post(f"{path}/{act}", customer_id=str(uuid.uuid4()), operations=[ADD])
    assert refused(answer) == (422, "VALIDATION_FAILED")
    assert {"pointer": "/reason"}.items() <= answer.json()["errors"][0].items()


def test_operations_by_hand_are_told_before_and_after(crm, path, connection):
    wish = {"operations": [ADD], **BECAUSE}
    before = contents(connection)
    dry = crm.post(f"{path}/operations", dry_run=True, **wish).json()
    assert contents(connection) == before
    done = crm.post(f"{path}/operations", **wish).json()
    assert dry == done | {"dry_run": True}
    assert done["description"].startswith("Купон добавит в ключ продукт «Складской помощник»")
    [effect] = done["effects"]
    assert (effect["before"], effect["after"]["seats"]) == (None, 3)


def test_a_change_by_hand_keeps_its_reason_in_one_event(crm, path, events):
    crm.post(f"{path}/operations", operations=[ADD], **BECAUSE)
    [change] = crm.get(f"{path}/changes").json()["data"]
    assert (change["cause_kind"], change["seq"], change["before"]) == ("manual", 1, None)
    [(action, data)] = events(uuid.UUID(change["entitlement_id"]))
    assert (action, data["reason"]) == ("entitlement.granted", "Просьба клиента")


def test_nothing_to_change_is_a_refusal(crm, path):
    endless = {"op": "add_product", "product": PRODUCT, "term": {"perpetual": True}}
    crm.post(f"{path}/operations", operations=[endless], **BECAUSE)
    answer = crm.post(f"{path}/operations", operations=[endless], **BECAUSE)
    assert refused(answer) == (409, "COUPON_NO_EFFECT")


def test_a_trial_by_hand_is_what_the_product_offers(crm, path, world, session):
    a_trial_product(world)
    session.commit()

    def start(product):
        trial = {"op": "start_trial", "product": product}
        return crm.post(f"{path}/operations", operations=[trial], **BECAUSE)

    assert refused(start(PRODUCT)) == (409, "TRIAL_NOT_OFFERED")
    assert start("price-tags").json()["effects"][0]["after"]["valid_until"] == "2026-12-06"
    assert refused(start("price-tags")) == (409, "TRIAL_ALREADY_USED")


def test_a_replacement_by_hand_stands_alone(crm, path):
    after = [{"product": PRODUCT, "seats": 2, "term": {"days": 10}}]
    replacement = {"op": "replace_products", "after": after}
    both = crm.post(f"{path}/operations", operations=[ADD, replacement], **BECAUSE)
    assert refused(both) == (422, "VALIDATION_FAILED")
    alone = crm.post(f"{path}/operations", operations=[replacement], **BECAUSE)
    assert alone.json()["effects"][0]["after"]["seats"] == 2


def test_lists_are_narrowed_by_customer_state_product_and_expiry(crm, world, session):
    bought, _ = world.another_key(world.another_customer())
    session.commit()
    until = {"op": "add_product", "product": PRODUCT, "term": {"until": "2026-12-31"}}
    crm.post(f"/license-keys/{bought.id}/operations", operations=[until], **BECAUSE)
    both, mine = [str(bought.id), str(world.key.id)], [str(bought.id)]
    for query, expected in (
        ({}, both),
        ({"customer_id": str(bought.customer_id)}, mine),
        ({"product": PRODUCT}, mine),
        ({"product": "nothing"}, []),
        ({"expires_from": "2026-12-31", "expires_to": "2026-12-31"}, mine),
        ({"expires_to": "2026-12-30"}, []),
        ({"status": "suspended"}, []),
        ({"created_from": "2026-11-22"}, both),
        ({"created_from": "2026-11-23"}, []),
    ):
        told = crm.get("/license-keys", **query).json()["data"]
        assert [key["id"] for key in told] == expected, query


def test_pages_lead_through_all_keys_and_know_their_filter(crm, world, session):
    for _ in range(4):
        world.another_key()
    session.commit()
    pages = crm.pages("/license-keys", limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    cursor = crm.get("/license-keys", limit=2).json()["next_cursor"]
    other = crm.get("/license-keys", limit=2, status="active", cursor=cursor)
    assert refused(other) == (400, "CURSOR_INVALID")


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("GET", "/changes", None),
        ("POST", "/suspend", BECAUSE),
        ("POST", "/resume", None),
        ("POST", "/rotate", BECAUSE),
        ("POST", "/revoke", BECAUSE),
        ("POST", "/operations", BECAUSE | {"operations": [ADD]}),
    ],
)
def test_another_vendor_s_key_is_as_absent_as_none(crm, other, connection, method, rest, body):
    before = contents(connection)
    answers = []
    for key_id in (other.key.id, uuid.uuid4()):
        answer = crm.send(method, f"/license-keys/{key_id}{rest}", json=body).json()
        answer.pop("request_id")
        answer.pop("instance", None)
        answers.append(answer)
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "NOT_FOUND"
    assert contents(connection) == before


def test_the_ledger_is_told_newest_first(crm, path, connection):
    for days in (1, 2, 3):
        term = {"op": "add_product", "product": PRODUCT, "term": {"days": days}}
        crm.post(f"{path}/operations", operations=[term], **BECAUSE)
    told = [row["seq"] for page in crm.pages(f"{path}/changes", limit=2) for row in page]
    assert told == [3, 2, 1]
    assert connection.scalar(select(func.count(EntitlementChange.id))) == 3


OLD = "MIKO-0O1IL-UUUUU-ABCDE-12345"


def test_keys_of_another_system_are_taken_over_with_their_codes(crm, world, client):
    rows = [{"code": OLD, "customer_id": str(world.customer.id), "comment": "Из старой системы"}]
    answer = crm.post("/license-keys/import", keys=rows)
    assert answer.status_code == 201
    [made] = answer.json()["data"]
    assert (made["hint"], made["comment"], made["state"]) == (
        "…-12345",
        "Из старой системы",
        "KEY_EMPTY",
    )
    assert made["codes"] == [{"hint": "…-12345", "kind": "legacy", "expires_at": None}]
    assert OLD not in answer.text
    assert OLD.replace("-", "") not in answer.text
    checked = client.post("/api/v1/license-checks", json={}, headers=bearer(OLD.lower()))
    assert (checked.json()["code"], checked.json()["key"]["hint"]) == ("KEY_EMPTY", "…-12345")
    found = crm.post("/license-keys/find", code=OLD).json()["data"]
    assert [key["id"] for key in found] == [made["id"]]
    again = crm.post("/license-keys/import", keys=rows)
    assert (again.status_code, again.json()["code"]) == (409, "KEY_CODE_EXISTS")
    assert again.json()["params"] == {"keys": [0]}


def test_one_bad_row_stops_the_whole_import_and_is_named(crm, world, other):
    rows = [
        {"code": OLD, "customer_id": str(world.customer.id)},
        {"code": "short", "customer_id": str(world.customer.id)},
        {"code": "B" * 16, "customer_id": str(other.customer.id)},
    ]
    answer = crm.post("/license-keys/import", keys=rows)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/keys/1/code", "/keys/2/customer_id"]
    assert "short" not in answer.text
    assert crm.post("/license-keys/find", code=OLD).json()["code"] == "KEY_MALFORMED"


@pytest.mark.parametrize("many", [0, 1_001])
def test_an_import_has_one_to_a_thousand_rows(crm, world, many):
    rows = [
        {"code": f"{number:016}", "customer_id": str(world.customer.id)} for number in range(many)
    ]
    answer = crm.post("/license-keys/import", keys=rows)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/keys"]


def test_who_may_only_manage_keys_does_not_bring_any(automation, world):
    rows = [{"code": OLD, "customer_id": str(world.customer.id)}]
    answer = automation("owner", "keys.manage").post("/license-keys/import", keys=rows)
    assert (answer.status_code, answer.json()["params"]) == (403, {"scope": "keys.issue"})
