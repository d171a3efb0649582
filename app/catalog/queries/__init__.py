"""Reads of products, extensions, releases, files, rules and agreements."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.accounts import queries as accounts
from app.catalog.models import (
    Artifact,
    ArtifactStatus,
    CompatibilityRule,
    Eula,
    Extension,
    ExtensionImage,
    Feature,
    Product,
    ProductFeature,
    ProductStatus,
    Release,
    ReleaseStatus,
)
from app.catalog.schemas.features import FindFeatures
from app.catalog.schemas.products import FindProducts
from app.kit.db import KitSession
from app.kit.i18n import N_
from app.kit.paging import Page, Rows, created_within, newest_first
from app.kit.problems import NotFound

_CHUNK = 500
"""Rows that are read at a time where there may be very many: others get their turn between."""


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """A product with its features."""

    product: Product
    features: Sequence[tuple[ProductFeature, Feature]]
    extensions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A release with everything that an offer of it shows."""

    release: Release
    extension: Extension
    product: Product
    artifact: Artifact
    rules: Sequence[str]
    """As JSON."""


def find_product(session: KitSession, vendor_id: uuid.UUID, code: str) -> Product | None:
    """The vendor's product of this code, if there is one."""
    return session.scalar(
        select(Product).where(Product.vendor_id == vendor_id, Product.code == code)
    )


def product_by_code(session: KitSession, vendor_id: uuid.UUID, code: str) -> Product:
    """The vendor's product of this code."""
    found = find_product(session, vendor_id, code)
    if found is None:
        raise NotFound(N_("There is no product with this code"))
    return found


def product(session: KitSession, vendor_id: uuid.UUID, product_id: uuid.UUID) -> Product:
    """One product of the vendor."""
    found = session.scalar(
        select(Product).where(Product.vendor_id == vendor_id, Product.id == product_id)
    )
    if found is None:
        raise NotFound
    return found


def sold_products(session: KitSession, vendor_id: uuid.UUID) -> list[SoldProduct]:
    """All products of the vendor with what comes with one of each."""
    products = session.scalars(select(Product).where(Product.vendor_id == vendor_id)).all()
    return with_features(session, products)


def products(session: KitSession, vendor_id: uuid.UUID, asked: FindProducts) -> Rows[SoldProduct]:
    """A page of the vendor's products with their features and extensions."""
    query = select(Product).where(Product.vendor_id == vendor_id)
    for name in ("external_guid", "status"):
        value = getattr(asked, name)
        if value is not None:
            query = query.where(getattr(Product, name) == value)
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query, Product.created_at, asked, zone)
    found = newest_first(session, query, Product.id, Page.of(asked))
    return Rows(offerings(session, found.rows), found.next_cursor)


def offerings(session: KitSession, products: Sequence[Product]) -> list[SoldProduct]:
    """Products with their features and with the codes of the extensions behind them."""
    extensions: dict[uuid.UUID, list[str]] = {}
    for product_id, code in session.execute(
        select(Extension.product_id, Extension.code)
        .where(Extension.product_id.in_([product.id for product in products]))
        .order_by(Extension.code)
    ):
        extensions.setdefault(product_id, []).append(code)
    return [
        replace(sold, extensions=extensions.get(sold.product.id, ()))
        for sold in with_features(session, products)
    ]


def with_features(session: KitSession, products: Sequence[Product]) -> list[SoldProduct]:
    """Products with what comes with one of each."""
    links: dict[uuid.UUID, list[tuple[ProductFeature, Feature]]] = {}
    for link, feature in features_of(session, [product.id for product in products]):
        links.setdefault(link.product_id, []).append((link, feature))
    return [SoldProduct(product, links.get(product.id, ())) for product in products]


def features_of(
    session: KitSession, product_ids: Sequence[uuid.UUID]
) -> list[tuple[ProductFeature, Feature]]:
    """The features of some products, by code."""
    rows = session.execute(
        select(ProductFeature, Feature)
        .join(Feature, Feature.id == ProductFeature.feature_id)
        .where(ProductFeature.product_id.in_(product_ids))
        .order_by(Feature.code)
    )
    return [(link, feature) for link, feature in rows]


