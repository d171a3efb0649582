"""Reads of extensions and their pictures."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.accounts import queries as accounts
from app.catalog.models import (
    Extension,
    ExtensionImage,
    ImageKind,
    Product,
    Release,
    ReleaseStatus,
)
from app.catalog.schemas.extensions import FindExtensions, ListExtensions
from app.kit.db import KitSession
from app.kit.i18n import Language
from app.kit.paging import Page, Rows, created_within, newest_first
from app.kit.problems import NotFound


@dataclass(frozen=True, slots=True)
class Line:
    """An extension with the codes of its products, the name of the sold one, and its pictures."""

    extension: Extension
    product: str
    product_name: str
    trial_product: str | None
    images: Sequence[ExtensionImage]

    @property
    def logo(self) -> ExtensionImage | None:
        """The picture beside its name."""
        return next((image for image in self.images if image.kind == ImageKind.LOGO), None)

    @property
    def screenshots(self) -> list[ExtensionImage]:
        """The pictures of it at work, oldest first."""
        return [image for image in self.images if image.kind == ImageKind.SCREENSHOT]


def extension(session: KitSession, vendor_id: uuid.UUID, extension_id: uuid.UUID) -> Extension:
    """One extension of the vendor."""
    found = session.scalar(
        select(Extension).where(Extension.vendor_id == vendor_id, Extension.id == extension_id)
    )
    if found is None:
        raise NotFound
    return found


def extensions(session: KitSession, vendor_id: uuid.UUID, asked: FindExtensions) -> Rows[Line]:
    """A page of the vendor's extensions."""
    query = select(Extension).where(Extension.vendor_id == vendor_id)
    if asked.product is not None:
        of_product = select(Product.id).where(
            Product.vendor_id == vendor_id, Product.code == asked.product
        )
        query = query.where(Extension.product_id.in_(of_product))
    if asked.published is not None:
        query = query.where(Extension.published.is_(asked.published))
    if asked.onec_name is not None:
        query = query.where(Extension.onec_name == asked.onec_name)
    if isinstance(asked, ListExtensions) and asked.q:
        names = (Extension.title_ru, Extension.title_en, Extension.onec_name, Extension.code)
        query = query.where(or_(*(name.icontains(asked.q, autoescape=True) for name in names)))
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query, Extension.created_at, asked, zone)
    found = newest_first(session, query, Extension.id, Page.of(asked))
    return Rows(described(session, found.rows), found.next_cursor)


def described(session: KitSession, extensions: Sequence[Extension]) -> list[Line]:
    """Extensions with what belongs to them."""
    ids = {row.product_id for row in extensions} | {row.trial_product_id for row in extensions}
    named = select(Product.id, Product.code, Product.name).where(Product.id.in_(ids))
    sold = {row.id: row for row in session.execute(named)}
    pictures: dict[uuid.UUID, list[ExtensionImage]] = {}
    for image in images(session, [row.id for row in extensions]):
        pictures.setdefault(image.extension_id, []).append(image)
    return [
        Line(
            row,
            sold[row.product_id].code,
            sold[row.product_id].name,
            sold[row.trial_product_id].code if row.trial_product_id else None,
            pictures.get(row.id, ()),
        )
        for row in extensions
    ]


def images(session: KitSession, extension_ids: Sequence[uuid.UUID]) -> Sequence[ExtensionImage]:
    """The pictures of some extensions, oldest first."""
    return session.scalars(
        select(ExtensionImage)
        .where(ExtensionImage.extension_id.in_(extension_ids))
        .order_by(ExtensionImage.id)
    ).all()


def image(session: KitSession, vendor_id: uuid.UUID, image_id: uuid.UUID) -> ExtensionImage:
    """One picture of the vendor."""
    found = session.scalar(
        select(ExtensionImage).where(
            ExtensionImage.vendor_id == vendor_id, ExtensionImage.id == image_id
        )
    )
    if found is None:
        raise NotFound
    return found


def has_releases(session: KitSession, extension: Extension) -> bool:
    """Whether there is a release of it, in any state."""
    found = session.scalar(select(exists().where(Release.extension_id == extension.id)))
    return bool(found)


def extension_titles(
    session: KitSession, vendor_id: uuid.UUID, language: Language
) -> dict[str, str]:
    """What the vendor's extensions are called, by their code."""
    rows = session.execute(
        select(Extension.code, Extension.title_ru, Extension.title_en)
        .where(Extension.vendor_id == vendor_id)
        .order_by(Extension.code)
    )
    return {code: (en if language == "en" and en else ru) for code, ru, en in rows}


def newest_published(
    session: KitSession, extension_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Release]:
    """Of each extension the highest version on offer, where there is one."""
    rows = session.scalars(
        select(Release)
        .where(Release.extension_id.in_(extension_ids), Release.status == ReleaseStatus.PUBLISHED)
        .ext(distinct_on(Release.extension_id))
        .order_by(Release.extension_id, Release.version_key.desc())
    )
    return {row.extension_id: row for row in rows}


def named(session: KitSession, vendor_id: uuid.UUID, onec_name: str) -> Extension | None:
    """The vendor's extension that is called so in 1C."""
    return session.scalar(
        select(Extension).where(Extension.vendor_id == vendor_id, Extension.onec_name == onec_name)
    )
