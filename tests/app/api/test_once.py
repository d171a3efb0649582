"""Every POST that creates or redeems may be repeated: the second answer is the first."""

import json

import pytest
from sqlalchemy import func, select

from app.customers.models import Customer
from app.kit.idempotency import IdempotentAnswer
from app.kit.signing import lookup_digest
from tests.factories.automation import Automation, a_token
from tests.factories.calls import refused
from tests.factories.contents import contents
from tests.factories.office import Office
from tests.factories.office_calls import program_calls
from tests.factories.requests import API, Call, calls
from tests.openapi import described
from tests.raising import undoing
from tests.shapes import referred

DESCRIPTION = json.loads(described())
ONE = {"Idempotency-Key": "4b0c2f5e-1042"}

OTHERS = {
    # questions, and verdicts on what is only looked at
    "POST /license-checks",
    "POST /offers",
    "POST /redemptions/preview",
    "POST /vendor/compatibility/evaluate",
    "POST /vendor/coupons/find",
    "POST /vendor/license-keys/find",
    "POST /vendor/redemptions/preview",
    # what holds already is their answer, too
    "POST /activations/{activation_id}/rebind",
    "POST /vendor/activations/{activation_id}/release",
    "POST /vendor/coupons/{coupon_id}/disable",
    "POST /vendor/coupons/{coupon_id}/enable",
    "POST /vendor/customers/{customer_id}/archive",
    "POST /vendor/customers/{customer_id}/block",
    "POST /vendor/customers/{customer_id}/merge",
    "POST /vendor/customers/{customer_id}/unblock",
    "POST /vendor/entitlements/{entitlement_id}/resume",
    "POST /vendor/entitlements/{entitlement_id}/suspend",
    "POST /vendor/entitlements/{entitlement_id}/withdraw",
    "POST /vendor/license-keys/{key_id}/move",
    "POST /vendor/license-keys/{key_id}/resume",
    "POST /vendor/license-keys/{key_id}/revoke",
    "POST /vendor/license-keys/{key_id}/suspend",
    "POST /vendor/redemptions/{redemption_id}/reverse",
    "POST /vendor/releases/{release_id}/documents",
    "POST /vendor/releases/{release_id}/pause",
    "POST /vendor/releases/{release_id}/promote",
    "POST /vendor/releases/{release_id}/publish",
    "POST /vendor/releases/{release_id}/resume",
    "POST /vendor/releases/{release_id}/rollout",
    "POST /vendor/releases/{release_id}/withdraw",
}
"""POSTs that make nothing new, however often they come."""


def takes_a_key(route: str) -> bool:
    method, _, path = route.partition(" ")
    told = DESCRIPTION["paths"][API + path][method.lower()].get("parameters", [])
    return any(referred(each, DESCRIPTION)["name"] == "idempotency-key" for each in told)


@pytest.fixture
def posts(office: Office) -> dict[str, Call]:
    every = calls(office) | program_calls(office)
    return {route: call for route, call in every.items() if call.method == "POST"}


def test_every_post_takes_a_key_or_makes_nothing(posts):
    assert {route for route in posts if not takes_a_key(route)} == OTHERS


def test_the_second_answer_is_the_first_byte_for_byte(client, connection, office, posts):
    for route in posts.keys() - OTHERS:
        with undoing(connection, office):
            first = posts[route].send(client, office, headers=ONE)
            before = contents(connection)
            second = posts[route].send(client, office, headers=ONE)
            assert contents(connection) == before, route
        assert first.is_success, (route, first.text)
        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert "idempotency-replayed" not in first.headers, route
        assert second.headers["idempotency-replayed"] == "true", route


FRESH = {
    "POST /activations": "installation_token",
    "POST /downloads": "secret",
    "POST /vendor/coupon-batches": "codes",
    "POST /vendor/license-keys": "code",
    "POST /vendor/license-keys/{key_id}/rotate": "code",
}
"""Answers that hold a secret which nobody will be told again."""


@pytest.mark.parametrize("route", FRESH)
def test_no_fresh_secret_is_kept_in_clear(client, connection, office, posts, route):
    answer = posts[route].send(client, office, headers=ONE)
    kept = json.dumps(contents(connection), ensure_ascii=False)
    told = answer.json()[FRESH[route]]
    for secret in [told] if isinstance(told, str) else told:
        assert secret not in kept
        assert secret.encode().hex() not in kept
        assert secret.replace("-", "") not in kept
    assert ONE["Idempotency-Key"] not in kept  # a program may name a request by its coupon
    assert lookup_digest(ONE["Idempotency-Key"]).hex() in kept
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_key_of_one_program_is_not_that_of_another(client, session, office):
    told = {"company": "ООО «Ива»", "email": "iva@example.com"}
    crm, shop = (Automation(client, a_token(session, office.world.vendor.id)) for _ in range(2))
    session.commit()
    first, other = (
        each.send("POST", "/customers", json=told, headers=ONE).json() for each in (crm, shop)
    )
    assert first["id"] != other["id"]
    answer = crm.send("POST", "/customers", json=told | {"comment": "Другой"}, headers=ONE)
    assert refused(answer) == (422, "IDEMPOTENCY_MISMATCH")
    companies = select(func.count()).where(Customer.company == "ООО «Ива»")
    assert session.scalar(companies) == 2


def test_a_refusal_of_a_program_is_weighed_again(client, session, office):
    crm = Automation(client, office.token)
    for _ in range(2):
        told = {"key": office.world.code, "coupon": "DEMOUPD-00000-00000-00000-0000"}
        answer = crm.send("POST", "/redemptions", json=told, headers=ONE)
        assert refused(answer) == (422, "COUPON_MALFORMED")
        assert "idempotency-replayed" not in answer.headers
    assert session.scalar(select(func.count()).select_from(IdempotentAnswer)) == 0
