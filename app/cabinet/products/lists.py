"""The list of products."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.lists import Filter, Listing, ListKind, asked, chosen_columns, given
from app.cabinet.routers import pages
from app.cabinet.states import LOOKS
from app.cabinet.templates import page
from app.catalog import queries
from app.catalog.schemas.products import FindProducts
from app.kit.db import ReadSessionDep
from app.kit.i18n import N_
from app.licensing.queries.keys import keys_holding

router = pages("/products")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
PATH = "/cabinet/products"
KIND = ListKind(
    filters=(
        Filter("status", N_("State"), {k: v.word for k, v in LOOKS["product"].items()}),
        Filter("external_guid", N_("Code in CRM")),
    ),
    columns=(
        ("code", N_("Code")),
        ("features", N_("Features")),
        ("keys", N_("Keys")),
        ("trial", N_("Trial")),
        ("extensions", N_("Extensions")),
    ),
)


@router.get("")
def product_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """What the vendor sells, with how many keys hold each."""
    found = queries.products(session, viewer.vendor_id, asked(FindProducts, request))
    chosen = chosen_columns(session, viewer, "products")
    listing = Listing(KIND, PATH, given(request), viewer.locale, found, chosen=chosen)
    ids = [sold.product.id for sold in found.rows]
    context = {"listing": listing, "keys": keys_holding(session, viewer.vendor_id, ids)}
    return page(request, viewer, "cabinet/products/list.html", context)
