"""Pictures of an extension: its logo and screenshots."""

import uuid
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.extensions.lists import PATH
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.cabinet.uploads import UploadRoute, file_of
from app.catalog.models import ImageKind
from app.catalog.queries import extensions as queries
from app.catalog.service import extensions as service
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import NotFound, command
from app.kit.streaming import Stream
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form

router = pages("/extensions", UploadRoute)
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]


class Kind(BaseModel):
    """What the picture is."""

    kind: Literal["logo", "screenshot"]


@router.get("/{extension_id}/pictures")
def pictures(
    request: Request, session: ReadSessionDep, viewer: Writer, extension_id: uuid.UUID
) -> Response:
    """What there is, and the form for one more."""
    found = queries.extension(session, viewer.vendor_id, extension_id)
    [line] = queries.described(session, [found])
    first = {"kind": "screenshot" if line.logo else "logo"}
    filled = form(request, viewer.locale, first, version=found.row_version)
    context = {"extension": found, "line": line, "form": filled}
    return page(request, viewer, "cabinet/extensions/pictures.html", context)


@router.post("/{extension_id}/pictures")
def change_pictures(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    extension_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Adds a picture, or takes one away."""
    there = f"{PATH}/{extension_id}/pictures"
    name, _, image_id = fields.text("do").partition(":")
    if name == "remove":
        image = queries.image(session, viewer.vendor_id, _id(image_id))
        service.remove_image(session, viewer.vendor_id, image.id, actor=viewer.actor)
        return go(request, there, N_("The picture is removed"))
    kind = command(Kind, fields.given("kind")).kind
    data = file_of(fields, "image").file.read(service.IMAGE_MAX + 1)
    service.add_image(
        session, viewer.vendor_id, extension_id, ImageKind(kind), data, actor=viewer.actor
    )
    return go(request, there, N_("The picture is added"))


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None


@router.get("/{extension_id}/pictures/{image_id}")
def picture(
    session: ReadSessionDep, viewer: Reader, extension_id: uuid.UUID, image_id: uuid.UUID
) -> Response:
    """The picture itself."""
    image = queries.image(session, viewer.vendor_id, image_id)
    if image.extension_id != extension_id:
        raise NotFound
    headers = {"Content-Length": str(image.size), "Content-Type": image.media_type}
    return Stream(session.kit.artifacts.read(image.sha256), 200, headers)
