"""Options that products carry."""

import pytest

SCANNER = {"code": "scanner", "name": "Сканер"}


@pytest.fixture
def scanner(crm):
    """One feature."""
    return crm.post("/features", **SCANNER, legacy_id=7).json()


def path(feature):
    return f"/features/{feature['id']}"


def test_a_feature_is_made_and_found(crm, events):
    answer = crm.post("/features", **SCANNER, legacy_id=7)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    made = answer.json()
    assert made.items() >= (SCANNER | {"legacy_id": 7, "retired": False}).items()
    assert crm.get(path(made)).json() == made
    assert events(made["id"]) == [("feature.created", {"code": "scanner"})]


@pytest.mark.usefixtures("scanner")
def test_a_code_names_one_feature(crm):
    again = crm.post("/features", **SCANNER)
    assert (again.status_code, again.json()["code"]) == (409, "CODE_EXISTS")


@pytest.mark.parametrize("wrong", [{"name": ""}, {"legacy_id": 0}, {"legacy_id": 2**31}])
def test_a_wrong_member_is_named(crm, scanner, wrong):
    for answer in (
        crm.post("/features", **SCANNER | {"code": "new"} | wrong),
        crm.patch(path(scanner), **wrong),
    ):
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{next(iter(wrong))}"]


def test_a_change_is_recorded_with_what_was_before(crm, scanner, events):
    answer = crm.patch(path(scanner), name="Сканер 2D", legacy_id=None)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    after = {"name": "Сканер 2D", "legacy_id": None}
    assert answer.json() == scanner | after | {"row_version": 2}
    assert events(scanner["id"])[1:] == [
        ("feature.updated", {"before": {"name": "Сканер", "legacy_id": 7}, "after": after})
    ]
    assert crm.patch(path(scanner), name="Сканер 2D").headers["etag"] == '"2"'


def test_a_change_builds_on_the_version_it_names(crm, scanner):
    assert crm.send("PATCH", path(scanner), json={}).json()["code"] == "PRECONDITION_REQUIRED"
    assert crm.patch(path(scanner), version=2).json()["code"] == "PRECONDITION_FAILED"


def test_a_feature_is_retired_once_no_product_on_sale_carries_it(crm, scanner):
    made = crm.post("/products", code="p", name="П", features=[{"feature": "scanner"}]).json()
    refused = crm.patch(path(scanner), retired=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert refused.json()["params"] == {"where": ["p"]}
    crm.patch(f"/products/{made['id']}", status="archived").raise_for_status()
    assert crm.patch(path(scanner), retired=True).json()["retired"] is True


def test_a_retired_feature_stays_where_it_is_and_goes_nowhere_new(crm, scanner):
    features = [{"feature": "scanner"}]
    made = crm.post("/products", code="p", name="П", features=features).json()
    crm.patch(f"/products/{made['id']}", status="archived").raise_for_status()
    crm.patch(path(scanner), retired=True).raise_for_status()
    again = features[0] | {"quantity": 3}
    assert crm.patch(f"/products/{made['id']}", features=[again]).status_code == 200
    assert crm.post("/products", code="q", name="К", features=features).status_code == 404


def test_features_are_listed_newest_first(crm, scanner):
    editor = crm.post("/features", code="editor", name="Редактор").json()
    assert crm.pages("/features", limit=1) == [[editor], [scanner]]
    retired = crm.patch(path(editor), retired=True).json()
    assert crm.pages("/features", retired="true") == [[retired]]
    assert crm.pages("/features", retired="false") == [[scanner]]


def test_reading_is_not_writing(automation, scanner):
    reader = automation("owner", "catalog.read")
    assert reader.get(path(scanner)).status_code == 200
    for answer in (reader.post("/features", **SCANNER), reader.patch(path(scanner), version=1)):
        assert answer.json()["code"] == "SCOPE_MISSING"
