"""The agreements of a product: published one after another, never changed."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.products.cards import frame
from app.cabinet.products.lists import PATH
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries
from app.catalog.queries.eulas import eulas
from app.catalog.schemas.eulas import FindEulas, PublishEula
from app.catalog.service.eulas import publish_eula
from app.delivery.queries.acceptances import accepted_count
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep, form

router = pages("/products")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]


@router.get("/{product_id}/agreements")
def agreements(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """All that were published, each with how many infobases accepted it."""
    product = queries.product(session, viewer.vendor_id, product_id)
    wish = FindEulas(product=product.code, cursor=request.query_params.get("cursor"))
    found = eulas(session, viewer.vendor_id, wish)
    rows = [row for row, _ in found.rows]
    context = frame(session, viewer, product, "agreements") | {
        "eulas": rows,
        "next_cursor": found.next_cursor,
        "accepted": accepted_count(session, viewer.vendor_id, [row.id for row in rows]),
    }
    return page(request, viewer, "cabinet/products/agreements.html", context)


@router.get("/{product_id}/eula")
def new_eula(
    request: Request, session: ReadSessionDep, viewer: Writer, product_id: uuid.UUID
) -> Response:
    """The next agreement, beginning with the text of the last one."""
    product = queries.product(session, viewer.vendor_id, product_id)
    known = eulas(session, viewer.vendor_id, FindEulas(product=product.code)).rows
    last = known[0][0] if known else None
    first = {"text_ru": last.text_ru, "text_en": last.text_en} if last else {}
    context = {"product": product, "form": form(request, viewer.locale, first)}
    return page(request, viewer, "cabinet/products/eula.html", context)


@router.post("/{product_id}/eula")
def publish_product_eula(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    product_id: uuid.UUID,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """Publishes the agreement: nobody changes it afterwards."""
    product = queries.product(session, viewer.vendor_id, product_id)
    told = fields.given("text_ru", "text_en", "effective_from")
    wish = command(PublishEula, told, product=product.code)
    publish_eula(session, viewer.vendor_id, wish, actor=viewer.actor)
    path = once.leads_to(f"{PATH}/{product_id}/agreements")
    return go(request, path, N_("The agreement is published"))
