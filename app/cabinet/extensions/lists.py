"""The list of extensions."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.lists import Filter, Listing, ListKind, asked, chosen_columns, given
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.catalog.queries.extensions import extensions, newest_published
from app.catalog.schemas.extensions import ListExtensions
from app.delivery.queries.spread import use
from app.kit.db import ReadSessionDep
from app.kit.i18n import N_

router = pages("/extensions")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
PATH = "/cabinet/extensions"
KIND = ListKind(
    filters=(
        Filter("q", N_("Text")),
        Filter("product", N_("Product")),
        Filter("published", N_("Offered"), {"true": N_("yes"), "false": N_("no")}),
    ),
    columns=(
        ("onec_name", N_("Name in 1C")),
        ("product", N_("Product")),
        ("newest", N_("Newest release")),
        ("keys", N_("Keys")),
        ("failures", N_("Failures in 7 days")),
    ),
)


@router.get("")
def extension_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """What is delivered, each with its newest release and how it goes."""
    found = extensions(session, viewer.vendor_id, asked(ListExtensions, request))
    rows = [line.extension for line in found.rows]
    names = catalog.product_names(session, viewer.vendor_id)
    context = {
        "listing": Listing(
            KIND,
            PATH,
            given(request),
            viewer.locale,
            found,
            texts=names,
            chosen=chosen_columns(session, viewer, "extensions"),
        ),
        "products": names,
        "newest": newest_published(session, [row.id for row in rows]),
        "use": use(session, rows),
    }
    return page(request, viewer, "cabinet/extensions/list.html", context)
