"""Reads of licence agreements in lists."""

import uuid

from sqlalchemy import select

from app.accounts import queries as accounts
from app.catalog.models import Eula, Product
from app.catalog.schemas.eulas import FindEulas
from app.kit.db import KitSession
from app.kit.paging import Page, Rows, created_within, newest_first


def eulas(
    session: KitSession, vendor_id: uuid.UUID, asked: FindEulas
) -> Rows[tuple[Eula, Product]]:
    """A page of the vendor's agreements, each with its product."""
    query = select(Eula).where(Eula.vendor_id == vendor_id)
    if asked.product is not None:
        of_product = select(Product.id).where(
            Product.vendor_id == vendor_id, Product.code == asked.product
        )
        query = query.where(Eula.product_id.in_(of_product))
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query, Eula.created_at, asked, zone)
    found = newest_first(session, query, Eula.id, Page.of(asked))
    ids = {eula.product_id for eula in found.rows}
    products = {row.id: row for row in session.scalars(select(Product).where(Product.id.in_(ids)))}
    return Rows([(eula, products[eula.product_id]) for eula in found.rows], found.next_cursor)
