"""The card of a product: what is sold, features, trial, extensions, history; a tab for each."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.audit import queries as audit
from app.cabinet.auth import Signed, Viewer
from app.cabinet.editing import faster, merged
from app.cabinet.products import forms
from app.cabinet.products.lists import PATH
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries
from app.catalog.models import Product
from app.catalog.queries import extensions as lines
from app.catalog.schemas.extensions import FindExtensions
from app.catalog.schemas.products import UpdateProduct
from app.catalog.service import products
from app.kit.db import KitSession, ReadSessionDep, SessionDep, UnitOfWork
from app.kit.i18n import N_
from app.kit.paging import Page
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form
from app.licensing.queries.keys import keys_holding

router = pages("/products")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]
TABS = (
    ("main", "", N_("Main")),
    ("features", "/features", N_("Features")),
    ("trial", "/trial", N_("Trial")),
    ("agreements", "/agreements", N_("Agreements")),
    ("extensions", "/extensions", N_("Extensions")),
    ("history", "/history", N_("History")),
)


def frame(session: KitSession, viewer: Viewer, product: Product, tab: str) -> dict[str, object]:
    """What stands around every tab."""
    keys = keys_holding(session, viewer.vendor_id, [product.id])
    base = f"{PATH}/{product.id}"
    return {"product": product, "tabs": TABS, "tab": tab, "base": base, "keys": keys[product.id]}


def _form_page(
    request: Request,
    session: KitSession,
    viewer: Viewer,
    about: tuple[Product, str],
    now: Mapping[str, object],
) -> Response:
    product, tab = about
    (sold,) = queries.offerings(session, [product])
    context = frame(session, viewer, product, tab) | {
        "sold": sold,
        "form": form(request, viewer.locale, now, version=product.row_version),
        "now": now,
        **forms.offered(session, viewer, product.id),
        **faster(request, session, viewer, "product", product.id),
    }
    return page(request, viewer, f"cabinet/products/{tab}.html", context)


def _save(
    session: UnitOfWork,
    viewer: Viewer,
    product_id: uuid.UUID,
    told: Mapping[str, Any],
    version: int,
) -> None:
    wish = forms.read(UpdateProduct, told)
    products.update_product(
        session, viewer.vendor_id, product_id, wish, version=version, actor=viewer.actor
    )


@router.get("/{product_id}")
def product_card(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """What is sold by default."""
    product = queries.product(session, viewer.vendor_id, product_id)
    return _form_page(request, session, viewer, (product, "main"), forms.main_now(product))


@router.post("/{product_id}")
def update_product(
    request: Request, session: SessionDep, viewer: Writer, product_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Changes what is sold by default."""
    product = queries.product(session, viewer.vendor_id, product_id)
    told = forms.main_told(merged(fields, forms.main_now(product)))
    _save(session, viewer, product_id, told, fields.version())
    return go(request, f"{PATH}/{product_id}", N_("Saved"))


@router.get("/{product_id}/features")
def product_features(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """The options that come with the product."""
    product = queries.product(session, viewer.vendor_id, product_id)
    (sold,) = queries.offerings(session, [product])
    return _form_page(request, session, viewer, (product, "features"), forms.features_now(sold))


@router.post("/{product_id}/features")
def update_features(
    request: Request, session: SessionDep, viewer: Writer, product_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Changes which options come with it, and how much of each."""
    (sold,) = queries.offerings(session, [queries.product(session, viewer.vendor_id, product_id)])
    told = forms.features_told(session, viewer, merged(fields, forms.features_now(sold)))
    _save(session, viewer, product_id, told, fields.version())
    return go(request, f"{PATH}/{product_id}/features", N_("Saved"))


@router.get("/{product_id}/trial")
def product_trial(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """What may be tried without a coupon."""
    product = queries.product(session, viewer.vendor_id, product_id)
    return _form_page(request, session, viewer, (product, "trial"), forms.trial_now(product))


@router.post("/{product_id}/trial")
def update_trial(
    request: Request, session: SessionDep, viewer: Writer, product_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Changes what may be tried."""
    product = queries.product(session, viewer.vendor_id, product_id)
    told = forms.trial_told(merged(fields, forms.trial_now(product)))
    _save(session, viewer, product_id, told, fields.version())
    return go(request, f"{PATH}/{product_id}/trial", N_("Saved"))


@router.get("/{product_id}/extensions")
def product_extensions(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """What a key that holds the product opens."""
    product = queries.product(session, viewer.vendor_id, product_id)
    wish = FindExtensions(product=product.code, cursor=request.query_params.get("cursor"))
    found = lines.extensions(session, viewer.vendor_id, wish)
    rows = [line.extension for line in found.rows]
    context = frame(session, viewer, product, "extensions") | {
        "found": found,
        "newest": lines.newest_published(session, [row.id for row in rows]),
    }
    return page(request, viewer, "cabinet/products/extensions.html", context)


@router.get("/{product_id}/history")
def product_history(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """What was done to the product."""
    product = queries.product(session, viewer.vendor_id, product_id)
    where = Page(cursor=request.query_params.get("cursor"), filters={"": request.url.path})
    events = audit.history(session, viewer.vendor_id, "product", product.id, where)
    context = frame(session, viewer, product, "history") | {"events": events}
    return page(request, viewer, "cabinet/products/history.html", context)


@router.get("/{product_id}/archive")
def ask_to_archive(
    request: Request, session: ReadSessionDep, viewer: Writer, product_id: uuid.UUID
) -> Response:
    """How many keys hold what is not sold any more."""
    product = queries.product(session, viewer.vendor_id, product_id)
    filled = form(request, viewer.locale, version=product.row_version)
    context = frame(session, viewer, product, "main") | {"form": filled}
    return page(request, viewer, "cabinet/products/archive.html", context)


@router.post("/{product_id}/archive")
def archive_product(
    request: Request, session: SessionDep, viewer: Writer, product_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """It is not sold any more."""
    _save(session, viewer, product_id, {"status": "archived"}, fields.version())
    return go(request, f"{PATH}/{product_id}", N_("The product is archived"))


@router.post("/{product_id}/restore")
def restore_product(
    request: Request, session: SessionDep, viewer: Writer, product_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """It is sold again."""
    _save(session, viewer, product_id, {"status": "active"}, fields.version())
    return go(request, f"{PATH}/{product_id}", N_("The product is sold again"))
