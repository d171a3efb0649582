"""Reads of batches, coupons and redemptions."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from app.catalog import queries as catalog
from app.coupons.models import Coupon, Redemption
from app.customers import queries as customers
from app.customers.models import Customer, Distributor
from app.kit.db import KitSession
from app.kit.i18n import N_
from app.kit.problems import NotFound
from app.licensing.queries import keys

_HINT_TAIL = 5


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the things that operations name by their codes."""

    products: Mapping[str, str] = field(default_factory=dict)
    features: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    """The one key that a coupon is bound to: «…58J0D (ООО «Ромашка»)»."""

    def product(self, code: str) -> str:
        """The product's name, or its code where it has none."""
        return self.products.get(code, code)

    def feature(self, code: str) -> str:
        """The feature's name, or its code where it has none."""
        return self.features.get(code, code)


def names(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID | None = None) -> Names:
    """Everything that a description of the vendor's coupons may name."""
    features = {feature.code: feature.name for feature in catalog.features(session, vendor_id)}
    called = ""
    if key_id is not None:
        key = keys.license_key(session, vendor_id, key_id)
        customer = customers.customer(session, vendor_id, key.customer_id)
        called = f"…{key.hint[-_HINT_TAIL:]} ({customer.company})"
    return Names(catalog.product_names(session, vendor_id), features, called)


def distributor_id(
    session: KitSession, vendor_id: uuid.UUID, given: uuid.UUID | None, guid: str | None
) -> uuid.UUID | None:
    """The vendor's distributor by our id or by the id that its CRM has for it, if one is named."""
    if given is None and guid is None:
        return None
    named = Distributor.id == given if given is not None else Distributor.external_guid == guid
    found = session.scalar(select(Distributor.id).where(Distributor.vendor_id == vendor_id, named))
    if found is None:
        raise NotFound(N_("There is no distributor with this id or reference"))
    return found


def by_digest(session: KitSession, vendor_id: uuid.UUID, digest: bytes) -> Coupon | None:
    """The vendor's coupon of a code, as it is now; another vendor's does not exist."""
    return session.scalar(
        select(Coupon)
        .where(Coupon.vendor_id == vendor_id, Coupon.digest == digest)
        .execution_options(populate_existing=True)
    )


def coupon(session: KitSession, vendor_id: uuid.UUID, coupon_id: uuid.UUID) -> Coupon:
    """One coupon of the vendor."""
    found = session.scalar(
        select(Coupon)
        .where(Coupon.vendor_id == vendor_id, Coupon.id == coupon_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def redemption(session: KitSession, vendor_id: uuid.UUID, redemption_id: uuid.UUID) -> Redemption:
    """One redemption of the vendor, as it is now."""
    found = session.scalar(
        select(Redemption)
        .where(Redemption.vendor_id == vendor_id, Redemption.id == redemption_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def standing(
    session: KitSession, coupon: Coupon, key_id: uuid.UUID, customer_id: uuid.UUID
) -> Redemption | None:
    """The redemption that this key, else this customer, already has of the coupon.

    A customer is also those who were merged into it: redemptions keep the customer of their time.
    """
    family = (
        select(Customer.id)
        .where(Customer.vendor_id == coupon.vendor_id, Customer.id == customer_id)
        .cte(recursive=True)
    )
    family = family.union(select(Customer.id).where(Customer.merged_into_id == family.c.id))
    found = session.scalars(
        select(Redemption)
        .where(
            Redemption.vendor_id == coupon.vendor_id,
            Redemption.coupon_id == coupon.id,
            Redemption.reversed_at.is_(None),
            or_(Redemption.key_id == key_id, Redemption.customer_id.in_(select(family.c.id))),
        )
        .order_by(Redemption.created_at)
    ).all()
    same_key = (redemption for redemption in found if redemption.key_id == key_id)
    return next(same_key, found[0] if found else None)
