"""Single resources carry the tag of their version; a change has to name it."""

import json
import re

import pytest

from tests.factories.automation import Automation
from tests.factories.calls import refused
from tests.factories.contents import contents
from tests.factories.office import Office
from tests.factories.office_calls import program_calls
from tests.factories.requests import Call
from tests.openapi import described
from tests.raising import undoing


@pytest.fixture
def crm(client, office: Office) -> Automation:
    return Automation(client, office.token)


def path_of(call: Call) -> str:
    return call.path.removeprefix("/vendor")


def test_every_single_resource_has_a_strong_tag(crm, office):
    every = program_calls(office).items()
    singles = {route: call for route, call in every if re.fullmatch(r"GET .*_id}", route)}
    assert len(singles) == 10
    unchanging = set()
    for route, call in singles.items():
        answer = crm.get(path_of(call))
        version = answer.json().get("row_version")
        if version is None:
            unchanging.add(route)
        assert re.fullmatch(f'"{version or ".+"}"', answer.headers["etag"]), route
    assert unchanging == {"GET /vendor/coupon-batches/{batch_id}", "GET /vendor/eulas/{eula_id}"}


@pytest.mark.long
def test_every_change_builds_on_the_version_that_it_names(crm, connection, office):
    changes = {route: call for route, call in program_calls(office).items() if call.headers}
    assert len(changes) == 5 + 2 + 2 + 2
    for route, call in changes.items():
        with undoing(connection, office):
            require_its_version(crm, connection, route, call)


def require_its_version(crm, connection, route: str, call: Call) -> None:
    path = path_of(call)
    thing = "/".join(path.split("/")[:3])
    first = crm.get(thing).headers["etag"]

    def change(**told):
        return crm.send(call.method, path, json=call.json, content=call.content, headers=told)

    for wrong in ('"999"', f"W/{first}", "*", f'{first}, "999"', '"x"', '""', "", "1", "²"):
        before = contents(connection)
        assert refused(change(**{"If-Match": wrong.encode()})) == (412, "PRECONDITION_FAILED"), (
            route,
            wrong,
        )
        assert contents(connection) == before, route
    assert refused(change()) == (428, "PRECONDITION_REQUIRED"), route
    done = change(**{"If-Match": first})
    assert done.is_success, route
    now = crm.get(thing).headers.get("etag")  # None of a draft that is gone
    assert now != first, route
    assert done.headers.get("etag", now) == now, route
    late = refused(change(**{"If-Match": first}))
    assert late == ((412, "PRECONDITION_FAILED") if now else (404, "NOT_FOUND")), route


def test_whatever_changes_or_removes_a_thing_asks_for_its_version():
    asks = {
        (method, any(each["name"].lower() == "if-match" for each in operation["parameters"]))
        for path, operations in json.loads(described())["paths"].items()
        for method, operation in operations.items()
        if "/vendor/" in path and method != "get" and "parameters" in operation
    }
    assert {(method, said) for method, said in asks if method != "post"} == {
        *(("patch", True), ("put", True), ("delete", True))
    }
