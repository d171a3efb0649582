"""What is done with several coupons of the list at once."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.coupons.lists import KIND
from app.cabinet.routers import pages
from app.cabinet.several import Act, Find, confirmed, selection
from app.cabinet.templates import page
from app.coupons import queries
from app.coupons.schemas import DisableCoupons, ListCoupons
from app.coupons.service.coupons import disable_several
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep, form

router = pages("/coupons")
ACT = Act(KIND, ListCoupons, "coupons", "/cabinet/coupons")
Disabler = Annotated[Viewer, Depends(Signed(Permission.COUPONS_DISABLE))]


def _find(session: KitSession, viewer: Viewer) -> Find:
    return partial(queries.active_coupons, session, viewer.vendor_id)


@router.get("/disable")
def ask_to_disable_several(request: Request, session: ReadSessionDep, viewer: Disabler) -> Response:
    """How many coupons could be used no more."""
    filled = form(request, viewer.locale)
    chosen = selection(request, viewer, ACT, _find(session, viewer), filled)
    found = queries.active_of(session, viewer.vendor_id, chosen.ids)
    context = {"found": found, "form": filled, **chosen.context()}
    return page(request, viewer, "cabinet/coupons/disable_several.html", context)


@router.post("/disable")
def disable_coupons(
    request: Request, session: SessionDep, viewer: Disabler, fields: FieldsDep, once: OnceDep
) -> Response:
    """Disables them all."""
    ids = confirmed(request, fields, ACT, _find(session, viewer))
    wish = command(DisableCoupons, {"coupons": ids, "reason": fields.text("reason")})
    count = disable_several(session, viewer.vendor_id, wish, actor=viewer.actor)
    path = once.leads_to("/cabinet/coupons?status=disabled")
    return go(request, path, N_("Coupons disabled: {n}"), n=str(count))
