"""What a process keeps of products and features is never older than what a key holds of them."""

import pytest

from app.audit.actor import SYSTEM
from app.catalog.schemas.features import CreateFeature, UpdateFeature
from app.catalog.schemas.products import CreateProduct, UpdateProduct
from app.catalog.service import features, products

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def options(world, session):
    """A product with an option, made after the catalogue was first read."""
    told = CreateFeature(code="reports", name="Отчёты")
    feature = features.create_feature(session, world.vendor.id, told, actor=SYSTEM)
    carries = [{"feature": "reports", "quantity": 5, "unit": "user"}]
    command = CreateProduct(
        code="late", name="Поздний", default_term={"days": 30}, features=carries
    )
    product = products.create_product(session, world.vendor.id, command, actor=SYSTEM)
    [coupon] = world.coupon(operations=[{"product": "late", "term": {"days": 9}}])
    session.commit()
    return product, feature, coupon


@pytest.fixture
def warm(installer):
    """The process has read the catalogue."""
    assert installer.check().status_code == 200


def held(installer):
    [entitlement] = installer.check().json()["entitlements"]
    return entitlement


@pytest.mark.usefixtures("warm")
def test_a_new_product_and_its_features_are_told_at_once(installer, options):
    _, _, coupon = options
    assert installer.redeem(coupon).status_code == 201
    told = held(installer)
    assert told["product"] == {"code": "late", "name": "Поздний"}
    assert told["features"] == [
        {"code": "reports", "name": "Отчёты", "quantity": 5, "unit": "user"}
    ]


@pytest.mark.usefixtures("warm")
def test_what_is_renamed_has_its_new_name_at_once(world, session, installer, options):
    product, feature, coupon = options
    installer.redeem(coupon)
    held(installer)
    vendor_id = world.vendor.id
    products.update_product(
        session,
        vendor_id,
        product.id,
        UpdateProduct(name="Новый"),
        version=product.row_version,
        actor=SYSTEM,
    )
    features.update_feature(
        session,
        vendor_id,
        feature.id,
        UpdateFeature(name="Сводки"),
        version=feature.row_version,
        actor=SYSTEM,
    )
    session.commit()
    told = held(installer)
    assert (told["product"]["name"], told["features"][0]["name"]) == ("Новый", "Сводки")
