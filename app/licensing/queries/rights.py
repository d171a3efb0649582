"""What a key gives: the key, its customer and vendor, its entitlements with their products."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.accounts.models import Vendor
from app.catalog.models import Feature, FeatureUnit, Product, ProductFeature
from app.customers.models import Customer
from app.kit.clock import local_date
from app.kit.db import KitSession
from app.kit.problems import NotFound
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementFeature,
    Infobase,
    LicenseKey,
)
from app.licensing.queries.facts import HeldFeature


@dataclass(frozen=True, slots=True)
class Entitled:
    """A product of the key; `activation` is this infobase's seat, if one was named and has it."""

    entitlement: Entitlement
    product: Product
    activation: Activation | None
    features: Sequence[HeldFeature] = ()


@dataclass(frozen=True, slots=True)
class KeyRights:
    """Everything that decides what a key may do today, read in one go."""

    key: LicenseKey
    customer: Customer
    vendor: Vendor
    entitlements: Sequence[Entitled]
    infobase: Infobase | None
    now: datetime
    today: date

    def of_product(self, product_id: uuid.UUID) -> Entitled | None:
        """The product in this key, withdrawn or not."""
        found = (item for item in self.entitlements if item.product.id == product_id)
        return next(found, None)


def key_rights(
    session: KitSession,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    *,
    infobase_uid: uuid.UUID | None = None,
) -> KeyRights:
    """The rights of a key, on the vendor's calendar day."""
    found = session.execute(
        select(LicenseKey, Customer, Vendor)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .join(Vendor, Vendor.id == LicenseKey.vendor_id)
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.id == key_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    key, customer, vendor = found
    return KeyRights(
        key,
        customer,
        vendor,
        _entitlements(session, vendor_id, [key.id], infobase_uid),
        _infobase(session, vendor_id, infobase_uid),
        session.now(),
        local_date(session.now(), vendor.time_zone),
    )


def rights_of_keys(
    session: KitSession, vendor_id: uuid.UUID, key_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, KeyRights]:
    """The rights of several keys at once, for lists."""
    found = session.execute(
        select(LicenseKey, Customer, Vendor)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .join(Vendor, Vendor.id == LicenseKey.vendor_id)
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.id.in_(key_ids))
    ).all()
    held: dict[uuid.UUID, list[Entitled]] = {}
    for item in _entitlements(session, vendor_id, key_ids, None):
        held.setdefault(item.entitlement.key_id, []).append(item)
    now = session.now()
    return {
        key.id: KeyRights(
            key,
            customer,
            vendor,
            held.get(key.id, []),
            None,
            now,
            local_date(now, vendor.time_zone),
        )
        for key, customer, vendor in found
    }


def _entitlements(
    session: KitSession,
    vendor_id: uuid.UUID,
    key_ids: Sequence[uuid.UUID],
    infobase_uid: uuid.UUID | None,
) -> list[Entitled]:
    here = (
        select(Infobase.id)
        .where(Infobase.vendor_id == vendor_id, Infobase.uid == infobase_uid)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Entitlement, Product, Activation)
        .join(Product, Product.id == Entitlement.product_id)
        .outerjoin(
            Activation,
            (Activation.entitlement_id == Entitlement.id)
            & (Activation.status == ActivationStatus.ACTIVE)
            & (Activation.infobase_id == here),
        )
        .where(Entitlement.vendor_id == vendor_id, Entitlement.key_id.in_(key_ids))
        .order_by(Product.code)
        .execution_options(populate_existing=True)
    ).all()
    held = _features(session, [row[0].id for row in rows])
    return [
        Entitled(entitlement, product, seat, held.get(entitlement.id, ()))
        for entitlement, product, seat in rows
    ]


def _features(
    session: KitSession, entitlements: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[HeldFeature]]:
    rows = session.execute(
        select(EntitlementFeature, Feature, ProductFeature.unit)
        .join(Entitlement, Entitlement.id == EntitlementFeature.entitlement_id)
        .join(Feature, Feature.id == EntitlementFeature.feature_id)
        .outerjoin(
            ProductFeature,
            (ProductFeature.product_id == Entitlement.product_id)
            & (ProductFeature.feature_id == Feature.id),
        )
        .where(EntitlementFeature.entitlement_id.in_(entitlements))
        .order_by(Feature.code)
    )
    held: dict[uuid.UUID, list[HeldFeature]] = {}
    for row, feature, unit in rows:
        # One that the product itself does not have was added by hand or by a coupon.
        told = HeldFeature(feature.code, feature.name, row.quantity, unit or FeatureUnit.USER)
        held.setdefault(row.entitlement_id, []).append(told)
    return held


def _infobase(session: KitSession, vendor_id: uuid.UUID, uid: uuid.UUID | None) -> Infobase | None:
    if uid is None:
        return None
    return session.scalar(
        select(Infobase).where(Infobase.vendor_id == vendor_id, Infobase.uid == uid)
    )
