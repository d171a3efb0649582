"""`podkluch feature` and `product`: what a vendor sells, with its trial and its features."""

import json

import pytest
from sqlalchemy import text

CREATE = ("product", "create", "--code", "sklad", "--name", "Склад")


@pytest.fixture
def scanner(podkluch, vendor):
    """A feature of the vendor."""
    del vendor
    return podkluch.json("feature", "create", "--code", "scanner", "--name", "Сканер")


def rows(stored, query):
    with stored.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(text(query))]


def test_a_feature_is_kept(podkluch, vendor, stored):
    del vendor
    made = podkluch.json(
        "feature", "create", "--code", "scanner", "--name", "Сканер", "--legacy-id", 7
    )
    assert (made["code"], made["name"]) == ("scanner", "Сканер")
    assert rows(stored, "SELECT code, legacy_id, retired FROM features") == [
        {"code": "scanner", "legacy_id": 7, "retired": False}
    ]
    again = podkluch.json("feature", "create", "--code", "scanner", "--name", "Сканер", code=1)
    assert again["code"] == "CODE_EXISTS"


@pytest.mark.usefixtures("scanner", "product")
def test_a_product_has_its_trial_and_its_features(podkluch, stored):
    arguments = ("--code", "big", "--name", "Большой", "--trial-days", 14, "--transfers", 0)
    more = ("--external-guid", "G-1", "--ends-trial", "sklad", "--feature", "scanner:5")
    podkluch("product", "create", *arguments, *more)
    query = "SELECT trial_kind, trial_days, transfer_quota, external_guid, ends_trials"
    assert rows(stored, f"{query} FROM products WHERE code = 'big'") == [
        {
            "trial_kind": "calendar_days",
            "trial_days": 14,
            "transfer_quota": 0,
            "external_guid": "G-1",
            "ends_trials": ["sklad"],
        }
    ]
    assert rows(stored, "SELECT quantity, unit, multiplied FROM product_features") == [
        {"quantity": 5, "unit": "user", "multiplied": True}
    ]


@pytest.mark.usefixtures("scanner")
def test_a_free_product_is_perpetual_instead_of_a_trial(podkluch, stored):
    podkluch(*CREATE, "--free", "--feature", "scanner")
    assert rows(stored, "SELECT trial_kind, trial_days FROM products") == [
        {"trial_kind": "free_perpetual", "trial_days": None}
    ]
    assert rows(stored, "SELECT quantity FROM product_features") == [{"quantity": None}]


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        (("--days", 0), "/default_term/days"),
        (("--trial-days", 366), "/trial_days"),
        (("--free", "--trial-days", 14), "/trial_days"),
        (("--feature", "scanner:many"), "/features/0/quantity"),
        (("--feature", "scanner:0"), "/features/0/quantity"),
        (("--feature", "Сканер"), "/features/0/feature"),
        (("--transfers", -1), "/transfer_quota"),
    ],
)
def test_what_makes_no_product_is_refused_by_its_place(podkluch, stored, options, pointer):
    refused = json.loads(podkluch(*CREATE, *options, "--json", code=1).stdout)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]
    assert rows(stored, "SELECT code FROM products") == []
