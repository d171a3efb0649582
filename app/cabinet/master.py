"""An owner's word that the words of MASTER are kept."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service import vendors
from app.cabinet.auth import Signed, Viewer
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit.db import SessionDep
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed
from app.kit.web import flash
from app.kit.web.forms import FieldsDep, form

router = pages("/trust/master")
Owner = Annotated[Viewer, Depends(Signed(Permission.VENDOR_MANAGE))]
_UNTICKED = ("missing", N_("Tick it when the words are written down"))


@router.get("")
def ask(request: Request, viewer: Owner) -> Response:
    """What MASTER is, and what the owner is asked to say."""
    context = {"form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/master/page.html", context)


@router.post("")
def confirm(request: Request, viewer: Owner, fields: FieldsDep, session: SessionDep) -> Response:
    """Keeps the word; the banner goes."""
    if not fields.has("kept"):
        raise ValidationFailed.at({"/kept": _UNTICKED})
    vendors.confirm_master(session, viewer.vendor_id, actor=viewer.actor)
    return flash.go(request, "/cabinet/trust/master", N_("Kept: the words of MASTER are written"))
