"""Taking a release back for good."""

import uuid
from typing import Any

from fastapi import Request, Response

from app.cabinet.releases.frames import PATH, Publisher, frame
from app.cabinet.releases.publication import require_typed
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.catalog.queries import releases as reads
from app.catalog.schemas.releases import WithdrawRelease
from app.catalog.service import releases as service
from app.delivery.queries.spread import holders, spread
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, form

router = pages("/releases")


@router.get("/{release_id}/withdraw")
def ask_to_withdraw(
    request: Request, session: ReadSessionDep, viewer: Publisher, release_id: uuid.UUID
) -> Response:
    """Who has the release, why it is taken back, and what they should do."""
    found = frame(session, viewer, release_id, "publish")
    context = found.context() | {
        "form": form(request, viewer.locale, {"advice": "stop"}),
        "earlier": reads.earlier_published(session, found.release),
        "holders": holders(session, found.release),
        "spread": spread(session, [found.release])[found.release.id],
    }
    return page(request, viewer, "cabinet/releases/withdraw.html", context)


@router.post("/{release_id}/withdraw")
def withdraw_release(
    request: Request,
    session: SessionDep,
    viewer: Publisher,
    release_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Takes it back."""
    release = catalog.release(session, viewer.vendor_id, release_id)
    require_typed(release, fields)
    wish = command(WithdrawRelease, _told(fields))
    service.withdraw(session, viewer.vendor_id, release_id, wish, actor=viewer.actor)
    return go(request, f"{PATH}/{release_id}/publish", N_("The release is withdrawn"))


def _told(fields: Fields) -> dict[str, Any]:
    """Words, and the advice: to stop, to go back to a release, or none."""
    told: dict[str, Any] = {"withdrawn_reason_ru": fields.text("withdrawn_reason_ru")}
    told |= fields.or_none("withdrawn_reason_en", "internal_note", "advice")
    if told["advice"] == "rollback_to":
        told |= fields.or_none("rollback_to_id")
    return told
