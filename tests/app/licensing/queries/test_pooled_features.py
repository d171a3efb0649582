"""Features of a key: the sum over its usable products."""

from dataclasses import replace

import pytest

from app.accounts.models import Vendor
from app.catalog.models import Product
from app.customers.models import Customer
from app.licensing.models import Entitlement, LicenseKey
from app.licensing.queries.checks import pooled_features
from app.licensing.queries.facts import HeldFeature
from app.licensing.queries.rights import Entitled, KeyRights
from tests.factories.clock import NOON, TODAY, day

GOOD = Entitled(
    Entitlement(status="active", starts_on=TODAY, valid_until=None, is_trial=False),
    Product(name="Склад", after_expiry="block"),
    None,
)
OVER = replace(
    GOOD,
    entitlement=Entitlement(
        status="active", starts_on=day(-9), valid_until=day(-1), is_trial=False
    ),
)


def pool(*quantities, over=()):
    def held(item, quantity):
        return replace(item, features=[HeldFeature("scanner", "Сканер", quantity, "user")])

    items = [*(held(GOOD, each) for each in quantities), *(held(OVER, each) for each in over)]
    key, customer = LicenseKey(status="active"), Customer(status="active")
    vendor = Vendor(status="active", expiring_days=14)
    rights = KeyRights(key, customer, vendor, items, None, NOON, TODAY)
    return pooled_features(rights).get("scanner", 0)


@pytest.mark.parametrize(
    ("quantities", "together"),
    [((), 0), ((5,), 5), ((5, 3), 8), ((5, None), None), ((None, 3), None), ((None, None), None)],
)
def test_quantities_add_up_and_no_limit_wins(quantities, together):
    assert pool(*quantities) == together


def test_a_product_that_cannot_be_used_adds_nothing():
    assert pool(5, over=(3, None)) == 5
