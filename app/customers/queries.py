"""Reads of customers."""

import uuid

from sqlalchemy import select

from app.customers.models import Customer
from app.kit.db import KitSession
from app.kit.problems import NotFound


def customer(session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    """One customer of the vendor."""
    found = session.scalar(
        select(Customer).where(Customer.vendor_id == vendor_id, Customer.id == customer_id)
    )
    if found is None:
        raise NotFound
    return found
