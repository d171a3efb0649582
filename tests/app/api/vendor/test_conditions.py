"""Single resources carry the tag of their version; a change has to name it."""

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


def asked(office: Office, method: str) -> dict[str, Call]:
    """Requests of a method to single resources."""
    every = program_calls(office)
    return {
        route: call
        for route, call in every.items()
        if call.method == method and route.endswith("_id}")
    }


def path_of(call: Call) -> str:
    return call.path.removeprefix("/vendor")


def test_every_single_resource_has_a_strong_tag(crm, office):
    singles = asked(office, "GET")
    assert len(singles) == 6 + 1
    for route, call in singles.items():
        answer = crm.get(path_of(call))
        version = answer.json().get("row_version", 1)  # a batch has none: it never changes
        assert answer.headers["etag"] == f'"{version}"', route


def test_every_change_builds_on_the_version_that_it_names(crm, connection, office):
    changes = asked(office, "PATCH")
    assert len(changes) == 5
    for route, call in changes.items():
        with undoing(connection, office):
            told, path = call.json, path_of(call)
            first = crm.get(path).headers["etag"]
            for wrong in ('"999"', f"W/{first}", "*", f'{first}, "999"', '"x"', '""', "", "1", "²"):
                before = contents(connection)
                headers = {"If-Match": wrong.encode()}
                answer = crm.send("PATCH", path, json=told, headers=headers)
                assert refused(answer) == (412, "PRECONDITION_FAILED"), (route, wrong)
                assert contents(connection) == before, route
            answer = crm.send("PATCH", path, json=told)
            assert refused(answer) == (428, "PRECONDITION_REQUIRED"), route
            changed = crm.send("PATCH", path, json=told, headers={"If-Match": first})
            assert changed.status_code == 200, route
            assert changed.headers["etag"] == crm.get(path).headers["etag"] != first, route
            late = crm.send("PATCH", path, json=told, headers={"If-Match": first})
            assert refused(late) == (412, "PRECONDITION_FAILED"), route


def test_no_other_method_changes_a_single_resource_of_programs(office):
    """PUT and DELETE would need the tag as well."""
    assert {call.method for call in program_calls(office).values()} == {"GET", "POST", "PATCH"}
    assert '"put"' not in described()
