"""Reads of customers."""

import contextlib
import uuid

from sqlalchemy import select

from app.customers.models import Customer
from app.kit.db import KitSession
from app.kit.i18n import N_
from app.kit.problems import NotFound


def customer(session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    """One customer of the vendor."""
    found = session.scalar(
        select(Customer).where(Customer.vendor_id == vendor_id, Customer.id == customer_id)
    )
    if found is None:
        raise NotFound
    return found


def customer_by_reference(session: KitSession, vendor_id: uuid.UUID, text: str) -> Customer:
    """The vendor's customer by our id or by the vendor's own reference, which may be a UUID too."""
    named = Customer.external_ref1 == text
    with contextlib.suppress(ValueError):
        named |= Customer.id == uuid.UUID(text)
    found = session.scalars(select(Customer).where(Customer.vendor_id == vendor_id, named)).first()
    if found is None:
        raise NotFound(N_("There is no customer with this id or reference"))
    return found
