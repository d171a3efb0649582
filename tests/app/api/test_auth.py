"""Who may call what: every route says it, and only that opens it."""

from collections.abc import Iterable, Iterator

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from app.api.auth import CALLER, MARKERS, Scoped, installer, key_holder, public
from app.cabinet.auth import MARKERS as PAGE_MARKERS
from app.cabinet.auth import Signed
from tests.factories.application import an_app
from tests.factories.kit import a_kit
from tests.factories.requests import API, Call, Stage, calls
from tests.factories.world import bearer
from wire.codes import CodeKind, new_code

UNMARKED = {"/api/v1/openapi.json", "/static"}
"""What the framework serves: the description of the interface, and style sheets."""

ROUTES = [
    "GET /information",
    "POST /license-checks",
    "POST /offers",
    "GET /eulas/{eula_id}",
    "POST /eula-acceptances",
    "POST /activations",
    "GET /activations",
    "DELETE /activations/{activation_id}",
    "POST /activations/{activation_id}/rebind",
    "POST /trials",
    "POST /redemptions/preview",
    "POST /redemptions",
    "POST /downloads",
    "GET /artifacts/{sha256}",
    "HEAD /artifacts/{sha256}",
    "POST /install-reports",
]


def routes(app: FastAPI) -> Iterator[RouteContext]:
    """Every route, those of included routers with their whole path."""
    return iter_route_contexts(app.routes)


def markers(route: APIRoute) -> Iterator[object]:
    """What a route says of who may call it: by its dependencies, or by itself."""
    if hasattr(route.endpoint, CALLER):
        yield getattr(route.endpoint, CALLER)
    yield from needed(route.dependant)


def needed(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        if each.call in MARKERS | PAGE_MARKERS or isinstance(each.call, Scoped | Signed):
            yield each.call
        yield from needed(each)


def unmarked(found: Iterable[RouteContext]) -> list[str | None]:
    """Paths of routes that do not name exactly one kind of caller."""
    return [
        context.path
        for context in found
        if not isinstance(context.original_route, APIRoute)
        or len(list(markers(context.original_route))) != 1
    ]


@pytest.fixture
def app(settings) -> FastAPI:
    return an_app(None, a_kit(settings))


def test_every_route_says_who_may_call_it(app):
    found = list(routes(app))
    assert len(found) > 15
    assert set(unmarked(found)) == UNMARKED


def nothing() -> None:
    """The least that a route can do."""


@pytest.mark.parametrize("dependencies", [[], [key_holder, installer], [public, public]])
def test_a_route_that_does_not_say_it_is_found(app, dependencies):
    router = APIRouter(prefix="/api/v1/secrets")
    router.add_api_route("/all", nothing, dependencies=[Depends(each) for each in dependencies])
    app.include_router(router)
    assert set(unmarked(routes(app))) == {*UNMARKED, "/api/v1/secrets/all"}


def test_these_tests_know_every_route_of_agents(app, stage):
    served = {
        f"{method} {context.path.removeprefix(API)}"
        for context in routes(app)
        if isinstance(context.original_route, APIRoute)
        and context.path.startswith(API)
        and not context.path.startswith(f"{API}/vendor")
        for method in context.methods
    }
    assert served == set(ROUTES) == set(calls(stage))


def opens(call: Call, kind: str) -> tuple[int, str]:
    """The refusal of a credential that is not good enough here; 200 and a code for a verdict."""
    verdict = call.route == "POST /license-checks"
    if kind == "nothing":
        return 401, "AUTH_REQUIRED"
    if "key" in call.takes and kind in {"a mistyped key", "a coupon"}:
        return (200 if verdict else 422), "KEY_MALFORMED"
    if "key" in call.takes and kind == "an unknown key":
        return (200 if verdict else 404), "KEY_NOT_FOUND"
    if "secret" in call.takes and kind == "an unknown secret":
        return 404, "DOWNLOAD_NOT_FOUND"
    return 401, "TOKEN_INVALID"


def offered(stage: Stage) -> dict[str, str]:
    """Credentials of every kind, good ones under the names that calls know."""
    key = stage.world.code
    return {
        "key": key,
        "token": stage.seat.token,
        "secret": stage.download.secret,
        "nothing": "",
        "a mistyped key": key[:-1] + ("0" if key[-1] != "0" else "1"),
        "a coupon": stage.coupon,
        "an unknown key": new_code(CodeKind.KEY, "DEMO").text,
        "an unknown token": f"pki_{'a' * 43}",
        "an unknown secret": f"pkd_{'a' * 43}",
        "a token of the vendor's programs": f"pkt_{'a' * 43}",
        "a token of a kind to come": f"pkz_{'a' * 43}",
        "nearly a token": stage.seat.token[:-1],
    }


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "GET /information"])
def test_only_the_credentials_that_a_route_takes_open_it(client, stage, route):
    call = calls(stage)[route]
    for kind, credential in offered(stage).items():
        headers = bearer(credential) if credential else {}
        answer = client.request(call.method, API + call.path, json=call.json, headers=headers)
        if kind in call.takes:
            assert answer.is_success, kind
            continue
        status, code = opens(call, kind)
        assert answer.status_code == status, kind
        if call.method != "HEAD":
            assert answer.json()["code"] == code, kind
        assert (answer.headers.get("WWW-Authenticate") == "Bearer") == (status == 401), kind


def test_a_public_route_asks_nobody(client, stage):
    for credential in offered(stage).values():
        answer = client.get(f"{API}/information", headers=bearer(credential) if credential else {})
        assert answer.status_code == 200


UNSENT = pytest.mark.in_process("header values that no client library sends")
HEADERS = {
    200: ("Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", "Bearer {}  "),
    401: ("", "Bearer", "Bearer ", "Bearer\t{}", "{}", "Basic {}", "BearerX {}", "Bearer: {}"),
    422: ("Bearer Bearer {}", "Bearer {0} {0}", "Bearer {}, Bearer x", "Bearer " + "A" * 60_000),
}


@UNSENT
@pytest.mark.parametrize("status", HEADERS)
def test_the_header_is_read_as_rfc_6750_has_it(client, stage, status):
    path = API + calls(stage)["GET /eulas/{eula_id}"].path
    for told in HEADERS[status]:
        answer = client.get(path, headers={"Authorization": told.format(stage.world.code)})
        assert answer.status_code == status, told


@UNSENT
def test_bytes_that_are_no_credential_are_refused(client, stage):
    for call in calls(stage).values():
        for odd in (b"\x80", b"\xff" * 5000, b"pki_\xff", "Ключ".encode(), b"pkd_\0"):
            headers = {b"Authorization": b"Bearer " + odd}
            answer = client.request(call.method, API + call.path, json=call.json, headers=headers)
            if call.takes:
                assert answer.status_code in {401, 404, 422} or not answer.json()["valid"]


def test_a_credential_counts_in_the_header_alone(client, stage):
    for call in calls(stage).values():
        if call.takes:
            credential = stage.credential(call.takes[0])
            given = f"?key={credential}&token={credential}&access_token={credential}"
            headers = {"Cookie": f"Authorization=Bearer {credential}; key={credential}"}
            answer = client.request(
                call.method, API + call.path + given, json=call.json, headers=headers
            )
            assert answer.status_code == 401


@pytest.mark.parametrize("change", [str.lower, lambda key: key.replace("-", " "), "{}".format])
def test_a_key_opens_however_it_is_written(client, stage, change):
    path = API + calls(stage)["GET /eulas/{eula_id}"].path
    assert client.get(path, headers=bearer(change(stage.world.code))).status_code == 200
