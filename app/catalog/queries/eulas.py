"""Reads of licence agreements in lists."""

import uuid

from sqlalchemy import select

from app.accounts import queries as accounts
from app.catalog.models import Eula, Extension, Product, Release
from app.catalog.schemas.eulas import FindEulas
from app.kit.clock import local_date
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


def required_eula(session: KitSession, extension: Extension, release: Release) -> Eula | None:
    """What has to be accepted for a release: its own agreement, else its product's newest one.

    Of a product's agreements the highest number that is in force today counts.
    """
    if release.eula_id is not None:
        return session.get_one(Eula, release.eula_id)
    zone = accounts.vendor(session, release.vendor_id).time_zone
    return session.scalar(
        select(Eula)
        .where(
            Eula.product_id == extension.product_id,
            Eula.effective_from <= local_date(session.now(), zone),
        )
        .order_by(Eula.number.desc())
        .limit(1)
    )
