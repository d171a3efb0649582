"""Keys issued and shown: a full key is only in the answer of the POST that made or revealed it."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.customers import queries as customers
from app.customers.models import Customer
from app.customers.schemas import ListCustomers
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.fields import Reveal
from app.kit.problems import command
from app.kit.web.forms import FieldsDep, OnceDep, form, tried
from app.licensing.queries.keys import license_key
from app.licensing.schemas import IssueKey, RotateKey
from app.licensing.service import keys, lifecycle
from app.licensing.service.revealing import reveal

router = pages("/license-keys")
Issuer = Annotated[Viewer, Depends(Signed(Permission.KEYS_ISSUE))]
Revealer = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL))]
AskingToReveal = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL, fresh=False))]
Manager = Annotated[Viewer, Depends(Signed(Permission.KEYS_MANAGE))]
FreshManager = Annotated[Viewer, Depends(Signed(Permission.KEYS_MANAGE, fresh=True))]
_OFFERED = 20


@router.get("/issue")
def new_key(request: Request, session: ReadSessionDep, viewer: Issuer) -> Response:
    """Whose key it is to be: one customer given, or those that a search finds."""
    given = request.query_params.get("customer_id")
    filled = form(request, viewer.locale, {"customer_id": given})
    words = request.query_params.get("q", "").strip()
    chosen = filled.value("customer_id")
    context = {"form": filled, "words": words, "offered": _offered(session, viewer, chosen, words)}
    return page(request, viewer, "cabinet/license_keys/issue.html", context)


def _offered(session: KitSession, viewer: Viewer, chosen: str, words: str) -> list[Customer]:
    """Customers to choose from: the one that is named, and those that the words find."""
    found: list[Customer] = []
    wish, _ = tried(lambda: command(IssueKey, {"customer_id": chosen}))
    if wish is not None:
        found = [customers.customer(session, viewer.vendor_id, wish.customer_id)]
    more = command(ListCustomers, {"limit": _OFFERED, "status": "active", "q": words or None})
    rows = customers.listed(session, viewer.vendor_id, more).rows if not found or words else []
    return found + [row for row in rows if row.id not in {one.id for one in found}]


@router.post("/issue")
def issue_key(
    request: Request, session: SessionDep, viewer: Issuer, fields: FieldsDep, once: OnceDep
) -> Response:
    """A new, empty key; its full code is in this answer only."""
    wish = command(IssueKey, fields.given("customer_id", "comment"))
    issued = keys.issue(session, viewer.vendor_id, wish, actor=viewer.actor)
    once.leads_to(f"/cabinet/license-keys/{issued.key.id}")
    return _shown(request, session, viewer, issued.key.id, issued.code, "issued")


@router.get("/{key_id}/reveal")
def ask_to_reveal(
    request: Request, session: ReadSessionDep, viewer: AskingToReveal, key_id: uuid.UUID
) -> Response:
    """Why the full key is needed."""
    key = license_key(session, viewer.vendor_id, key_id)
    context = {"key": key, "form": form(request, viewer.locale, {"cause": "client_lost"})}
    return page(request, viewer, "cabinet/license_keys/reveal.html", context)


@router.post("/{key_id}/reveal")
def reveal_key(
    request: Request, session: SessionDep, viewer: Revealer, key_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """The full key, once; with the reason in the history."""
    wish = command(Reveal, fields.given("cause", "reason"))
    code = reveal(session, viewer.vendor_id, key_id, wish, actor=viewer.actor)
    return _shown(request, session, viewer, key_id, code, "revealed")


@router.get("/{key_id}/rotate")
def ask_to_rotate(
    request: Request, session: ReadSessionDep, viewer: Manager, key_id: uuid.UUID
) -> Response:
    """How long the old code goes on, and why there is to be a new one."""
    key = license_key(session, viewer.vendor_id, key_id)
    context = {"key": key, "form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/license_keys/rotate.html", context)


@router.post("/{key_id}/rotate")
def rotate_key(
    request: Request,
    session: SessionDep,
    viewer: FreshManager,
    key_id: uuid.UUID,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """A new code; it is in this answer only."""
    wish = command(RotateKey, fields.given("reason", "grace_hours"))
    issued = lifecycle.rotate(session, viewer.vendor_id, key_id, wish, actor=viewer.actor)
    once.leads_to(f"/cabinet/license-keys/{key_id}")
    return _shown(request, session, viewer, key_id, issued.code, "rotated")


def _shown(
    request: Request,
    session: KitSession,
    viewer: Viewer,
    key_id: uuid.UUID,
    code: str,
    how: str,
) -> Response:
    key = license_key(session, viewer.vendor_id, key_id)
    customer = customers.customer(session, viewer.vendor_id, key.customer_id)
    context = {"key": key, "customer": customer, "code": code, "how": how}
    return page(request, viewer, "cabinet/license_keys/secret.html", context)
