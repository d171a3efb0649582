"""Customers, as the vendor's CRM keeps them."""

import base64
import uuid

import pytest

from app.audit.actor import SYSTEM
from app.customers import service as customers
from app.customers.problems import CustomerArchived
from app.customers.schemas import CreateDistributor
from app.licensing.schemas import IssueKey, MoveKey, WithReason
from app.licensing.service import keys, lifecycle

COMPANY = {"company": "ООО «Ромашка»", "email": "buyer@romashka.example"}
CONTACTS = {
    "contact_name": "Анна",
    "phone": "+7 495 000-00-00",
    "tech_email": "it@romashka.example",
}


@pytest.fixture
def romashka(crm):
    """A customer that only the API has touched."""
    return crm.post("/customers", **COMPANY, **CONTACTS, inn="7700123459").json()


def path(customer, act=""):
    return f"/customers/{customer['id']}{act}"


def test_a_customer_is_made_with_all_that_a_crm_knows(crm, events):
    partner = crm.post("/distributors", name="Север", email="north@example.com").json()
    told = (
        COMPANY
        | CONTACTS
        | {
            "inn": "770012345606",
            "external_ref1": "CRM-1",
            "external_ref2": "1С-77",
            "distributor_id": partner["id"],
            "responsible": "Иванова",
            "tags": ["опт", "Москва"],
            "comment": "Первая строка\nВторая",
        }
    )
    answer = crm.post("/customers", **told)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    made = answer.json()
    assert made.items() >= told.items()
    assert (made["status"], made["merged_into_id"], made["warnings"]) == ("active", None, [])
    assert made["created_at"].endswith("Z")
    assert crm.get(path(made)).json() == {
        name: value for name, value in made.items() if name != "warnings"
    }
    assert events(made["id"]) == [("customer.created", {})]


def test_one_that_looks_like_another_is_made_with_a_warning(crm, romashka):
    again = crm.post("/customers", company="Ромашка", email=romashka["email"], inn="7700123459")
    assert (again.status_code, again.json()["warnings"]) == (
        201,
        ["DUPLICATE_INN", "DUPLICATE_EMAIL"],
    )
    assert crm.post(path(romashka, "/archive")).status_code == 200
    alone = crm.patch(path(again.json()), comment="Единственная").json()
    assert alone["warnings"] == []


def test_a_reference_names_one_customer(crm):
    crm.post("/customers", **COMPANY, external_ref1="CRM-1")
    again = crm.post("/customers", **COMPANY, external_ref1="CRM-1")
    assert (again.status_code, again.json()["code"]) == (409, "CUSTOMER_EXISTS")
    free = crm.post("/customers", **COMPANY).json()
    taken = crm.patch(path(free), external_ref1="CRM-1")
    assert taken.json()["code"] == "CUSTOMER_EXISTS"
    assert crm.get(path(free)).json()["external_ref1"] is None


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"company": " "}, "/company"),
        ({"company": None}, "/company"),
        ({"email": "no address"}, "/email"),
        ({"inn": "7700123450"}, "/inn"),
        ({"phone": "1" * 51}, "/phone"),
        ({"tags": ["x"] * 51}, "/tags"),
        ({"comment": "\u0000"}, "/comment"),
        ({"distributor_id": "1"}, "/distributor_id"),
    ],
)
def test_a_wrong_member_is_named_and_not_repeated(crm, romashka, wrong, pointer):
    for answer in (crm.post("/customers", **COMPANY | wrong), crm.patch(path(romashka), **wrong)):
        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_change_touches_only_what_it_names(crm, romashka, events):
    answer = crm.patch(path(romashka), phone="", tech_email=None, unknown=1)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    changed = {"phone": "", "tech_email": None, "row_version": 2}
    assert answer.json() == romashka | changed
    assert events(romashka["id"])[1:] == [
        (
            "customer.updated",
            {
                "before": {"phone": romashka["phone"], "tech_email": romashka["tech_email"]},
                "after": {"phone": "", "tech_email": None},
            },
        )
    ]


def test_a_change_that_changes_nothing_leaves_no_trace(crm, romashka, events):
    answer = crm.patch(path(romashka), company=romashka["company"], tags=[])
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert len(events(romashka["id"])) == 1


def test_a_change_builds_on_the_version_it_names(crm, romashka):
    blind = crm.send("PATCH", path(romashka), json={"comment": "Да"})
    assert (blind.status_code, blind.json()["code"]) == (428, "PRECONDITION_REQUIRED")
    assert crm.patch(path(romashka), version=1, comment="Да").status_code == 200
    late = crm.patch(path(romashka), version=1, comment="Нет")
    assert (late.status_code, late.json()["code"]) == (412, "PRECONDITION_FAILED")
    weak = {"If-Match": 'W/"2"'}
    assert crm.send("PATCH", path(romashka), json={}, headers=weak).status_code == 412
    assert crm.get(path(romashka)).json()["comment"] == "Да"


