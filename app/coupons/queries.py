"""Reads of coupons and redemptions."""

import uuid

from sqlalchemy import or_, select

from app.coupons.models import Coupon, Redemption
from app.customers import queries as customers
from app.kit.db import KitSession
from app.kit.problems import NotFound


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

    Customers that were merged into this one count as the same.
    """
    family = customers.family(session, coupon.vendor_id, customer_id)
    found = session.scalars(
        select(Redemption)
        .where(
            Redemption.vendor_id == coupon.vendor_id,
            Redemption.coupon_id == coupon.id,
            Redemption.reversed_at.is_(None),
            or_(Redemption.key_id == key_id, Redemption.customer_id.in_(family)),
        )
        .order_by(Redemption.created_at)
    ).all()
    same_key = (redemption for redemption in found if redemption.key_id == key_id)
    return next(same_key, found[0] if found else None)
