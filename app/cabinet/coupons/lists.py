"""The list of coupons and the card of one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.audit import queries as audit
from app.cabinet.auth import Signed, Viewer
from app.cabinet.lists import Filter, Listing, ListKind, asked, chosen_columns, given, shortened
from app.cabinet.routers import pages
from app.cabinet.states import LOOKS
from app.cabinet.templates import page
from app.cabinet.words import PRESETS
from app.catalog import queries as catalog
from app.coupons import queries
from app.coupons.models import Coupon, CouponBatch
from app.coupons.schemas import FindRedemptions, ListCoupons
from app.coupons.service.describe import describe
from app.customers import queries as customers
from app.kit.clock import local_date
from app.kit.db import KitSession, ReadSessionDep
from app.kit.i18n import N_
from app.kit.paging import Page
from app.licensing.schemas import OPERATIONS

router = pages("/coupons")
Reader = Annotated[Viewer, Depends(Signed(Permission.COUPONS_READ))]
WORDS = {code: LOOKS["coupon"][code].word for code in ("active", "disabled")}
KIND = ListKind(
    filters=(
        Filter("hint", N_("Last five symbols")),
        Filter("status", N_("State"), WORDS),
        Filter("preset", N_("What for"), PRESETS),
        Filter("product", N_("Product")),
        Filter("created_from", N_("Made from")),
        Filter("created_to", N_("Made until")),
        Filter("batch_id", N_("Batch")),
        Filter("invoice_number", N_("Invoice")),
        Filter("bound_key_id", N_("Key")),
        Filter("bound_customer_id", N_("Customer")),
    ),
    columns=(
        ("does", N_("What it does")),
        ("used", N_("Used")),
        ("until", N_("Valid until")),
        ("batch", N_("Batch")),
        ("invoice", N_("Invoice")),
        ("distributor", N_("Distributor")),
    ),
)


@dataclass(frozen=True, slots=True)
class CouponRow:
    """A coupon in a list."""

    coupon: Coupon
    batch: CouponBatch
    sentence: str
    state: str
    distributor: str


def coupon_rows(session: KitSession, viewer: Viewer, found: Sequence[Coupon]) -> list[CouponRow]:
    """Several coupons at once, in their order."""
    known = queries.names(session, viewer.vendor_id)
    today = local_date(session.now(), accounts.vendor(session, viewer.vendor_id).time_zone)
    batches = queries.batches_of(session, viewer.vendor_id, {row.batch_id for row in found})
    partners = customers.distributor_names(session, viewer.vendor_id)
    bound = {row.bound_key_id for row in found if row.bound_key_id is not None}
    called = queries.called_all(session, viewer.vendor_id, bound) if bound else {}
    return [
        CouponRow(
            row,
            batches[row.batch_id],
            describe(
                OPERATIONS.validate_python(row.operations),
                replace(known, key=called[row.bound_key_id]) if row.bound_key_id else known,
                viewer.locale,
            ),
            queries.state_of(row, today),
            _partner(partners, batches[row.batch_id]),
        )
        for row in found
    ]


def _partner(known: Mapping[uuid.UUID, str], batch: CouponBatch) -> str:
    return known.get(batch.distributor_id, "") if batch.distributor_id else ""


@router.get("")
def coupon_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The coupons that the address asks for, newest first."""
    if (shorter := shortened(request)) is not None:
        return shorter
    wish = asked(ListCoupons, request)
    found, count = queries.coupons_looked_for(session, viewer.vendor_id, wish)
    products = catalog.product_names(session, viewer.vendor_id)
    texts = dict(products)
    if wish.batch_id is not None:
        batch = queries.batch(session, viewer.vendor_id, wish.batch_id)
        texts[str(batch.id)] = batch.name
    chosen = chosen_columns(session, viewer, "coupons")
    listing = Listing(
        KIND, "/cabinet/coupons", given(request), viewer.locale, found, count, texts, chosen
    )
    rows = coupon_rows(session, viewer, found.rows)
    context = {"listing": listing, "rows": rows, "products": products, "presets": PRESETS}
    return page(request, viewer, "cabinet/coupons/list.html", context)


@router.get("/{coupon_id}")
def coupon_card(
    request: Request, session: ReadSessionDep, viewer: Reader, coupon_id: uuid.UUID
) -> Response:
    """One coupon: what it does, its limits, who used it, what happened to it."""
    coupon = queries.coupon(session, viewer.vendor_id, coupon_id)
    where = Page(cursor=request.query_params.get("cursor"), filters={"": request.url.path})
    context = {
        "row": coupon_rows(session, viewer, [coupon])[0],
        "coupon": coupon,
        "used": queries.redemptions(
            session, viewer.vendor_id, FindRedemptions(coupon_id=coupon.id)
        ),
        "events": audit.history(session, viewer.vendor_id, "coupon", coupon.id, where),
        "letters": accounts.letters_about(session, viewer.vendor_id, coupon.id),
    }
    return page(request, viewer, "cabinet/coupons/card.html", context)