def test_a_customer_comes_through_an_active_distributor_of_the_vendor(
    crm, romashka, session, other
):
    partner = crm.post("/distributors", name="Север", email="north@example.com").json()
    crm.patch(f"/distributors/{partner['id']}", status="archived")
    foreign = customers.create_distributor(
        session,
        other.vendor.id,
        CreateDistributor(name="Юг", email="south@example.com"),
        actor=SYSTEM,
    )
    session.commit()
    for missing in (partner["id"], str(foreign.id), str(uuid.uuid4())):
        for answer in (
            crm.post("/customers", **COMPANY, distributor_id=missing),
            crm.patch(path(romashka), distributor_id=missing),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_blocked_customer_s_keys_stop_at_once(crm, world, installer, events):
    customer = {"id": str(world.customer.id)}
    for version in (2, 2):
        answer = crm.post(path(customer, "/block"), reason="Не заплатили")
        assert (answer.status_code, answer.json()["status"]) == (200, "blocked")
        assert answer.headers["etag"] == f'"{version}"'
    assert installer.check().json()["code"] == "CUSTOMER_BLOCKED"
    for version in (3, 3):
        answer = crm.post(path(customer, "/unblock"))
        assert (answer.json()["status"], answer.json()["row_version"]) == ("active", version)
    assert installer.check().json()["code"] == "KEY_EMPTY"
    assert events(customer["id"])[1:] == [
        ("customer.blocked", {"reason": "Не заплатили"}),
        ("customer.unblocked", {}),
    ]


@pytest.mark.parametrize("reason", [None, "нет", "х" * 501])
def test_a_block_has_its_reason(crm, romashka, reason):
    answer = crm.post(path(romashka, "/block"), **{"reason": reason} if reason else {})
    assert answer.json()["errors"][0]["pointer"] == "/reason"


def test_only_a_customer_without_active_keys_is_archived(crm, world, session, events):
    customer = {"id": str(world.customer.id)}
    refused = crm.post(path(customer, "/archive"))
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert refused.json()["params"] == {"where": "active licence keys"}
    lifecycle.revoke(
        session, world.vendor.id, world.key.id, WithReason(reason="Закрылись"), actor=SYSTEM
    )
    session.commit()
    for _ in range(2):
        answer = crm.post(path(customer, "/archive"))
        assert (answer.status_code, answer.json()["status"]) == (200, "archived")
    assert [action for action, _ in events(customer["id"])][1:] == ["customer.archived"]


def test_nothing_new_is_begun_with_an_archived_customer(crm, romashka, world, session):
    crm.post(path(romashka, "/archive"))
    archived = uuid.UUID(romashka["id"])
    for act, body in (("/block", {"reason": "Не заплатили"}), ("/unblock", {})):
        answer = crm.post(path(romashka, act), **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "CUSTOMER_ARCHIVED")
    with pytest.raises(CustomerArchived):
        keys.issue(session, world.vendor.id, IssueKey(customer_id=archived), actor=SYSTEM)
    command = MoveKey(customer_id=archived, reason="Передали")
    with pytest.raises(CustomerArchived):
        lifecycle.move(session, world.vendor.id, world.key.id, command, actor=SYSTEM)


def test_customers_are_found_by_what_a_crm_knows_of_them(crm, romashka):
    crm.patch(path(romashka), external_ref1="CRM-1", external_ref2="Ёлка 50%")
    crm.post("/customers", company="ООО «Другое»", email="other@example.com")
    blocked = crm.post("/customers", company="ИП Берёзкин", email="b@example.com").json()
    crm.post(path(blocked, "/block"), reason="Не заплатили")

    def found(**query):
        return [one["company"] for [*page] in crm.pages("/customers", **query) for one in page]

    for query in (
        {"inn": "7700123459"},
        {"external_ref1": "CRM-1"},
        {"email": "buyer@romashka.example"},
        {"q": "РОМАШ"},
        {"q": "770012"},
        {"q": "crm-"},
        {"q": "елка 50%"},
        {"inn": "7700123459", "q": "ромашка"},
    ):
        assert found(**query) == ["ООО «Ромашка»"]
    assert found(q="березкин") == found(status="blocked") == ["ИП Берёзкин"]
    for query in (
        {"q": "00123"},
        {"q": "51%"},
        {"inn": "7700123459", "q": "другое"},
        {"email": "nobody"},
    ):
        assert found(**query) == []
    assert found() == ["ИП Берёзкин", "ООО «Другое»", "ООО «Ромашка»", "ООО «Василёк»"]


@pytest.mark.usefixtures("noon")
def test_days_of_a_list_are_the_vendor_s_and_inclusive(crm, clock):
    made = []
    for hours in (9, 11, 1):  # 21:00 and 08:00 of Moscow's next day, then an hour later
        clock.pass_(hours=hours)
        made.append(crm.post("/customers", **COMPANY).json()["id"])

    def found(**query):
        [page] = crm.pages("/customers", q="ромашка", **query)
        return [one["id"] for one in page][::-1]

    assert found(created_from="2026-11-22", created_to="2026-11-22") == made[:1]
    assert found(created_from="2026-11-23") == made[1:]
    assert found(created_to="2026-11-21") == found(created_from="9999-12-31") == []
    assert found(created_from="0001-01-01", created_to="9999-12-31") == made


def test_a_list_has_pages_that_neither_skip_nor_repeat(crm):
    made = [crm.post("/customers", **COMPANY).json()["id"] for _ in range(5)]
    pages = crm.pages("/customers", limit=2, q="ромашка")
    assert [[one["id"] for one in page] for page in pages] == [
        [made[4], made[3]],
        [made[2], made[1]],
        [made[0]],
    ]


@pytest.mark.in_process("counts the statements of the process")
def test_a_list_costs_the_same_however_long_it_is(crm, statements):
    crm.post("/customers", **COMPANY)
    costs = []
    for _ in range(2):
        with statements() as run:
            crm.get("/customers")
        costs.append(len(run))
        for _ in range(4):
            crm.post("/customers", **COMPANY)
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": 0}, "VALIDATION_FAILED"),
        ({"limit": 201}, "VALIDATION_FAILED"),
        ({"q": "\u0000"}, "VALIDATION_FAILED"),
        ({"q": ""}, "VALIDATION_FAILED"),
        ({"status": "lost"}, "VALIDATION_FAILED"),
        ({"created_from": "yesterday"}, "VALIDATION_FAILED"),
        ({"cursor": "x"}, "CURSOR_INVALID"),
        ({"cursor": "ё"}, "CURSOR_INVALID"),
        ({"cursor": "[" * 2_000}, "CURSOR_INVALID"),
        ({"cursor": base64.urlsafe_b64encode(b'{"id": 1, "f": ""}').decode()}, "CURSOR_INVALID"),
        ({"cursor": base64.urlsafe_b64encode(b"[1]").decode()}, "CURSOR_INVALID"),
    ],
)
def test_a_question_of_the_wrong_shape_is_refused(crm, query, code):
    answer = crm.get("/customers", **query)
    assert (answer.json()["code"], answer.status_code) == (code, 400 if "CURSOR" in code else 422)


