"""Products of a key changed by hand: operations, a dry run, a reason."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.coupons import generating, shape
from app.cabinet.effects import effect_rows
from app.cabinet.formrows import Row
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.coupons import queries
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, Form, OnceDep, form, refusal
from app.licensing.queries.rights import key_rights
from app.licensing.schemas import ChangeRights
from app.licensing.service.manual import change_rights, preview_change

router = pages("/license-keys")
Writer = Annotated[Viewer, Depends(Signed(Permission.ENTITLEMENTS_WRITE))]


@router.get("/{key_id}/change")
def change_form(
    request: Request, session: ReadSessionDep, viewer: Writer, key_id: uuid.UUID
) -> Response:
    """Operations to be chosen; after a refusal as they were."""
    first = Form({"rows-0-op": ["add_product"], "rows-0-term": ["days"], "rows-0-days": ["365"]})
    filled = form(request, viewer.locale) if refusal(request) else first
    return _page(request, session, viewer, key_id, filled)


@router.post("/{key_id}/change")
def change_products(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    key_id: uuid.UUID,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """One of the form's buttons: rows, the dry run, and at last the change."""
    act, rows = fields.text("do"), fields.rows("rows")
    if act not in {"check", "change"}:
        values: dict[str, Sequence[str]] = {"reason": [fields.text("reason")]}
        filled = Form(values | shape.flat(shape.moved(rows, act)))
        return _page(request, session, viewer, key_id, filled)
    wish = _command(rows, fields)
    if act == "check":
        return _preview(request, session, viewer, key_id, fields, wish=wish)
    change_rights(session, viewer.vendor_id, key_id, wish, actor=viewer.actor)
    path = once.leads_to(f"/cabinet/license-keys/{key_id}")
    return go(request, path, N_("The products of the key are changed"))


def _command(rows: Sequence[Row], fields: Fields) -> ChangeRights:
    told = {"operations": shape.operations("custom", rows)} | fields.given("reason")
    try:
        return command(ChangeRights, told)
    except ValidationFailed as problem:
        raise shape.relocated(problem) from None


def _preview(
    request: Request,
    session: SessionDep,
    viewer: Viewer,
    key_id: uuid.UUID,
    fields: Fields,
    *,
    wish: ChangeRights,
) -> Response:
    effects = preview_change(session, viewer.vendor_id, key_id, wish, actor=viewer.actor)
    names = queries.names(session, viewer.vendor_id)
    documents: list[Mapping[str, Any]] = [effect.document() for effect in effects]
    kept = [pair for pair in fields.shown() if pair[0] not in {"do", "form_id", "vendor_id"}]
    context = {
        "rights": key_rights(session, viewer.vendor_id, key_id),
        "rows": effect_rows(documents, names, viewer.locale),
        "kept": kept,
        "form": Form({}),
    }
    return page(request, viewer, "cabinet/license_keys/change_preview.html", context)


def _page(
    request: Request, session: KitSession, viewer: Viewer, key_id: uuid.UUID, filled: Form
) -> Response:
    values = {"preset": ["custom"], **filled.values}
    chosen = generating.offered(session, viewer, Form(values))
    own = {"form": filled, "rights": key_rights(session, viewer.vendor_id, key_id)}
    return page(request, viewer, "cabinet/license_keys/change.html", chosen | own)
