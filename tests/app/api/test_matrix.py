"""Every route × who calls × whose things are named: nobody reaches another vendor's."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import Connection, select, text, update

from app.accounts.models import ApiToken, Vendor
from app.accounts.schemas import TOKEN_SCOPES, Role
from app.api import auth
from app.audit.actor import Actor, ActorKind
from app.catalog.models import Artifact
from tests.app.api.test_auth import UNMARKED, markers, routes
from tests.factories.automation import a_token
from tests.factories.holdings import Things, holdings, nothing
from tests.factories.requests import API, Stage, calls, make_stage
from tests.factories.rows import SITE, Row, Variant, rows
from tests.factories.world import bearer
from tests.openapi import described
from tests.shapes import referred

pytestmark = pytest.mark.usefixtures("noon")

OPENS = {
    auth.public: (),
    auth.installer: ("key", "token"),
    auth.maybe_installer: ("key", "token"),
    auth.key_holder: ("key",),
    auth.installation: ("token",),
    auth.download_secret: ("secret",),
}
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
"""Which roles have a permission that tokens can hold: told anew, since the code's table is tested."""


@dataclass
class Scene:
    """Our vendor with a program and an agent, another vendor, and the names of everybody's things."""

    stage: Stage
    other: Stage
    token: str
    reader: str
    own: Things
    foreign: Things
    absent: Things

    @property
    def rows(self) -> tuple[Row, ...]:
        return rows(self.stage)

    @property
    def usual(self) -> Things:
        """Names that a request succeeds with: new things have names that nothing has."""
        return self.own | {name: self.absent[name] for name in self.own if name.startswith("new_")}

    def requests(self) -> Iterator[tuple[Row, Variant, str]]:
        """Every request with every credential that opens its route."""
        for row in self.rows:
            for kind, variant in product(row.opens or ("",), row.variants):
                programs = self.token if "." in kind else ""
                yield row, variant, programs or (self.stage.credential(kind) if kind else "")


def with_new(things: Things) -> Things:
    """The same names for members that must not name anything yet."""
    return things | {f"new_{name}": word for name, word in things.items()}


@pytest.fixture
def scene(session, client, stage) -> Scene:
    other = make_stage(session, "OTHR")
    token = a_token(session, stage.world.vendor.id)
    row = session.scalars(select(ApiToken)).one()
    reader = a_token(session, stage.world.vendor.id, "admin")
    own = holdings(stage, "own", Actor(ActorKind.TOKEN, row.name, id=row.id))
    in_key = {"product": "warehouse-helper", "extension": "warehouse-helper"}
    own |= in_key | {"onec_name": stage.world.extension.onec_name}
    foreign = holdings(other, "far")
    release = other.world.release("9.9.9")
    of_other = select(Artifact.sha256).where(Artifact.release_id == release.id)
    foreign |= {"release_id": str(release.id), "sha256": session.scalars(of_other).one()}
    session.commit()
    for each in (stage, other):
        calls(each)["POST /install-reports"].send(client, each).raise_for_status()
    absent = nothing("nil", "OTHR")
    return Scene(stage, other, token, reader, *map(with_new, (own, foreign, absent)))


@dataclass(frozen=True)
class Told:
    """An answer as bytes, apart from the request id, and what it left of the vendors' rows."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ours: str
    others: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        return self.json.get("code") if self.status >= 400 and self.body else None

    @property
    def succeeded(self) -> bool:
        return self.status < 400


def checksum(connection: Connection, vendor_id: object) -> str:
    """What all rows of a vendor add up to."""
    tables = connection.scalars(
        text("SELECT table_name FROM information_schema.columns WHERE column_name = 'vendor_id'")
    ).all()
    rows_of = "SELECT CAST(t AS text) AS r FROM {0} t WHERE {1} = :vendor"
    parts = [rows_of.format(name, "vendor_id") for name in tables]
    union = " UNION ALL ".join([*parts, rows_of.format("vendors", "id")])
    whole = text(f"SELECT md5(string_agg(r, '|' ORDER BY r)) FROM ({union}) AS every")  # noqa: S608 - names from the catalogue
    return connection.scalar(whole, {"vendor": vendor_id}) or ""


@pytest.fixture
def ask(client, connection, scene) -> Callable[..., Told]:
    """Sends a row's request and takes back what it did, so that the next one meets the same world."""
    vendors = [each.world.vendor.id for each in (scene.stage, scene.other)]

    def asked(row: Row, variant: Variant, things: Things, credential: str = "") -> Told:
        request = row.request(variant, things)
        headers = bearer(credential) if credential else {}
        headers["X-Request-Id"] = "the-same-for-all"
        request["url"] = API + request["url"]
        undone = connection.begin_nested()
        if row.method == "PATCH":
            own = API + row.request(variant, scene.usual)["url"]
            headers["If-Match"] = client.get(own, headers=bearer(scene.reader)).headers["etag"]
        answer = client.request(**request, headers=headers)
        left = [checksum(connection, vendor_id) for vendor_id in vendors]
        undone.rollback()
        return Told(answer.status_code, dict(answer.headers), answer.content, *left)

    return asked


