"""What a vendor's published catalogue holds beside releases: products, features, agreements."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from sqlalchemy import select

from app.catalog import queries as catalog
from app.catalog.models import Eula, FeatureUnit, ProductFeature, ProductStatus, TrialKind
from app.kit.db import KitSession


class EulaFacts(Protocol):
    """An agreement without its texts."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def product_id(self) -> uuid.UUID: ...
    @property
    def sha256_ru(self) -> str: ...
    @property
    def sha256_en(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class PublishedProduct:
    """What a key may hold."""

    id: uuid.UUID
    code: str
    name: str
    after_expiry: str
    is_tried: bool
    """Whether it is on sale with a trial that needs no coupon."""


@dataclass(frozen=True, slots=True)
class PublishedFeature:
    """An option, and how it is counted in the products that carry it, by their id."""

    code: str
    name: str
    units: Mapping[uuid.UUID, str]

    def unit(self, product_id: uuid.UUID) -> str:
        """One that the product itself does not have was added by hand or by a coupon."""
        return self.units.get(product_id, FeatureUnit.USER)


@dataclass(frozen=True, slots=True)
class PublishedEula:
    """An agreement of a product, in force from a day on unless a later one is."""

    id: uuid.UUID
    product_id: uuid.UUID
    number: int
    sha256_ru: str
    sha256_en: str | None
    effective_from: date


@dataclass(frozen=True, slots=True)
class Goods:
    """Everything of a vendor that answers to agents speak of, apart from releases."""

    products: Mapping[uuid.UUID, PublishedProduct] = field(default_factory=dict)
    features: Mapping[uuid.UUID, PublishedFeature] = field(default_factory=dict)
    eulas: Mapping[uuid.UUID, PublishedEula] = field(default_factory=dict)
    """By their ids."""
    by_text: Mapping[str, PublishedProduct] = field(init=False)
    """Products by the text of their ids."""

    def __post_init__(self) -> None:
        named = {str(name): product for name, product in self.products.items()}
        object.__setattr__(self, "by_text", named)

    def to_try(self) -> list[PublishedProduct]:
        """The products that may be tried out without a coupon, by code."""
        return [product for product in self.products.values() if product.is_tried]

    def in_force(self, today: date) -> dict[uuid.UUID, PublishedEula]:
        """Per product, the agreement of the highest number that is effective on that day."""
        # They are held by number, so the last one of a product stays.
        return {row.product_id: row for row in self.eulas.values() if row.effective_from <= today}


def goods(session: KitSession, vendor_id: uuid.UUID) -> Goods:
    """All of the vendor's, retired ones too: keys may still hold them."""
    rows = sorted(catalog.all_products(session, vendor_id), key=lambda row: row.code)
    products = {
        row.id: PublishedProduct(
            row.id,
            row.code,
            row.name,
            row.after_expiry,
            row.status == ProductStatus.ACTIVE and row.trial_kind != TrialKind.NONE,
        )
        for row in rows
    }
    return Goods(products, _features(session, vendor_id), _eulas(session, vendor_id))


def _features(session: KitSession, vendor_id: uuid.UUID) -> dict[uuid.UUID, PublishedFeature]:
    units: dict[uuid.UUID, dict[uuid.UUID, str]] = {}
    links = select(ProductFeature.feature_id, ProductFeature.product_id, ProductFeature.unit)
    for feature_id, product_id, unit in session.execute(
        links.where(ProductFeature.vendor_id == vendor_id)
    ):
        units.setdefault(feature_id, {})[product_id] = unit
    return {
        row.id: PublishedFeature(row.code, row.name, units.get(row.id, {}))
        for row in catalog.features(session, vendor_id)
    }


def _eulas(session: KitSession, vendor_id: uuid.UUID) -> dict[uuid.UUID, PublishedEula]:
    found = session.execute(
        select(
            Eula.id,
            Eula.product_id,
            Eula.number,
            Eula.sha256_ru,
            Eula.sha256_en,
            Eula.effective_from,
        )
        .where(Eula.vendor_id == vendor_id)
        .order_by(Eula.product_id, Eula.number)
    )
    return {row.id: PublishedEula(*row) for row in found}
