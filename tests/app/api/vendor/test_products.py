"""What the vendor sells, as its CRM keeps it."""

import pytest

SKLAD = {"code": "sklad", "name": "Склад"}
TRIAL = {"trial_kind": "calendar_days", "trial_days": 14}


@pytest.fixture
def scanner(crm):
    """A feature that no product carries yet."""
    return crm.post("/features", code="scanner", name="Сканер штрихкодов").json()


@pytest.fixture
def sklad(crm):
    """A product that says nothing but its name."""
    return crm.post("/products", **SKLAD).json()


def path(product):
    return f"/products/{product['id']}"


def pointers(answer):
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
    return [error["pointer"] for error in answer.json()["errors"]]


def test_a_product_has_a_default_for_everything_but_its_name(crm, events):
    answer = crm.post("/products", **SKLAD)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    made = answer.json()
    assert made.pop("created_at").endswith("Z")
    assert made == SKLAD | {
        "id": made["id"],
        "external_guid": None,
        "status": "active",
        "default_term": {"perpetual": True},
        "default_seats": None,
        "seats_multiplied": True,
        "trial_kind": "none",
        "trial_days": None,
        "after_expiry": "keep_releases",
        "transfer_quota": 3,
        "ends_trials": [],
        "features": [],
        "extensions": [],
        "row_version": 1,
    }
    assert events(made["id"]) == [("product.created", {"code": "sklad", "features": []})]


@pytest.mark.usefixtures("scanner")
def test_a_product_is_made_with_all_that_it_can_have(crm, world):
    told = (
        SKLAD
        | TRIAL
        | {
            "external_guid": "8d0c6a0e-5a3f",
            "status": "draft",
            "default_term": {"days": 365},
            "default_seats": 5,
            "seats_multiplied": False,
            "after_expiry": "block",
            "transfer_quota": 0,
            "ends_trials": [world.product.code],
            "features": [
                {"feature": "scanner", "quantity": 5, "unit": "host", "multiplied": False}
            ],
        }
    )
    made = crm.post("/products", **told).json()
    [feature] = made.pop("features")
    assert feature == told.pop("features")[0] | {"name": "Сканер штрихкодов"}
    assert made.items() >= told.items()


def test_a_product_shows_the_extensions_behind_it(crm, world):
    assert crm.get(f"/products/{world.product.id}").json()["extensions"] == ["warehouse-helper"]


def test_a_code_and_an_external_id_name_one_product(crm, sklad):
    assert crm.post("/products", **SKLAD).json()["code"] == "CODE_EXISTS"
    crm.patch(path(sklad), external_guid="G-1")
    again = crm.post("/products", code="other", name="Другой", external_guid="G-1")
    assert (again.status_code, again.json()["code"]) == (409, "CODE_EXISTS")
    other = crm.post("/products", code="other", name="Другой").json()
    assert crm.patch(path(other), external_guid="G-1").json()["code"] == "CODE_EXISTS"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"external_guid": "x" * 101}, "/external_guid"),
        ({"status": "lost"}, "/status"),
        ({"default_term": {"days": 0}}, "/default_term/days"),
        ({"default_term": {"days": 36_501}}, "/default_term/days"),
        ({"default_term": {}}, "/default_term"),
        ({"default_term": {"days": 1, "perpetual": True}}, "/default_term"),
        ({"default_term": None}, "/default_term"),
        ({"default_seats": 0}, "/default_seats"),
        ({"default_seats": 100_001}, "/default_seats"),
        ({"trial_kind": "calendar_days", "trial_days": 0}, "/trial_days"),
        ({"trial_kind": "calendar_days", "trial_days": 366}, "/trial_days"),
        ({"trial_kind": "calendar_days"}, "/trial_days"),
        ({"trial_kind": "free_perpetual", "trial_days": 7}, "/trial_days"),
        ({"trial_days": 7}, "/trial_days"),
        ({"transfer_quota": -1}, "/transfer_quota"),
        ({"ends_trials": ["No code"]}, "/ends_trials/0"),
        ({"features": [{"feature": "scanner", "unit": "box"}]}, "/features/0/unit"),
        ({"features": [{"feature": "scanner", "quantity": 0}]}, "/features/0/quantity"),
        ({"features": [{"feature": "scanner"}, {"feature": "scanner"}]}, "/features"),
    ],
)
@pytest.mark.usefixtures("scanner")
def test_a_wrong_member_is_named(crm, sklad, wrong, pointer):
    assert pointers(crm.post("/products", **SKLAD | {"code": "new"} | wrong)) == [pointer]
    assert pointers(crm.patch(path(sklad), **wrong)) == [pointer]


