"""Coupons to a customer by mail: one of them, or a fresh batch."""

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.mailing import can_send
from app.cabinet.auth import Signed, Viewer
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.coupons import queries
from app.coupons.schemas import SendCoupons
from app.coupons.service.letters import send_batch, send_coupon
from app.customers import queries as customers
from app.customers.models import Customer
from app.customers.schemas import ListCustomers
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, OnceDep, form, tried

router = pages("/coupons")
Sender = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL))]
AskingToSend = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL, fresh=False))]
_OFFERED = 20
_QUEUED = N_("The letter is queued")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent: how many codes, what they are called, whose they may only be."""

    path: str
    name: str
    count: int
    customer_id: uuid.UUID | None


@router.get("/batches/{batch_id}/send")
def ask_to_send_batch(
    request: Request, session: ReadSessionDep, viewer: AskingToSend, batch_id: uuid.UUID
) -> Response:
    """To whom the codes of the batch go."""
    batch = queries.batch(session, viewer.vendor_id, batch_id)
    bound = queries.first_coupon(session, batch).bound_customer_id
    path = f"/cabinet/coupons/batches/{batch_id}"
    return _ask(request, session, viewer, Parcel(path, batch.name, batch.count, bound))


@router.post("/batches/{batch_id}/send")
def send_codes(
    request: Request,
    session: SessionDep,
    viewer: Sender,
    batch_id: uuid.UUID,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """Queues one letter with all codes."""
    send_batch(session, viewer.vendor_id, batch_id, _wish(fields), actor=viewer.actor)
    return go(request, once.leads_to(f"/cabinet/coupons/batches/{batch_id}"), _QUEUED)


@router.get("/{coupon_id}/send")
def ask_to_send_coupon(
    request: Request, session: ReadSessionDep, viewer: AskingToSend, coupon_id: uuid.UUID
) -> Response:
    """To whom the code goes."""
    coupon = queries.coupon(session, viewer.vendor_id, coupon_id)
    path = f"/cabinet/coupons/{coupon_id}"
    return _ask(request, session, viewer, Parcel(path, coupon.hint, 1, coupon.bound_customer_id))


@router.post("/{coupon_id}/send")
def send_code(
    request: Request,
    session: SessionDep,
    viewer: Sender,
    coupon_id: uuid.UUID,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """Queues the letter; the worker opens the code when it writes."""
    send_coupon(session, viewer.vendor_id, coupon_id, _wish(fields), actor=viewer.actor)
    return go(request, once.leads_to(f"/cabinet/coupons/{coupon_id}"), _QUEUED)


def _wish(fields: Fields) -> SendCoupons:
    told = fields.given("customer_id", "to", "locale")
    return command(SendCoupons, told | {"connection_file": fields.has("connection_file")})


def _ask(request: Request, session: KitSession, viewer: Viewer, parcel: Parcel) -> Response:
    words = request.query_params.get("q", "").strip()
    first = {"customer_id": parcel.customer_id, "to": "email", "locale": viewer.vendor.locale}
    filled = form(request, viewer.locale, first | {"connection_file": "on"})
    context = {
        "parcel": parcel,
        "offered": _offered(session, viewer, filled.value("customer_id"), words),
        "words": words,
        "form": filled,
        "can_send": can_send(session, viewer.vendor_id),
    }
    return page(request, viewer, "cabinet/coupons/send.html", context)


def _offered(session: KitSession, viewer: Viewer, chosen: str, words: str) -> list[Customer]:
    """The customer that is named and those that the words find; without words nobody else."""
    found: list[Customer] = []
    wish, _ = tried(lambda: command(SendCoupons, {"customer_id": chosen}))
    if wish is not None:
        found = [customers.customer(session, viewer.vendor_id, wish.customer_id)]
    if not words:
        return found
    asked = command(ListCustomers, {"limit": _OFFERED, "status": "active", "q": words})
    rows = customers.listed(session, viewer.vendor_id, asked).rows
    return found + [row for row in rows if row.id not in {one.id for one in found}]
