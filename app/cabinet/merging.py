"""Merging customers: who is taken in, what would move, and the merge itself."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.customers import queries
from app.customers.schemas import ListCustomers, MergeCustomers
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form
from app.licensing.service.customers import merge, preview_merge

router = pages("/customers")
Writer = Annotated[Viewer, Depends(Signed(Permission.CUSTOMERS_WRITE))]
_OFFERED = 20


@router.get("/{customer_id}/merge")
def ask_to_merge(
    request: Request, session: ReadSessionDep, viewer: Writer, customer_id: uuid.UUID
) -> Response:
    """Whom the customer is to take in: those that words find."""
    survivor = queries.customer(session, viewer.vendor_id, customer_id)
    words = request.query_params.get("q", "").strip()
    wish = command(ListCustomers, {"q": words or None, "limit": _OFFERED, "status": "active"})
    found = queries.listed(session, viewer.vendor_id, wish).rows
    context = {
        "customer": survivor,
        "words": words,
        "offered": [one for one in found if one.id != survivor.id],
        "form": form(request, viewer.locale),
    }
    return page(request, viewer, "cabinet/customers/merge.html", context)


@router.post("/{customer_id}/merge")
def merge_customers(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    customer_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """First what would move, then the merge."""
    wish = command(MergeCustomers, {"from": fields.all("from")})
    act = merge if fields.text("do") == "merge" else preview_merge
    done = act(session, viewer.vendor_id, customer_id, wish, actor=viewer.actor)
    if act is merge:
        return go(request, f"/cabinet/customers/{customer_id}", N_("The customers are merged"))
    context = {"done": done, "form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/customers/merge_preview.html", context)