@pytest.mark.parametrize(
    "wrong", [{"ends_trials": ["absent"]}, {"features": [{"feature": "absent"}]}]
)
def test_what_the_vendor_does_not_have_is_not_found(crm, sklad, wrong):
    for answer in (
        crm.post("/products", **SKLAD | {"code": "new"} | wrong),
        crm.patch(path(sklad), **wrong),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_change_touches_only_what_it_names(crm, sklad, events):
    answer = crm.patch(path(sklad), name="Склад+", default_term={"days": 30}, code="other")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    after = {"name": "Склад+", "default_term": {"days": 30}}
    assert answer.json() == sklad | after | {"row_version": 2}
    before = {"name": "Склад", "default_term": {"perpetual": True}}
    assert events(sklad["id"])[1:] == [("product.updated", {"before": before, "after": after})]
    assert crm.patch(path(sklad), name="Склад+", features=[]).headers["etag"] == '"2"'
    assert len(events(sklad["id"])) == 2


def test_a_trial_is_begun_and_taken_away_with_its_days(crm, sklad):
    given = crm.patch(path(sklad), **TRIAL).json()
    assert (given["trial_kind"], given["trial_days"]) == ("calendar_days", 14)
    assert crm.patch(path(sklad), trial_days=30).json()["trial_days"] == 30
    free = crm.patch(path(sklad), trial_kind="free_perpetual").json()
    assert (free["trial_kind"], free["trial_days"]) == ("free_perpetual", None)
    assert pointers(crm.patch(path(sklad), trial_days=30)) == ["/trial_days"]


def test_a_change_builds_on_the_version_it_names(crm, sklad):
    assert crm.send("PATCH", path(sklad), json={}).json()["code"] == "PRECONDITION_REQUIRED"
    assert crm.patch(path(sklad), version=1, name="А").status_code == 200
    assert crm.patch(path(sklad), version=1, name="Б").json()["code"] == "PRECONDITION_FAILED"


@pytest.mark.usefixtures("scanner")
def test_features_are_replaced_as_a_whole_and_count_as_a_change(crm, sklad, events):
    crm.post("/features", code="editor", name="Редактор")
    first = crm.patch(path(sklad), features=[{"feature": "scanner", "quantity": 5}])
    assert (first.headers["etag"], len(first.json()["features"])) == ('"2"', 1)
    wanted = [{"feature": "editor"}, {"feature": "scanner", "quantity": 7, "unit": "infobase"}]
    second = crm.patch(path(sklad), features=wanted).json()
    assert [(row["feature"], row["quantity"], row["unit"]) for row in second["features"]] == [
        ("editor", None, "user"),
        ("scanner", 7, "infobase"),
    ]
    third = crm.patch(path(sklad), features=wanted[:1])
    assert [row["feature"] for row in third.json()["features"]] == ["editor"]
    assert third.headers["etag"] == '"4"'
    assert crm.get(path(sklad)).json() == third.json()
    action, data = events(sklad["id"])[-1]
    assert (action, set(data["before"])) == ("product.updated", {"features"})
    assert [row["feature"] for row in data["before"]["features"]] == ["editor", "scanner"]
    assert [row["feature"] for row in data["after"]["features"]] == ["editor"]


def test_what_a_key_gets_follows_the_product(crm, world, session, installer):
    crm.post("/features", code="scanner", name="Сканер")
    product = {"id": str(world.product.id)}
    crm.patch(path(product), features=[{"feature": "scanner", "quantity": 5}], default_seats=2)
    operation = {"op": "add_product", "product": world.product.code, "term": {"days": 30}}
    [coupon] = world.coupon(operations=[operation | {"quantity": 2}])
    session.commit()
    installer.redeem(coupon).raise_for_status()
    [entitlement] = installer.check().json()["entitlements"]
    assert entitlement["seats"]["max"] == 4


def test_a_product_is_archived_once_no_extension_of_it_is_offered(crm, world, session, events):
    product = {"id": str(world.product.id)}
    refused = crm.patch(path(product), status="archived")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    with session.savepoint():
        world.extension.published = False
    session.forget()
    session.commit()
    for _ in range(2):
        answer = crm.patch(path(product), status="archived")
        assert (answer.status_code, answer.json()["status"]) == (200, "archived")
    assert events(product["id"])[1:] == [
        ("product.archived", {"before": {"status": "active"}, "after": {"status": "archived"}})
    ]
    assert crm.patch(path(product), status="active").json()["status"] == "active"


def test_a_change_of_a_product_tells_the_offers(crm, sklad, world, session):
    session.refresh(world.vendor)
    before = world.vendor.catalogue_version
    crm.patch(path(sklad), name="Склад")
    session.refresh(world.vendor)
    assert world.vendor.catalogue_version == before
    crm.patch(path(sklad), after_expiry="block")
    session.refresh(world.vendor)
    assert world.vendor.catalogue_version == before + 1


def test_products_are_listed_newest_first_and_found_by_the_external_id(crm, world, sklad):
    archived = crm.patch(path(sklad), external_guid="G-1", status="archived").json()
    first = crm.get(f"/products/{world.product.id}").json()
    assert crm.pages("/products", limit=1) == [[archived], [first]]
    assert crm.pages("/products", external_guid="G-1") == [[archived]]
    assert crm.pages("/products", status="active") == [[first]]


@pytest.mark.usefixtures("scanner")
@pytest.mark.in_process("counts the statements of the process")
def test_a_list_costs_the_same_however_long_it_is(crm, statements):
    costs = []
    for number in range(6):
        features = [{"feature": "scanner"}]
        crm.post("/products", code=f"p{number}", name="П", features=features).raise_for_status()
        with statements() as run:
            crm.get("/products")
        costs.append(len(run))
    assert len(set(costs)) == 1


def test_reading_is_not_writing(automation, sklad):
    reader = automation("owner", "catalog.read")
    assert reader.get(path(sklad)).status_code == 200
    for answer in (reader.post("/products", **SKLAD), reader.patch(path(sklad), version=1)):
        assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")
    assert automation("release").patch(path(sklad), version=1, name="А").status_code == 200
