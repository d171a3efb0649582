"""The rows of a key as the pure values that operations work on, and the facts of products."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.catalog import queries as catalog
from app.catalog.models import Feature, Product
from app.catalog.queries import SoldProduct
from app.kit.db import KitSession
from app.licensing.models import Entitlement, EntitlementFeature, Trial
from app.licensing.service.algebra import (
    FeatureFacts,
    KeyState,
    ProductFacts,
    Rights,
    TrialState,
)
from wire.extensions import Channel


@dataclass(frozen=True, slots=True)
class KeyRows:
    """A key's entitlements and trials by product code, as rows and as values."""

    entitlements: dict[str, Entitlement]
    trials: dict[str, Trial]
    state: KeyState


@dataclass(frozen=True, slots=True)
class Facts:
    """What operations may name: the vendor's products and features, by code."""

    products: Mapping[str, Product]
    features: Mapping[str, Feature]
    of_products: Mapping[str, ProductFacts]


def load(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> KeyRows:
    """Everything that operations on this key start from."""
    rows = session.execute(
        select(Entitlement, Product.code)
        .join(Product, Product.id == Entitlement.product_id)
        .where(Entitlement.vendor_id == vendor_id, Entitlement.key_id == key_id)
        .execution_options(populate_existing=True)
    ).all()
    trials = session.execute(
        select(Trial, Product.code)
        .join(Product, Product.id == Trial.product_id)
        .where(
            Trial.vendor_id == vendor_id,
            Trial.key_id == key_id,
            Trial.end_reason.is_distinct_from("reversed"),
        )
        .execution_options(populate_existing=True)
    ).all()
    features = features_of(session, [row for row, _ in rows])
    state = KeyState(
        {code: rights_of(row, features.get(row.id, ())) for row, code in rows},
        {code: trial_of(trial) for trial, code in trials},
    )
    return KeyRows(
        {code: row for row, code in rows}, {code: trial for trial, code in trials}, state
    )


def features_of(
    session: KitSession, rows: Sequence[Entitlement]
) -> dict[uuid.UUID, list[tuple[str, int | None]]]:
    found = session.execute(
        select(EntitlementFeature.entitlement_id, Feature.code, EntitlementFeature.quantity)
        .join(Feature, Feature.id == EntitlementFeature.feature_id)
        .where(EntitlementFeature.entitlement_id.in_([row.id for row in rows]))
        .order_by(Feature.code)
    )
    features: dict[uuid.UUID, list[tuple[str, int | None]]] = {}
    for entitlement_id, code, quantity in found:
        features.setdefault(entitlement_id, []).append((code, quantity))
    return features


def rights_of(row: Entitlement, features: Sequence[tuple[str, int | None]]) -> Rights:
    """The rights that an entitlement stores."""
    return Rights(
        status=row.status,
        starts_on=row.starts_on,
        valid_until=row.valid_until,
        updates_until=row.updates_until,
        seats=row.seats,
        features=tuple(features),
        channel=Channel(row.channel),
        is_trial=row.is_trial,
    )


def trial_of(row: Trial) -> TrialState:
    """The trial that a row stores."""
    return TrialState(row.started_on, row.days, row.ended_on, row.end_reason)


def facts(session: KitSession, vendor_id: uuid.UUID) -> Facts:
    """The vendor's products and features."""
    sold = catalog.sold_products(session, vendor_id)
    features = catalog.features(session, vendor_id)
    return Facts(
        {item.product.code: item.product for item in sold},
        {feature.code: feature for feature in features},
        {item.product.code: _product_facts(item) for item in sold},
    )


def _product_facts(item: SoldProduct) -> ProductFacts:
    product = item.product
    return ProductFacts(
        code=product.code,
        name=product.name,
        default_seats=product.default_seats,
        seats_multiplied=product.seats_multiplied,
        features={
            feature.code: FeatureFacts(link.quantity, link.multiplied)
            for link, feature in item.features
        },
        trial_kind=product.trial_kind,
        trial_days=product.trial_days,
        ends_trials=tuple(product.ends_trials),
    )
