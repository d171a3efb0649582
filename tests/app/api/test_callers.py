"""Every route × who calls: only the role and the scope that a route asks for open it."""

from collections.abc import Iterable, Iterator
from itertools import product

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, update

from app.accounts.models import ApiToken, Vendor
from app.accounts.schemas import TOKEN_SCOPES, Role
from app.accounts.service.tokens import new_token
from app.kit.signing import lookup_digest
from tests.factories.automation import Automation, a_token
from tests.factories.rows import VENDOR
from tests.factories.scene import Scene

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("noon")]

ADDRESS = "203.0.113.9"
ROLES = {
    "customers.read": "owner admin manager support auditor",
    "keys.read": "owner admin manager support auditor",
    "coupons.read": "owner admin manager support auditor",
    "customers.write": "owner admin manager",
    "keys.issue": "owner admin manager",
    "keys.manage": "owner admin manager",
    "entitlements.write": "owner admin manager",
    "coupons.generate": "owner admin manager",
    "coupons.redeem": "owner admin manager",
    "coupons.reverse": "owner admin manager",
    "coupons.disable": "owner admin manager",
    "activations.release": "owner admin manager support",
    "catalog.read": "owner admin manager release support auditor",
    "downloads.read": "owner admin manager release support auditor",
    "installs.read": "owner admin manager release support auditor",
    "catalog.write": "owner admin release",
    "releases.publish": "owner admin release",
    "audit.read": "owner admin auditor",
    "lists.export": "owner admin manager auditor",
}
"""Which roles have what tokens can hold: told anew, since the code's own table is tested."""


def allow(connection: Connection, role: str, scopes: Iterable[str]) -> None:
    """Gives the one token another role and other scopes, whatever the role may have."""
    ours = update(ApiToken).where(ApiToken.name == "CRM owner")
    connection.execute(ours.values(role=role, scopes=sorted(scopes)))


def expected(role: str, scope: str, scopes: Iterable[str]) -> str | None:
    if scope not in scopes:
        return "SCOPE_MISSING"
    return None if role in ROLES[scope].split() else "PERMISSION_DENIED"


def test_a_program_may_what_its_scopes_and_its_role_allow(ask, connection, scene):
    every = {scope.value for scope in TOKEN_SCOPES}
    assert set(ROLES) == every
    wrong = {}
    for scope, role in product(ROLES, Role):
        for scopes in ({scope}, every - {scope}):
            allow(connection, role, scopes)
            code, before = expected(role, scope, scopes), ask.nothing().ours
            for row in (row for row in VENDOR if row.opens == (scope,)):
                told = ask(row, row.variants[0], scene.usual, scene.token)
                if told.code != code or (code and told.ours != before):
                    wrong[row.route, role.value, len(scopes)] = (told.status, told.body[:300])
    assert wrong == {}, wrong


@pytest.fixture
def client(client_at) -> TestClient:
    """Programs at a known address."""
    return client_at(ADDRESS)


def worn_tokens(scene: Scene) -> Iterator[tuple[str, str]]:
    """Tokens with every scope that are good no more, or not here, and what they meet."""
    session, vendor_id = scene.stage.world.session, scene.stage.world.vendor.id
    for code, change in (
        ("TOKEN_INVALID", {"revoked_at": session.now()}),
        ("TOKEN_EXPIRED", {"expires_at": session.now()}),
        ("TOKEN_INVALID", {"allowed_addresses": ["198.51.100.0/24"]}),
    ):
        text = a_token(session, vendor_id)
        row = update(ApiToken).where(ApiToken.digest == lookup_digest(text))
        session.execute(row.values(**change))
        yield text, code
    session.execute(update(Vendor).where(Vendor.prefix == "OTHR").values(status="suspended"))
    yield a_token(session, scene.other.world.vendor.id), "TOKEN_INVALID"
    session.commit()


def strange_credentials(scene: Scene) -> Iterator[tuple[str, str]]:
    """What is no token of a program at all."""
    stage, last = scene.stage, "0" if scene.token[-1] != "0" else "1"
    yield "", "AUTH_REQUIRED"
    for text in (stage.world.code, stage.coupon, stage.seat.token, stage.download.secret):
        yield text, "TOKEN_INVALID"
    for text in (new_token(), scene.token[:-1] + last, scene.token.upper(), scene.token + "0"):
        yield text, "TOKEN_INVALID"


def test_no_other_credential_opens_a_route_of_programs(ask, scene):
    wrong, worn = {}, list(worn_tokens(scene))
    before = ask.nothing()
    for number, (credential, code) in enumerate([*strange_credentials(scene), *worn]):
        for row in VENDOR:
            told = ask(row, row.variants[0], scene.usual, credential)
            if (told.status, told.code) != (401, code) or told.ours != before.ours:
                wrong[row.route, number] = (told.status, told.code)
    assert wrong == {}


def test_a_token_opens_from_the_addresses_that_it_is_allowed(client, session, world):
    text = a_token(session, world.vendor.id)
    session.execute(update(ApiToken).values(allowed_addresses=["203.0.113.0/24"]))
    session.commit()
    assert Automation(client, text).get("/products").status_code == 200