def offered_extensions(session: KitSession, product: Product) -> list[str]:
    """Codes of published extensions that need the product, also for their trial."""
    return list(
        session.scalars(
            select(Extension.code)
            .where(
                Extension.vendor_id == product.vendor_id,
                Extension.published,
                or_(Extension.product_id == product.id, Extension.trial_product_id == product.id),
            )
            .order_by(Extension.code)
        )
    )


def feature(session: KitSession, vendor_id: uuid.UUID, feature_id: uuid.UUID) -> Feature:
    """One feature of the vendor."""
    found = session.scalar(
        select(Feature).where(Feature.vendor_id == vendor_id, Feature.id == feature_id)
    )
    if found is None:
        raise NotFound
    return found


def feature_page(session: KitSession, vendor_id: uuid.UUID, asked: FindFeatures) -> Rows[Feature]:
    """A page of the vendor's features, retired ones too."""
    query = select(Feature).where(Feature.vendor_id == vendor_id)
    if asked.retired is not None:
        query = query.where(Feature.retired.is_(asked.retired))
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query, Feature.created_at, asked, zone)
    return newest_first(session, query, Feature.id, Page.of(asked))


def carriers(session: KitSession, feature: Feature) -> list[str]:
    """Codes of products that carry the feature and are not archived."""
    return list(
        session.scalars(
            select(Product.code)
            .join(ProductFeature, ProductFeature.product_id == Product.id)
            .where(
                ProductFeature.feature_id == feature.id,
                Product.status != ProductStatus.ARCHIVED,
            )
            .order_by(Product.code)
        )
    )


def features(session: KitSession, vendor_id: uuid.UUID) -> list[Feature]:
    """All features of the vendor, retired ones too."""
    return list(
        session.scalars(
            select(Feature).where(Feature.vendor_id == vendor_id).order_by(Feature.code)
        )
    )


def all_products(session: KitSession, vendor_id: uuid.UUID) -> Sequence[Product]:
    """All products of the vendor, archived ones too."""
    return session.scalars(select(Product).where(Product.vendor_id == vendor_id)).all()


def product_names(session: KitSession, vendor_id: uuid.UUID) -> dict[str, str]:
    """What people call the vendor's products, by code."""
    return {product.code: product.name for product in all_products(session, vendor_id)}


def extension_by_code(session: KitSession, vendor_id: uuid.UUID, code: str) -> Extension:
    """The vendor's extension of this code."""
    found = session.scalar(
        select(Extension).where(Extension.vendor_id == vendor_id, Extension.code == code)
    )
    if found is None:
        raise NotFound(N_("There is no extension with this code"))
    return found


def release(session: KitSession, vendor_id: uuid.UUID, release_id: uuid.UUID) -> Release:
    """One release of the vendor, in any state."""
    found = session.scalar(
        select(Release).where(Release.vendor_id == vendor_id, Release.id == release_id)
    )
    if found is None:
        raise NotFound
    return found


def listed(session: KitSession, vendor_id: uuid.UUID) -> list[Listed]:
    """Releases that were published once, with their files and current rules; drafts are unseen."""
    rules = _rules(session, vendor_id)
    found = session.execute(
        select(Release, Extension, Product, Artifact)
        .join(Extension, Extension.id == Release.extension_id)
        .join(Product, Product.id == Extension.product_id)
        .join(Artifact, (Artifact.release_id == Release.id) & (Artifact.kind == "cfe"))
        .where(
            Release.vendor_id == vendor_id,
            Release.status != ReleaseStatus.DRAFT,
            Extension.published,
        )
        .order_by(Extension.code, Release.version_key.desc())
        .execution_options(yield_per=_CHUNK)
    )
    return [
        Listed(release, extension, product, artifact, rules.get(release.id, ()))
        for release, extension, product, artifact in found
    ]


