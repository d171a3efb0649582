"""Partners who sell for the vendor."""

import pytest

from tests.factories.world import CreateCustomer

NORTH = {"name": "Север", "email": "north@example.com", "external_guid": "8d0c6a0e-5a3f"}


@pytest.fixture
def north(crm):
    """One distributor."""
    return crm.post("/distributors", **NORTH).json()


def path(distributor):
    return f"/distributors/{distributor['id']}"


def test_a_distributor_is_made_and_found(crm, events):
    answer = crm.post("/distributors", **NORTH)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    made = answer.json()
    assert made.items() >= (NORTH | {"status": "active", "row_version": 1}).items()
    got = crm.get(path(made))
    assert (got.json(), got.headers["etag"]) == (made, '"1"')
    assert events(made["id"]) == [("distributor.created", {})]


def test_an_external_id_names_one_distributor(crm, north):
    for answer in (
        crm.post("/distributors", **NORTH),
        crm.patch(
            path(crm.post("/distributors", name="Юг", email="s@example.com").json()),
            external_guid=north["external_guid"],
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "DISTRIBUTOR_EXISTS")


def test_distributors_are_listed_newest_first_and_found_by_the_external_id(crm, north):
    south = crm.post("/distributors", name="Юг", email="south@example.com").json()
    assert crm.pages("/distributors", limit=1) == [[south], [north]]
    assert crm.pages("/distributors", external_guid="8d0c6a0e-5a3f") == [[north]]
    assert crm.pages("/distributors", external_guid="8d0c6a0e") == [[]]
    archived = crm.patch(path(south), status="archived").json()
    assert crm.pages("/distributors", status="archived") == [[archived]]


def test_a_change_is_recorded_with_what_was_before(crm, north, events):
    answer = crm.patch(path(north), email="new@example.com", name="Север")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json() == north | {"email": "new@example.com", "row_version": 2}
    assert events(north["id"])[1:] == [
        (
            "distributor.updated",
            {"before": {"email": "north@example.com"}, "after": {"email": "new@example.com"}},
        )
    ]


def test_a_change_builds_on_the_version_it_names(crm, north):
    assert crm.send("PATCH", path(north), json={}).json()["code"] == "PRECONDITION_REQUIRED"
    assert crm.patch(path(north), version=7).json()["code"] == "PRECONDITION_FAILED"


def test_a_distributor_is_archived_once_no_customer_hangs_on_it(crm, north, events):
    told = CreateCustomer(company="Ромашка", email="a@example.com").model_dump(mode="json")
    customer = crm.post("/customers", **told | {"distributor_id": north["id"]}).json()
    refused = crm.patch(path(north), status="archived")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert crm.patch(path(north), status="active").headers["etag"] == '"1"'
    crm.post(f"/customers/{customer['id']}/archive").raise_for_status()
    for _ in range(2):
        answer = crm.patch(path(north), status="archived")
        assert (answer.status_code, answer.json()["row_version"]) == (200, 2)
    assert crm.patch(path(north), status="active").json()["status"] == "active"
    assert [action for action, _ in events(north["id"])] == [
        "distributor.created",
        "distributor.archived",
        "distributor.updated",
    ]


def test_an_auditor_does_not_see_the_address(automation, north):
    seen = automation("auditor").get(path(north)).json()
    assert (seen["name"], seen["email"]) == ("Север", None)


def test_reading_is_not_writing(automation, north):
    reader = automation("owner", "customers.read")
    assert reader.get(path(north)).status_code == 200
    for answer in (reader.post("/distributors", **NORTH), reader.patch(path(north), version=1)):
        assert answer.json()["code"] == "SCOPE_MISSING"
