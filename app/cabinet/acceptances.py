"""Agreements of a product as they were accepted: who, for which infobase, exactly which text."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.lists import Filter, Listing, ListKind, asked, given
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries
from app.delivery.queries.lists import acceptances
from app.delivery.schemas.views import FindAcceptances
from app.kit.db import ReadSessionDep
from app.kit.i18n import N_

router = pages("/products/{product_id}/acceptances")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
KIND = ListKind(
    filters=(
        Filter("eula_id", N_("Agreement")),
        Filter("created_from", N_("From day")),
        Filter("created_to", N_("To day")),
        Filter("infobase_id", N_("Infobase")),
        Filter("key_id", N_("Key")),
    )
)


@router.get("")
def acceptance_list(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """The acceptances that the address asks for, newest first."""
    product = queries.product(session, viewer.vendor_id, product_id)
    wish = asked(FindAcceptances, request)
    found = acceptances(session, viewer.vendor_id, wish, product_id)
    names: dict[str, str] = {}
    for each in found.rows:
        eula, infobase, key, _ = each.named
        names |= {str(eula.id): f"№ {eula.number}", str(key.id): key.hint}
        names[str(infobase.id)] = infobase.label
    path = f"/cabinet/products/{product_id}/acceptances"
    listing = Listing(KIND, path, given(request), viewer.locale, found, None, names)
    context = {"product": product, "listing": listing}
    return page(request, viewer, "cabinet/products/acceptances.html", context)
