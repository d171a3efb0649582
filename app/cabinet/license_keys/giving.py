"""What a customer is given for a key: the connection file, a letter."""

import uuid
from dataclasses import replace
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.mailing import can_send
from app.cabinet.auth import Signed, Viewer, require, require_fresh
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.customers import queries as customers
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.fields import Reveal
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep, form
from app.licensing.queries.keys import license_key
from app.licensing.schemas.letters import SendKey
from app.licensing.service.letters import send_key
from app.licensing.service.revealing import reveal
from app.trust import queries as trust
from wire.enrolment import SUFFIX, Connection, dumps

router = pages("/license-keys")
Reader = Annotated[Viewer, Depends(Signed(Permission.KEYS_READ))]
Sender = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL))]
AskingToSend = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL, fresh=False))]


@router.get("/{key_id}/connection")
def ask_for_connection(
    request: Request, session: ReadSessionDep, viewer: Reader, key_id: uuid.UUID
) -> Response:
    """What the file holds, and whether the key is to be in it."""
    key = license_key(session, viewer.vendor_id, key_id)
    context = {"key": key, "form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/license_keys/connection.html", context)


@router.post("/{key_id}/connection")
def connection_file(
    request: Request, session: SessionDep, viewer: Reader, key_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """The file; with the key in it this is a reveal."""
    key, told = (
        license_key(session, viewer.vendor_id, key_id),
        trust.connection_file(session, viewer.vendor_id),
    )
    if fields.has("with_key"):
        require(viewer, Permission.KEYS_REVEAL)
        viewer = require_fresh(request, viewer)
        why = Reveal(cause="sending")
        code = reveal(session, viewer.vendor_id, key.id, why, actor=viewer.actor)
        told = replace(told, key=code)
    return as_file(told)


def as_file(told: Connection) -> Response:
    """A connection file as a download."""
    name = quote(f"{told.vendor.name}{SUFFIX}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(dumps(told), media_type="application/json", headers=headers)


@router.get("/{key_id}/send")
def ask_to_send(
    request: Request, session: ReadSessionDep, viewer: AskingToSend, key_id: uuid.UUID
) -> Response:
    """To which address, in which language, with what."""
    key = license_key(session, viewer.vendor_id, key_id)
    customer = customers.customer(session, viewer.vendor_id, key.customer_id)
    first = {"to": "email", "locale": viewer.vendor.locale, "connection_file": "on"}
    context = {"key": key, "customer": customer, "form": form(request, viewer.locale, first)}
    context |= {"can_send": can_send(session, viewer.vendor_id)}
    return page(request, viewer, "cabinet/license_keys/send.html", context)


@router.post("/{key_id}/send")
def send_to_customer(
    request: Request,
    session: SessionDep,
    viewer: Sender,
    key_id: uuid.UUID,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """Queues the letter; the worker opens the code when it writes."""
    told = fields.given("to", "locale") | {"connection_file": fields.has("connection_file")}
    send_key(session, viewer.vendor_id, key_id, command(SendKey, told), actor=viewer.actor)
    path = once.leads_to(f"/cabinet/license-keys/{key_id}/history")
    return go(request, path, N_("The letter is queued"))
