"""More to sell: products with trials and features, made in the vendor's catalogue."""

from app.audit.actor import SYSTEM
from app.catalog.models import Feature, Product, ProductFeature
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.kit.db import new_id
from tests.factories.world import World


def a_product(world: World, code: str, name: str = "", **columns: object) -> Product:
    """A product on sale; the columns are those of its row."""
    session = world.session
    command = CreateProduct(code=code, name=name or code, default_seats=1)
    product = create_product(session, world.vendor.id, command, actor=SYSTEM)
    for column, value in columns.items():
        setattr(product, column, value)
    session.flush()
    return product


def a_trial_product(world: World, code: str = "price-tags", days: int = 14, **columns: object):
    """A product that anybody may try for some days."""
    told = {"name": "Ценники", "trial_kind": "calendar_days", "trial_days": days}
    return a_product(world, code, **(told | columns))


def a_free_product(world: World, code: str = "free-tool"):
    """A product that costs nothing."""
    return a_product(world, code, name="Бесплатный", trial_kind="free_perpetual")


def a_feature(
    world: World,
    code: str = "scanner",
    name: str = "Сканер",
    *,
    of: Product | None = None,
    quantity: int | None = None,
    multiplied: bool = True,
) -> Feature:
    """A feature, which comes with one of a product if one is named."""
    session = world.session
    stamp = {"vendor_id": world.vendor.id, "created_at": session.now()}
    feature = Feature(id=new_id(), code=code, name=name, **stamp)
    session.add(feature)
    session.flush()
    if of is not None:
        told = {"product_id": of.id, "feature_id": feature.id, "quantity": quantity}
        session.add(ProductFeature(id=new_id(), multiplied=multiplied, **told, **stamp))
        session.flush()
    return feature