def _rules(session: KitSession, vendor_id: uuid.UUID) -> dict[uuid.UUID, list[str]]:
    found = session.execute(
        select(CompatibilityRule.release_id, cast(CompatibilityRule.rule, Text))
        .join(
            Release,
            (Release.id == CompatibilityRule.release_id)
            & (Release.rules_version == CompatibilityRule.rules_version),
        )
        .where(CompatibilityRule.vendor_id == vendor_id)
        .order_by(CompatibilityRule.release_id, CompatibilityRule.number)
        .execution_options(yield_per=_CHUNK)
    )
    rules: dict[uuid.UUID, list[str]] = {}
    for release_id, rule in found:
        rules.setdefault(release_id, []).append(rule)
    return rules


def eula(session: KitSession, vendor_id: uuid.UUID, eula_id: uuid.UUID) -> Eula:
    """One agreement of the vendor."""
    found = session.scalar(select(Eula).where(Eula.vendor_id == vendor_id, Eula.id == eula_id))
    if found is None:
        raise NotFound
    return found


def eula_with_product(
    session: KitSession, vendor_id: uuid.UUID, eula_id: uuid.UUID
) -> tuple[Eula, Product]:
    """One agreement of the vendor and what it is about."""
    row = session.execute(
        select(Eula, Product)
        .join(Product, Product.id == Eula.product_id)
        .where(Eula.vendor_id == vendor_id, Eula.id == eula_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def current_eulas(session: KitSession, vendor_id: uuid.UUID, today: date) -> dict[uuid.UUID, Eula]:
    """Per product, the agreement in force: the highest number that is effective today."""
    rows = session.scalars(
        select(Eula)
        .ext(distinct_on(Eula.product_id))
        .where(Eula.vendor_id == vendor_id, Eula.effective_from <= today)
        .order_by(Eula.product_id, Eula.number.desc())
    )
    return {row.product_id: row for row in rows}


def last_eula(session: KitSession, product_id: uuid.UUID) -> Eula | None:
    """The product's agreement of the highest number, in force or not; their numbers grow by one."""
    return session.scalar(
        select(Eula).where(Eula.product_id == product_id).order_by(Eula.number.desc()).limit(1)
    )


def artifact_of(session: KitSession, release_id: uuid.UUID) -> Artifact | None:
    """The .cfe of a release, if it has one."""
    return session.scalar(
        select(Artifact).where(Artifact.release_id == release_id, Artifact.kind == "cfe")
    )


def artifacts_that_are(session: KitSession, status: ArtifactStatus) -> Iterator[Artifact]:
    """Every file in this state, of every vendor, equal bytes side by side."""
    yield from session.scalars(
        select(Artifact)
        .where(Artifact.status == status)
        .order_by(Artifact.sha256, Artifact.id)
        .execution_options(yield_per=500)
    )


def pictures(session: KitSession) -> Iterator[ExtensionImage]:
    """Every picture of every vendor, equal bytes side by side."""
    yield from session.scalars(
        select(ExtensionImage)
        .order_by(ExtensionImage.sha256, ExtensionImage.id)
        .execution_options(yield_per=500)
    )


def known_digests(session: KitSession, digests: Collection[str]) -> set[str]:
    """Those of the hashes that a file or a picture of any vendor has, in whatever state."""
    of_files = select(Artifact.sha256).where(Artifact.sha256.in_(digests))
    of_pictures = select(ExtensionImage.sha256).where(ExtensionImage.sha256.in_(digests))
    return {*session.scalars(of_files), *session.scalars(of_pictures)}


def quarantined(session: KitSession) -> dict[uuid.UUID, int]:
    """How many files were found missing or damaged, for the vendors that have some."""
    found = select(Artifact.vendor_id, func.count()).group_by(Artifact.vendor_id)
    rows = session.execute(found.where(Artifact.status == ArtifactStatus.QUARANTINED))
    return dict(rows.all())