def test_a_cursor_belongs_to_its_filters(crm):
    for _ in range(2):
        crm.post("/customers", **COMPANY)
    cursor = crm.get("/customers", limit=1, q="ромашка").json()["next_cursor"]
    assert crm.get("/customers", limit=2, q="ромашка", cursor=cursor).status_code == 200
    assert crm.get("/customers", limit=1, cursor=cursor).json()["code"] == "CURSOR_INVALID"


def test_an_auditor_sees_no_contacts_and_cannot_guess_them(automation, romashka):
    auditor = automation("auditor")
    hidden = dict.fromkeys(("contact_name", "email", "phone", "tech_email"))
    seen = auditor.get(path(romashka)).json()
    assert seen.items() >= hidden.items()
    assert (seen["company"], seen["inn"]) == (romashka["company"], romashka["inn"])
    [listed, _] = auditor.get("/customers").json()["data"]
    assert listed == seen
    guess = auditor.get("/customers", email=romashka["email"])
    assert (guess.status_code, guess.json()["code"]) == (403, "PERMISSION_DENIED")
    assert guess.json()["params"] == {"permission": "contacts.read"}
    assert auditor.get("/customers", q="Анна").json()["data"] == []
    assert automation("support").get(path(romashka)).json()["email"] == romashka["email"]


def test_reading_is_not_writing(automation, romashka):
    reader = automation("owner", "customers.read")
    assert reader.get(path(romashka)).status_code == 200
    for answer in (
        reader.post("/customers", **COMPANY),
        reader.patch(path(romashka), version=1),
        reader.post(path(romashka, "/block"), reason="Не заплатили"),
        reader.post(path(romashka, "/unblock")),
        reader.post(path(romashka, "/archive")),
        reader.post(path(romashka, "/merge"), **{"from": [romashka["id"]]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")
        assert answer.json()["params"] == {"scope": "customers.write"}
    assert automation("release").get("/customers").json()["code"] == "SCOPE_MISSING"
