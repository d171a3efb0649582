"""Deleting a draft."""

import uuid

from fastapi import Request, Response

from app.cabinet.confirming import Confirmation
from app.cabinet.releases.frames import Writer, frame
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.catalog.service import drafts
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form

router = pages("/releases")
DELETE = Confirmation(
    N_("Delete the draft {name}?"),
    N_("Its file, rules and documents go with it. A published release can only be withdrawn."),
    N_("Delete the draft"),
    danger=True,
)


@router.get("/{release_id}/delete")
def ask_to_delete(
    request: Request, session: ReadSessionDep, viewer: Writer, release_id: uuid.UUID
) -> Response:
    """What goes with the draft."""
    found = frame(session, viewer, release_id, "main")
    filled = form(request, viewer.locale, version=found.release.row_version)
    name = found.release.version or found.extension.title_ru
    trail = [(f"/cabinet/extensions/{found.extension.id}", found.extension.title_ru)]
    context = DELETE.context(filled, name, found.path) | {"trail": trail, "seats_lost": 0}
    return page(request, viewer, "cabinet/confirm.html", context)


@router.post("/{release_id}/delete")
def delete_draft(
    request: Request, session: SessionDep, viewer: Writer, release_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Deletes it."""
    release = catalog.release(session, viewer.vendor_id, release_id)
    extension_id, version = release.extension_id, fields.version()
    drafts.delete_draft(session, viewer.vendor_id, release_id, version=version, actor=viewer.actor)
    return go(request, f"/cabinet/extensions/{extension_id}", N_("The draft is deleted"))
