"""Features: options that products carry."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.editing import faster
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries
from app.catalog.schemas.features import CreateFeature, UpdateFeature
from app.catalog.service.features import create_feature, update_feature
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep, form

router = pages("/features")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]
_PATH = "/cabinet/features"


@router.get("")
def feature_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """All options, and the form for one more."""
    context = {
        "features": queries.features(session, viewer.vendor_id),
        "form": form(request, viewer.locale),
    }
    return page(request, viewer, "cabinet/features/list.html", context)


@router.post("")
def add_feature(
    request: Request, session: SessionDep, viewer: Writer, fields: FieldsDep, once: OnceDep
) -> Response:
    """One more option."""
    wish = command(CreateFeature, fields.given("code", "name"))
    made = create_feature(session, viewer.vendor_id, wish, actor=viewer.actor)
    return go(request, once.leads_to(_PATH), N_("{name} is added"), name=made.name)


@router.get("/{feature_id}")
def edit_feature(
    request: Request, session: ReadSessionDep, viewer: Writer, feature_id: uuid.UUID
) -> Response:
    """The option's name, and whether it is still given."""
    found = queries.feature(session, viewer.vendor_id, feature_id)
    now = {"name": found.name, "retired": "on" if found.retired else None}
    filled = form(request, viewer.locale, now, version=found.row_version)
    context = {"feature": found, "form": filled, "now": {"name": found.name}}
    context |= faster(request, session, viewer, "feature", found.id)
    return page(request, viewer, "cabinet/features/edit.html", context)


@router.post("/{feature_id}")
def change_feature(
    request: Request, session: SessionDep, viewer: Writer, feature_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Renames or retires the option."""
    told = fields.own({"name": fields.text("name"), "retired": fields.has("retired")})
    wish, version = command(UpdateFeature, told), fields.version()
    update_feature(session, viewer.vendor_id, feature_id, wish, version=version, actor=viewer.actor)
    return go(request, _PATH, N_("Saved"))
