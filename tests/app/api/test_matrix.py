"""Every route × whose things are named: what is another vendor's looks like what does not exist."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api import auth
from tests.app.api.test_auth import UNMARKED, markers, routes
from tests.capabilities import first_of
from tests.factories.requests import API
from tests.factories.row import SLOT, Row, Variant
from tests.factories.rows import BECAUSE, SITE, TUF, rows
from tests.factories.scene import Scene, Told
from tests.openapi import described
from tests.shapes import referred

pytestmark = pytest.mark.usefixtures("noon")

OPENS = {
    auth.public: (),
    auth.installer: ("key", "token"),
    auth.key_holder: ("key",),
    auth.installation: ("token",),
    auth.download_secret: ("secret",),
}


def served(app: FastAPI) -> dict[str, tuple[str, ...] | None]:
    """The routes with what their markers ask for; None where a route is none of ours.

    Pages of the cabinet have a matrix of their own.
    """
    found: dict[str, tuple[str, ...] | None] = {}
    for context in routes(app):
        if (context.path or "").startswith("/cabinet"):
            continue
        if not isinstance(context.original_route, APIRoute):
            found[f"GET {context.path}"] = None
            continue
        [marker] = markers(context.original_route)
        opens = (marker.permission.value,) if isinstance(marker, auth.Scoped) else OPENS[marker]
        path = context.path.removeprefix(API)
        found |= {f"{method} {path}": opens for method in context.methods}
    return found


def unclassified(app: FastAPI, known: Iterable[Row]) -> dict[str, object]:
    """Routes that no row tells of, or that ask for something else than theirs does."""
    told: dict[str, object] = {row.route: row.opens for row in known}
    told |= dict.fromkeys((*SITE, TUF), ()) | {f"GET {path}": None for path in UNMARKED}
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


TELLING = {"product", "products", "feature", "extension", "ends_trials", "coupon", "key", "code"}
TELLING |= {"onec_name", "external_ref1", "external_guid", "distributor_guid", "from", "uid"}
TELLING |= {"trial_product", "required_features"}
NO_NAMES = {
    ("POST /install-reports", "code"): "the code of an error",
    ("GET /vendor/install-reports", "code"): "likewise",
    ("POST /vendor/compatibility/evaluate", "from"): "a version of a configuration",
    ("POST /vendor/releases", "from"): "likewise",
    ("PUT /vendor/releases/{release_id}/rules", "from"): "likewise",
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
        if is_name(name):
            yield name
        yield from names_in(member, whole)


def is_name(name: str) -> bool:
    ends = name.endswith(("_id", "sha256")) and name != "legacy_id"  # a number of another system
    return ends or name == "id" or name in TELLING


def named_by(route: str) -> set[str]:
    """What the description of a route says that a request names."""
    whole = description()
    method, _, path = route.partition(" ")
    operation = whole["paths"][API + path][method.lower()]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    parameters = operation.get("parameters", ())
    found = {each["name"] for each in parameters if is_name(each["name"])}
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


def forgotten(row: Row) -> set[str]:
    """What a request may name, and no template of its row does."""
    return named_by(row.route) - {*members(list(row.variants)), *SLOT.findall(row.route)}


def test_every_member_that_names_a_thing_is_tried(stage):
    described = [row for row in rows(stage) if row.method != "HEAD"]  # as GET is
    assert {row.route: left for row in described if (left := forgotten(row))} == {}


def test_a_forgotten_member_is_named(stage):
    [row] = [row for row in rows(stage) if row.route == "POST /vendor/license-keys/{key_id}/move"]
    assert forgotten(replace(row, variants=(BECAUSE,))) == {"customer_id"}


CHECKS = ("/preview", "/find", "/license-checks", "/offers", "/evaluate")
"""Ends of paths that only ask."""
HOLD_ALREADY = {
    "POST /eula-acceptances",
    "POST /vendor/coupons/{coupon_id}/enable",
    "POST /vendor/customers/{customer_id}/unblock",
    "POST /vendor/license-keys/{key_id}/resume",
}
"""What these do is done before."""


def only_asks(row: Row, variant: Variant) -> bool:
    reads = row.method in {"GET", "HEAD"} and not row.path.endswith("/codes")  # which is audited
    return reads or row.path.endswith(CHECKS) or variant.get("dry_run", False)


def test_our_own_things_are_reached_and_only_they(ask, scene):
    """Also proves that the sum of rows, which is the other vendor's guard, notices a change."""
    before, wrong = ask.nothing(), {}
    foreign = [word.encode() for word in set(scene.foreign.values()) - set(scene.own.values())]
    for row, variant, credential in scene.requests():
        told = ask(row, variant, scene.usual, credential)
        same = only_asks(row, variant) or row.route in HOLD_ALREADY
        met = [word for word in foreign if word in told.body]
        kept = told.others == before.others
        if not (told.succeeded and (told.ours == before.ours) == same and kept and not met):
            wrong[row.route, json.dumps(variant)] = told
    assert wrong == {}


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
"""A key opens by its code alone, so no two vendors share one; who knows it can use it anyway."""
PARTS = 4


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


@pytest.mark.parametrize("part", first_of(*range(PARTS)))
def test_foreign_and_absent_are_the_same_to_the_last_byte(ask, scene, part):
    wrong, before = {}, ask.nothing()
    for row, variant, credential in islice(scene.requests(), part, None, PARTS):
        for slot in sorted(row.slots(variant)):
            told = three(ask, scene, slot, row, variant, credential)
            fault = fault_of(told, before, (row.route, slot))
            if fault:
                wrong[row.route, json.dumps(variant), slot] = fault
    assert wrong == {}, wrong