# Every route is here


def served(app: FastAPI) -> dict[str, tuple[str, ...] | None]:
    """The routes with what their markers ask for; None where a route is none of ours."""
    found: dict[str, tuple[str, ...] | None] = {}
    for context in routes(app):
        if not isinstance(context.original_route, APIRoute):
            found[f"GET {context.path}"] = None
            continue
        [marker] = markers(context.original_route.dependant)
        opens = (marker.permission.value,) if isinstance(marker, auth.Scoped) else OPENS[marker]
        path = context.path.removeprefix(API)
        found |= {f"{method} {path}": opens for method in context.methods}
    return found


def unclassified(app: FastAPI, known: Iterable[Row]) -> dict[str, object]:
    """Routes that no row tells of, or that ask for something else than theirs does."""
    told: dict[str, object] = {row.route: row.opens for row in known}
    told |= dict.fromkeys(SITE, ()) | {f"GET {path}": None for path in UNMARKED}
    found = served(app)
    return {
        route: (found.get(route, "missing"), told.get(route, "unclassified"))
        for route in {*found, *told}
        if route not in found or route not in told or found[route] != told[route]
    }


def test_every_route_is_classified(client, stage):
    assert unclassified(client.app, rows(stage)) == {}


def test_an_unclassified_route_is_named(client, stage):
    known = [row for row in rows(stage) if row.route != "POST /vendor/license-keys/{key_id}/move"]
    assert set(unclassified(client.app, known)) == {"POST /vendor/license-keys/{key_id}/move"}


# Every member that names a thing is tried

TELLING = {"product", "products", "feature", "extension", "ends_trials", "coupon", "key", "code"}
TELLING |= {"onec_name", "external_ref1", "external_guid", "distributor_guid", "from"}
NO_NAMES = {
    ("POST /install-reports", "code"): "the code of an error",
    ("POST /eula-acceptances", "sha256"): "proves which text was read",
    ("POST /install-reports", "onec_name"): "inventories are not kept yet",
}


@cache
def description() -> dict[str, Any]:
    return json.loads(described())


def names_in(schema: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    """The members, at any depth, whose values name a thing."""
    schema = referred(schema, whole)
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("items", {})):
        if choice:
            yield from names_in(choice, whole)
    for name, member in schema.get("properties", {}).items():
        if is_name(name, member):
            yield name
        yield from names_in(member, whole)


def is_name(name: str, member: dict[str, Any]) -> bool:
    return name in TELLING or name == "id" or name.endswith(("_id", "sha256")) and name != "legacy_id"


def named_by(route: str) -> set[str]:
    """What the description of a route says that a request names."""
    whole = description()
    method, _, path = route.partition(" ")
    operation = whole["paths"][API + path][method.lower()]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    parameters = operation.get("parameters", ())
    found = {each["name"] for each in parameters if is_name(each["name"], each["schema"])}
    found |= set(names_in(body.get("schema", {}), whole))
    return {name for name in found if (route, name) not in NO_NAMES}


