"""Batches of coupons: the list, the masked card, the codes once more for their maker."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.coupons.lists import coupon_rows
from app.cabinet.lists import Filter, Listing, ListKind, asked, given
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.coupons import queries
from app.coupons.schemas import FindBatches, ListCoupons
from app.coupons.service.exports import SHOWN_FOR, CodeRow, code_rows, reopen
from app.customers import queries as customers
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_, translate
from app.kit.problems import command
from app.kit.web.forms import FieldsDep
from app.kit.web.tables import Format, download

router = pages("/coupons/batches")
Reader = Annotated[Viewer, Depends(Signed(Permission.COUPONS_READ))]
FreshMaker = Annotated[Viewer, Depends(Signed(Permission.COUPONS_GENERATE, fresh=True))]
KIND = ListKind(
    filters=(
        Filter("invoice_number", N_("Invoice")),
        Filter("distributor_id", N_("Distributor")),
        Filter("created_from", N_("Made from")),
        Filter("created_to", N_("Made until")),
    )
)
HEAD = (
    N_("Coupon"),
    N_("What it does"),
    N_("Valid until"),
    N_("Uses"),
    N_("Batch"),
    N_("Invoice"),
    N_("Distributor"),
    N_("Note"),
)


class AskedFormat(BaseModel):
    """How the codes are to be given; without it they are shown on a page."""

    format: Format | None = None


@router.get("")
def batch_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The batches that the address asks for, newest first."""
    found = queries.batches(session, viewer.vendor_id, asked(FindBatches, request))
    partners = customers.distributor_names(session, viewer.vendor_id)
    names = {str(one): name for one, name in partners.items()}
    path = "/cabinet/coupons/batches"
    listing = Listing(KIND, path, given(request), viewer.locale, found, None, names)
    context = {"listing": listing, "partners": partners}
    return page(request, viewer, "cabinet/coupons/batches.html", context)


@router.get("/{batch_id}")
def batch_card(
    request: Request, session: ReadSessionDep, viewer: Reader, batch_id: uuid.UUID
) -> Response:
    """One batch with its coupons, masked; its maker may open the codes for a day."""
    batch = queries.batch(session, viewer.vendor_id, batch_id)
    wish = ListCoupons(batch_id=batch_id, cursor=request.query_params.get("cursor"))
    found, count = queries.coupons_looked_for(session, viewer.vendor_id, wish)
    opens = batch.created_by_id == viewer.user_id and session.now() <= batch.created_at + SHOWN_FOR
    context = {
        "batch": batch,
        "rows": coupon_rows(session, viewer, found.rows),
        "found": found,
        "count": count,
        "opens": opens,
        "letters": accounts.letters_about(session, viewer.vendor_id, batch.id),
        "partners": customers.distributor_names(session, viewer.vendor_id),
    }
    return page(request, viewer, "cabinet/coupons/batch.html", context)


@router.post("/{batch_id}/codes")
def batch_codes(
    request: Request,
    session: SessionDep,
    viewer: FreshMaker,
    batch_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """The codes once more, on a page or as a file."""
    wish = command(AskedFormat, fields.given("format"))
    batch, codes = reopen(session, viewer.vendor_id, batch_id, actor=viewer.actor)
    first = coupon_rows(session, viewer, [queries.first_coupon(session, batch)])[0]
    if wish.format is None:
        context = {"batch": batch, "codes": list(codes), "sentence": first.sentence}
        return page(request, viewer, "cabinet/coupons/result.html", context | {"activated": None})
    rows = [_cells(row) for row in code_rows(session, batch, codes, first.sentence)]
    head = [translate(cell, viewer.locale) for cell in HEAD]
    return download(batch.name, wish.format, head, rows)


def _cells(row: CodeRow) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in CodeRow.__slots__)
