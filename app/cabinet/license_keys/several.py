"""What is done with several keys of the list at once."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.license_keys.lists import KIND
from app.cabinet.routers import pages
from app.cabinet.several import Act, Find, confirmed, selection
from app.cabinet.templates import page
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep, form
from app.licensing.queries import keys, lists
from app.licensing.schemas import SuspendKeys
from app.licensing.schemas.views import ListKeys
from app.licensing.service.lifecycle import suspend_several

router = pages("/license-keys")
ACT = Act(KIND, ListKeys, "keys", "/cabinet/license-keys")
Manager = Annotated[Viewer, Depends(Signed(Permission.KEYS_MANAGE))]


def _find(session: KitSession, viewer: Viewer) -> Find:
    return partial(lists.active_keys, session, viewer.vendor_id)


@router.get("/suspend")
def ask_to_suspend_several(request: Request, session: ReadSessionDep, viewer: Manager) -> Response:
    """How many keys and seats would stop."""
    filled = form(request, viewer.locale)
    chosen = selection(request, viewer, ACT, _find(session, viewer), filled)
    found = keys.active_of(session, viewer.vendor_id, chosen.ids)
    taken = keys.seats_taken(session, viewer.vendor_id, [key.id for key in found])
    context = {"found": found, "form": filled, "seats_lost": taken}
    return page(
        request,
        viewer,
        "cabinet/license_keys/suspend_several.html",
        context | chosen.context(),
    )


@router.post("/suspend")
def suspend_keys(
    request: Request, session: SessionDep, viewer: Manager, fields: FieldsDep, once: OnceDep
) -> Response:
    """Stops them all."""
    ids = confirmed(request, fields, ACT, _find(session, viewer))
    wish = command(SuspendKeys, {"keys": ids, "reason": fields.text("reason")})
    count = suspend_several(session, viewer.vendor_id, wish, actor=viewer.actor)
    path = once.leads_to("/cabinet/license-keys?status=suspended")
    return go(request, path, N_("Keys suspended: {n}"), n=str(count))