def members(value: Any, name: str = "") -> Iterator[str]:
    """The members of a template that hold a slot."""
    if isinstance(value, str) and "{" in value:
        yield name
    elif isinstance(value, list):
        for item in value:
            yield from members(item, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from members(item, key)


def test_every_member_that_names_a_thing_is_tried(stage):
    forgotten = {
        row.route: named_by(row.route) - {*members(list(row.variants)), *row.slots({})}
        for row in rows(stage)
        if row.method != "HEAD"
    }
    assert forgotten == dict.fromkeys(forgotten, set())


# Roles and scopes


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
            code, before = expected(role, scope, scopes), ask(PROBE, {}, {}).ours
            for row in (row for row in scene.rows if row.opens == (scope,)):
                told = ask(row, row.variants[0], scene.usual, scene.token)
                if told.code != code or (code and told.ours != before):
                    wrong[row.route, role.value, len(scopes)] = (told.status, told.body[:300])
    assert wrong == {}, wrong


PROBE = Row("GET /information")


CHECKS = ("/preview", "/find", "/license-checks", "/offers")
"""Ends of paths that only ask."""


def only_asks(row: Row, variant: Variant) -> bool:
    reads = row.method in {"GET", "HEAD"} and not row.path.endswith("/codes")
    return reads or row.path.endswith(CHECKS) or variant.get("dry_run", False)


def test_what_only_asks_changes_nothing_and_all_else_something(ask, scene):
    """Also proves that the sum of our rows, which others' must keep, notices a change."""
    before, wrong = ask(PROBE, {}, {}), {}
    for row, variant, credential in scene.requests():
        told = ask(row, variant, scene.usual, credential)
        asks = only_asks(row, variant) or row.route in HOLD_ALREADY
        if (told.ours == before.ours) != asks or told.others != before.others:
            wrong[row.route, json.dumps(variant)] = told.status
    assert wrong == {}, wrong


HOLD_ALREADY = {"POST /vendor/license-keys/{key_id}/resume", "POST /eula-acceptances"}
"""What these would do is done on this stage."""


def told_of(told: Told, word: str) -> Told:
    """A success without the caller's own word and the ids of what it made; a refusal whole."""
    body = told.body
    if told.succeeded:
        body = body.replace(word.encode(), b"")
    return replace(told, body=MADE.sub(b"", body) if told.status == 201 else body, ours="")


MADE = re.compile(rb'"(?:id|code|hint|installation_token)":"[^"]*"')
UNHEARD = {
    ("POST /license-checks", "infobase_id"): "a verdict is the same for an infobase unknown so far",
    ("POST /install-reports", "extension"): "a report is kept as it came",
    ("POST /install-reports", "release_id"): "likewise",
    ("POST /install-reports", "infobase_id"): "likewise",
}
"""Names that change nothing in the answer to a key, our own neither."""
SERVER_WIDE = ("POST /vendor/license-keys/import", "new_legacy")
"""A key opens by its code alone, so no two vendors have the same; who knows it may use it anyway."""


def three(ask, scene: Scene, slot: str, *request) -> Iterator[Told]:
    """The answers about our own thing, a foreign one and none."""
    row, variant, credential = request
    for things in (scene.own, scene.foreign, scene.absent):
        told = ask(row, variant, scene.usual | {slot: things[slot]}, credential)
        yield told_of(told, things[slot])


def fault_of(told: Iterator[Told], before: Told, place: tuple[str, str]) -> str | None:
    own, foreign, absent = told
    if foreign.others != before.others:
        return "the other vendor's rows are changed"
    if place == SERVER_WIDE:
        return None if (own.body, foreign.code) == (foreign.body, "KEY_CODE_EXISTS") else "not wide"
    if foreign != absent:
        return f"differs: {foreign} {absent}"
    matters = (own.status, own.body) != (foreign.status, foreign.body)
    return None if matters or place in UNHEARD else f"does not matter: {own}"


def test_foreign_and_absent_are_the_same_to_the_last_byte(ask, scene):
    wrong, before = {}, ask(PROBE, {}, {})
    for row, variant, credential in scene.requests():
        for slot in sorted(row.slots(variant)):
            told = three(ask, scene, slot, row, variant, credential)
            fault = fault_of(told, before, (row.route, slot))
            if fault:
                wrong[row.route, json.dumps(variant), slot] = fault
    assert wrong == {}, wrong


def test_every_variant_succeeds_with_our_own_things(ask, scene):
    wrong = {}
    for row, variant, credential in scene.requests():
        told = ask(row, variant, scene.usual, credential)
        if not told.succeeded:
            wrong[row.route, json.dumps(variant)] = (told.status, told.body[:400].decode())
    assert wrong == {}, wrong
