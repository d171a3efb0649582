"""The mail server of the vendor's letters, reminders, and a letter that proves them."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response
from pydantic import BaseModel

from app.accounts import queries as accounts
from app.accounts import service
from app.accounts.models import Vendor
from app.accounts.schemas import UpdateVendor
from app.accounts.schemas.people import Email, SetMail, SmtpServer
from app.accounts.service import mailing
from app.cabinet.routers import pages
from app.cabinet.settings.forms import (
    PATH,
    Change,
    Consequence,
    Manager,
    Part,
    Setting,
    confirm,
    show,
)
from app.cabinet.templates import page
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, OnceDep, form

router = pages("/settings/mail")
_MAIL: Final = f"{PATH}/mail"
_SERVER: Final = ("host", "port", "security", "username", "sender", "sender_name")
_TYPED: Final = ("host", "username", "sender", "sender_name")
"""What stands in a form only if somebody typed it."""
PART: Final = Part(
    "mail",
    (
        Setting("host", N_("Server"), "line"),
        Setting("port", N_("Port")),
        Setting("security", N_("Connection"), "line"),
        Setting("username", N_("User"), "line", required=False),
        Setting("sender", N_("Sender's address"), "line"),
        Setting("sender_name", N_("Sender's name"), "line", required=False),
        Setting("expiry_reminders", N_("Remind customers of ends"), "tick"),
    ),
)
NONE: Final = Consequence(
    N_("Without a server no letter leaves, those in the queue fail; the password is forgotten.")
)


class SendTest(BaseModel):
    """Where the letter goes that proves the settings."""

    to: Email


@router.get("")
def ask(request: Request, session: ReadSessionDep, viewer: Manager) -> Response:
    """The server, never its password."""
    vendor = accounts.vendor(session, viewer.vendor_id)
    more = {"has_password": vendor.smtp_password is not None, "has_server": vendor.smtp is not None}
    return show(request, viewer, PART, _now(vendor), vendor.row_version, **more)


@router.post("")
def save(
    request: Request, session: SessionDep, viewer: Manager, fields: FieldsDep, once: OnceDep
) -> Response:
    """Another server, none, or other reminders; to go without letters is confirmed first."""
    vendor = accounts.vendor(session, viewer.vendor_id)
    wish = _server(fields, vendor)
    if wish.server is None and vendor.smtp is not None and not fields.has("sure"):
        change = Change(PART.labels["host"], vendor.smtp["host"], None)
        return confirm(request, viewer, PART, [change], [NONE], fields)
    told = fields.own({"expiry_reminders": fields.has("expiry_reminders")})
    mailing.set_mail(session, vendor, wish, actor=viewer.actor, version=fields.version())
    service.update_vendor(session, vendor, command(UpdateVendor, told), actor=viewer.actor)
    return go(request, once.leads_to(_MAIL), N_("Saved"))


@router.get("/test")
def ask_where(request: Request, session: ReadSessionDep, viewer: Manager) -> Response:
    """Where a letter goes, and what became of those before."""
    letters = accounts.letters_about(session, viewer.vendor_id, viewer.vendor_id)
    context = {
        "form": form(request, viewer.locale, {"to": viewer.email}),
        "letters": [letter for letter in letters if letter.kind == "test"],
        "can_send": mailing.can_send(session, viewer.vendor_id),
    }
    return page(request, viewer, "cabinet/settings/test.html", context)


@router.post("/test")
def send(
    request: Request, session: SessionDep, viewer: Manager, fields: FieldsDep, once: OnceDep
) -> Response:
    """Puts the letter into the queue."""
    wish = command(SendTest, to=fields.text("to"))
    vendor = accounts.vendor(session, viewer.vendor_id)
    mailing.send_test(session, vendor, mailing.To(wish.to, viewer.locale))
    path = once.leads_to(f"{_MAIL}/test")
    return go(request, path, N_("The letter is on its way to {email}"), email=wish.to)


def _now(vendor: Vendor) -> dict[str, object]:
    server: Mapping[str, Any] = vendor.smtp or {"port": 587, "security": "starttls"}
    told = {name: server.get(name, "") for name in _SERVER}
    return told | {"expiry_reminders": vendor.expiry_reminders}


def _server(fields: Fields, vendor: Vendor) -> SetMail:
    """The server as it was typed; nothing typed is none."""
    told = _now(vendor) | fields.own({name: fields.text(name) for name in _SERVER})
    password = fields.text("password") or None
    if password is None and not any(str(told[name]).strip() for name in _TYPED):
        return SetMail(server=None)
    return command(SetMail, server=command(SmtpServer, told), password=password)
