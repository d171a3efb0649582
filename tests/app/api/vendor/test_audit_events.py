"""The feed of everything that happened."""

import uuid

import pytest

from app.audit.actor import SYSTEM
from app.customers import service as customers
from app.customers.schemas import CreateCustomer


@pytest.fixture
def acts(crm):
    """Three acts on one customer, made by the CRM."""
    made = crm.post("/customers", company="Ромашка", email="buyer@romashka.example").json()
    path = f"/customers/{made['id']}"
    crm.patch(path, email="new@romashka.example", phone="+7 495 000-00-00")
    crm.post(f"{path}/block", reason="Не заплатили")
    return made["id"]


def seqs(events):
    return [event["seq"] for event in events]


@pytest.mark.usefixtures("acts")
def test_events_come_in_their_order_without_gaps(crm):
    pages = crm.pages("/audit-events", limit=3)
    assert {len(page) for page in pages[:-1]} == {3}
    events = [event for page in pages for event in page]
    assert seqs(events) == list(range(1, len(events) + 1))
    assert [event["prev_hash"] for event in events[1:]] == [event["hash"] for event in events[:-1]]


def test_an_event_says_who_did_what_to_whom(crm, acts):
    told = crm.get("/audit-events", subject_id=acts, action="customer.blocked")
    [event] = told.json()["data"]
    assert (event["action"], event["outcome"], event["reason"]) == ("customer.blocked", "ok", None)
    assert event["actor"]["kind"] == "token"
    assert event["actor"]["label"] == "CRM owner"
    assert event["subject"] == {"kind": "customer", "id": acts, "label": "Ромашка"}
    assert event["data"] == {"reason": "Не заплатили"}
    assert event["at"].endswith("Z")
    assert event["request_id"]


def test_polling_goes_on_after_the_last_event_seen(crm, acts):
    seen = crm.get("/audit-events").json()["data"][-1]["seq"]
    nothing = crm.get("/audit-events", after_seq=seen).json()
    assert nothing == {"data": [], "next_cursor": None}
    crm.post(f"/customers/{acts}/unblock")
    [event] = crm.get("/audit-events", after_seq=seen).json()["data"]
    assert (event["seq"], event["action"]) == (seen + 1, "customer.unblocked")


def test_a_refusal_is_an_event_too(crm, world, session, installer):
    [coupon] = world.coupon(
        operations=[{"op": "add_product", "product": world.product.code, "term": {"days": 1}}],
        valid_until="2020-01-01",
    )
    session.commit()
    installer.redeem(coupon)
    [event] = crm.get("/audit-events", action="coupon.redeemed").json()["data"]
    assert (event["outcome"], event["reason"]) == ("denied", "COUPON_EXPIRED")


def test_events_are_found_by_their_subject(crm, acts):
    of_customers = crm.get("/audit-events", subject_kind="customer").json()["data"]
    assert [event["action"] for event in of_customers] == [
        "customer.created",
        "customer.created",
        "customer.updated",
        "customer.blocked",
    ]
    of_one = crm.get("/audit-events", subject_id=acts).json()["data"]
    assert of_one == of_customers[1:]
    assert crm.get("/audit-events", subject_id=str(uuid.uuid4())).json()["data"] == []
    assert crm.get("/audit-events", action="customer.%").json()["data"] == []
    assert crm.get("/audit-events", created_to="2000-01-01").json()["data"] == []


def test_another_vendor_s_events_are_not_there(crm, session, other):
    command = CreateCustomer(company="Чужая", email="a@example.com")
    made = customers.create(session, other.vendor.id, command, actor=SYSTEM)
    session.commit()
    assert crm.get("/audit-events", subject_id=str(made.id)).json()["data"] == []
    [*page] = crm.get("/audit-events").json()["data"]
    assert "Чужая" not in str(page)


def test_an_auditor_sees_that_contacts_changed_and_not_what_they_were(automation, acts):
    [_, event, _] = automation("auditor").get("/audit-events", subject_id=acts).json()["data"]
    hidden = {"email": None, "phone": None}
    assert event["data"] == {"before": hidden, "after": hidden}
    [_, seen, _] = automation("admin").get("/audit-events", subject_id=acts).json()["data"]
    assert seen["data"]["after"] == {
        "email": "new@romashka.example",
        "phone": "+7 495 000-00-00",
    }


@pytest.mark.parametrize("role", ["manager", "release", "support"])
def test_who_may_not_read_the_audit_cannot(automation, role):
    answer = automation(role).get("/audit-events")
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"after_seq": -1}, "VALIDATION_FAILED"),
        ({"after_seq": 2**63}, "VALIDATION_FAILED"),
        ({"subject_id": "x"}, "VALIDATION_FAILED"),
        ({"action": "\u0000"}, "VALIDATION_FAILED"),
        ({"limit": 0}, "VALIDATION_FAILED"),
        ({"cursor": "x"}, "CURSOR_INVALID"),
        ({"cursor": "²"}, "CURSOR_INVALID"),
        ({"cursor": "-1"}, "CURSOR_INVALID"),
        ({"cursor": "9" * 19}, "CURSOR_INVALID"),
    ],
)
def test_a_question_of_the_wrong_shape_is_refused(crm, query, code):
    assert crm.get("/audit-events", **query).json()["code"] == code


@pytest.mark.usefixtures("acts")
@pytest.mark.in_process("counts the statements of the process")
def test_the_feed_costs_the_same_however_long_it_is(crm, statements):
    costs = []
    for limit in (1, 5):
        with statements() as run:
            crm.get("/audit-events", limit=limit)
        costs.append(len(run))
    assert costs[0] == costs[1]
