"""What narrows the lists of downloads and installations that people look through."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select

from app.catalog.models import Extension
from app.customers.queries import mentioning
from app.kit.db import KitSession, TenantRow
from app.kit.fields import ListQuery
from app.kit.paging import NOBODYS
from app.licensing.models import LicenseKey


def equal(
    model: type[TenantRow], vendor_id: uuid.UUID, asked: ListQuery, names: Sequence[str]
) -> list[ColumnElement[bool]]:
    """The vendor's rows whose columns are what was asked for under the same names."""
    wanted: list[ColumnElement[bool]] = [model.vendor_id == vendor_id]
    for name in names:
        value = getattr(asked, name)
        if value is not None:
            wanted.append(getattr(model, name) == value)
    return wanted


def of_extension(session: KitSession, vendor_id: uuid.UUID, code: str) -> uuid.UUID:
    """The extension with this code.

    Asked for by itself: behind a subquery the planner would not know how many rows it has.
    """
    query = select(Extension.id).where(Extension.vendor_id == vendor_id, Extension.code == code)
    return session.scalar(query) or NOBODYS


def keys_of(vendor_id: uuid.UUID, company: str) -> Select[uuid.UUID]:
    """Keys of customers with these words in what they are found by; no word finds nothing."""
    named = mentioning(vendor_id, company)
    return select(LicenseKey.id).where(
        LicenseKey.vendor_id == vendor_id, LicenseKey.customer_id.in_(named)
    )
