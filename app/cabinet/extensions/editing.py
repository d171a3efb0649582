"""Making and changing extensions."""

import uuid
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.editing import faster
from app.cabinet.extensions.lists import PATH
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.catalog.models import ProductStatus
from app.catalog.queries import extensions as queries
from app.catalog.queries.extensions import Line
from app.catalog.schemas.extensions import CreateExtension, UpdateExtension
from app.catalog.service import extensions as service
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.fields import Said
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, OnceDep, form

router = pages("/extensions")
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]
FLAGS = (
    "exclusive_required",
    "safe_mode_off_required",
    "unsafe_action_protection_off",
    "restart_required",
    "backup_required",
)
NAMES = ("conflicts_with", "requires")
_TEXTS = ("title_en", "description_en", "docs_url", "trial_product")
_TOLD = ("product", "onec_name", "title_ru", "purpose")


class AskedProduct(BaseModel):
    """For which product the new extension is."""

    product: Said = ""


def lines_of(fields: Fields, name: str, between: str = "\n") -> list[str]:
    """A list as people type it: one per line, or with another sign between them."""
    parts = fields.text(name).replace(between, "\n").split("\n")
    return [part.strip() for part in parts if part.strip()]


def install_told(fields: Fields) -> dict[str, Any]:
    """What an installation needs, as extensions and releases have it."""
    told: dict[str, Any] = {flag: fields.has(flag) for flag in FLAGS}
    return told | {name: lines_of(fields, name, ",") for name in NAMES}


def joined(problem: ValidationFailed) -> ValidationFailed:
    """Errors of one line of a list as errors of the field that holds the list."""
    for error in problem.errors:
        error["pointer"] = "/" + error["pointer"].strip("/").split("/")[0]
    return problem


def _told(fields: Fields) -> dict[str, Any]:
    told: dict[str, Any] = {name: fields.text(name) for name in _TOLD}
    told |= fields.or_none(*_TEXTS) | install_told(fields)
    told["description_ru"] = fields.text("description_ru")
    return told | {"published": fields.has("published")}


def _offered(session: KitSession, viewer: Viewer, *held: str | None) -> dict[str, object]:
    """Products to choose from: archived ones only where they are chosen already."""
    known = [
        each.product
        for each in catalog.sold_products(session, viewer.vendor_id)
        if each.product.status != ProductStatus.ARCHIVED or each.product.code in held
    ]
    known.sort(key=lambda each: each.name)
    return {"products": [(each.code, each.name) for each in known]}


@router.get("/new")
def new_extension(
    request: Request,
    session: ReadSessionDep,
    viewer: Writer,
    asked: Annotated[AskedProduct, Depends()],
) -> Response:
    """An empty form with what most extensions need."""
    first = {
        "product": asked.product,
        "purpose": "customization",
        "exclusive_required": "on",
        "restart_required": "on",
        "published": "on",
    }
    context = {"form": form(request, viewer.locale, first), **_offered(session, viewer)}
    return page(request, viewer, "cabinet/extensions/new.html", context)


@router.post("/new")
def create_extension(
    request: Request, session: SessionDep, viewer: Writer, fields: FieldsDep, once: OnceDep
) -> Response:
    """A new line of releases."""
    told = _told(fields) | {"code": fields.text("code").strip()}
    told = {name: value for name, value in told.items() if value != ""}  # missing, not malformed
    try:
        wish = command(CreateExtension, told)
    except ValidationFailed as problem:
        raise joined(problem) from None
    made = service.create_extension(session, viewer.vendor_id, wish, actor=viewer.actor)
    there = once.leads_to(f"{PATH}/{made.id}")
    return go(request, there, N_("{name} is added"), name=made.title_ru)


@router.get("/{extension_id}/edit")
def edit_extension(
    request: Request, session: ReadSessionDep, viewer: Writer, extension_id: uuid.UUID
) -> Response:
    """The extension's form."""
    found = queries.extension(session, viewer.vendor_id, extension_id)
    [line] = queries.described(session, [found])
    now, asked = _now(line), request.query_params.get("onec_name", "")
    first = now | ({"onec_name": asked} if asked else {})
    context = {
        "extension": found,
        "form": form(request, viewer.locale, first, version=found.row_version),
        "now": now,
        "may_rename": not queries.has_releases(session, found),
        **_offered(session, viewer, line.product, line.trial_product),
        **faster(request, session, viewer, "extension", found.id),
    }
    return page(request, viewer, "cabinet/extensions/edit.html", context)


def _now(line: Line) -> dict[str, object]:
    row = line.extension
    now: dict[str, object] = {
        name: getattr(row, name)
        for name in (*_TOLD, *_TEXTS, "description_ru")
        if not name.endswith("product")
    }
    now |= {"product": line.product, "trial_product": line.trial_product}
    now |= {name: "\n".join(getattr(row, name)) for name in NAMES}
    return now | {flag: "on" if getattr(row, flag) else None for flag in (*FLAGS, "published")}


@router.post("/{extension_id}/edit")
def update_extension(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    extension_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Changes the extension; releases that exist keep their install flags."""
    try:
        wish = command(UpdateExtension, fields.own(_told(fields)))
    except ValidationFailed as problem:
        raise joined(problem) from None
    version = fields.version()
    service.update_extension(
        session, viewer.vendor_id, extension_id, wish, version=version, actor=viewer.actor
    )
    return go(request, f"{PATH}/{extension_id}", N_("Saved"))
