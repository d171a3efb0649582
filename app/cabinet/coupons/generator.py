"""The generator: a preset, rows, a sentence that says what the coupon does, a preview, codes."""

import uuid
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.coupons import generating, shape
from app.cabinet.coupons.generating import Asked
from app.cabinet.routers import pages
from app.cabinet.templates import fragment, page
from app.catalog import queries as catalog
from app.kit.db import KitSession, ReadSessionDep, SessionDep, UnitOfWork
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed, command
from app.kit.web.forms import Fields, FieldsDep, Form, OnceDep, form, refusal, tried
from app.licensing.problems import KeyMalformed
from app.licensing.service.keys import find, read_key

router = pages("/coupons")
_NAMED = {"bind_customer", "bound_customer_id", "find_customer"}
Maker = Annotated[Viewer, Depends(Signed(Permission.COUPONS_GENERATE))]


@router.get("/generate")
def generator(
    request: Request,
    session: ReadSessionDep,
    viewer: Maker,
    asked: Annotated[Asked, Query()],
) -> Response:
    """The form: fresh, like an earlier batch, or as it was refused."""
    if refusal(request) is not None:
        return _form_page(request, session, viewer, form(request, viewer.locale))
    values = generating.first_values(session, viewer, asked)
    return _form_page(request, session, viewer, Form(values))


@router.post("/generate/key")
def generator_for_key(
    request: Request, session: ReadSessionDep, viewer: Maker, fields: FieldsDep
) -> Response:
    """Finds the key whose products are to be changed; the code never gets into an address."""
    asked = Asked(preset="replace_products", key_id=_key(session, viewer, fields))
    typed = {name: many for name, many in _values(fields).items() if name != "key"}
    values = typed | generating.first_rows(session, viewer, asked)
    return _form_page(request, session, viewer, Form(values))


@router.get("/generate/key")
def ask_for_key(request: Request, viewer: Maker) -> Response:
    """Which key it is."""
    context = {"form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/coupons/key.html", context)


@router.post("/describe")
def live_sentence(
    request: Request, session: SessionDep, viewer: Maker, fields: FieldsDep
) -> Response:
    """The sentence alone, while the form is being filled in."""
    wish, sold = _read(session, viewer, fields), catalog.sold_products(session, viewer.vendor_id)
    sentence = generating.sentence_of(session, viewer, wish, sold)
    context = {"sentence": sentence}
    return fragment(request, viewer, "cabinet/coupons/_sentence.html", context)


@router.post("/describe/{number}")
def live_times(
    request: Request, session: SessionDep, viewer: Maker, number: int, fields: FieldsDep
) -> Response:
    """The multiplier of one row with what it comes to, when its product was chosen."""
    wish = _read(session, viewer, fields)
    context = {
        "form": Form(shape.flat(wish.rows)),
        "number": number,
        "each": generating.row_times(session, viewer, wish, number),
    }
    return fragment(request, viewer, "cabinet/coupons/_times.html", context)


@router.post("/generate")
def generate_coupons(
    request: Request, session: SessionDep, viewer: Maker, fields: FieldsDep, once: OnceDep
) -> Response:
    """One of the form's buttons: rows, the sentence, the preview, and at last the coupons."""
    fields, act = _with_key(session, viewer, fields), fields.text("do")
    wish = _read(session, viewer, fields)
    if act == "create":
        done = generating.create(session, viewer, wish, activate=fields.has("activate"))
        once.leads_to(f"/cabinet/coupons/batches/{done.made.batch.id}")
        return page(request, viewer, "cabinet/coupons/result.html", done.context())
    if act == "check":
        context = generating.preview(session, viewer, wish)
        kept = [pair for pair in fields.shown() if pair[0] not in {"do", "form_id", "vendor_id"}]
        more = {"kept": kept, "form": Form({}), "activate": fields.has("activate")}
        return page(request, viewer, "cabinet/coupons/preview.html", context | more)
    if act.startswith("preset-"):
        return _another_preset(request, session, viewer, fields, act.removeprefix("preset-"))
    values = _values(fields) | shape.flat(shape.moved(wish.rows, act))
    if act == "unbind":
        values |= {"bound_key_id": [], "bound_customer_id": []}
    if wish.preset == "extend_trial" and fields.has("reusable"):
        values["max_redemptions"] = [shape.many_uses(fields)]
    return _form_page(request, session, viewer, Form(values))


def _with_key(session: KitSession, viewer: Viewer, fields: Fields) -> Fields:
    """The form with the id of the key or customer that was named, in place of the words."""
    if fields.text("bind_customer"):
        named = ("bound_customer_id", fields.text("bind_customer"))
        return Fields([pair for pair in fields.pairs if pair[0] not in _NAMED] + [named])
    if not fields.text("key").strip():
        return fields
    kept = [pair for pair in fields.pairs if pair[0] not in {"key", "bound_key_id"}]
    return Fields([*kept, ("bound_key_id", str(_key(session, viewer, fields)))])


def _key(session: KitSession, viewer: Viewer, fields: Fields) -> uuid.UUID:
    try:
        read_key(fields.text("key"))
    except KeyMalformed as problem:
        raise ValidationFailed.at({"/key": ("malformed", problem.title)}) from None
    key = find(session, viewer.vendor_id, fields.text("key"))
    if key is None:
        raise ValidationFailed.at({"/key": ("unknown", N_("Licence key not found"))})
    return key.id


def _another_preset(
    request: Request, session: UnitOfWork, viewer: Viewer, fields: Fields, preset: str
) -> Response:
    """The same form for another purpose; a replacement asks first whose products it is about."""
    values = {name: [value] for name, value in fields.given(*shape.COMMON, "name").items()}
    values |= shape.flat(fields.rows("rows"))
    bound = tried(lambda: command(Asked, {"key_id": fields.text("bound_key_id") or None}))[0]
    if preset != "replace_products":
        one_key = fields.text("preset") == "replace_products"
        kept = {name: many for name, many in values.items() if name != "bound_key_id"}
        told = (kept if one_key else values) | {"preset": [preset]}
        return _form_page(request, session, viewer, Form(told))
    if bound is None or bound.key_id is None:
        return page(request, viewer, "cabinet/coupons/key.html", {"form": Form(values)})
    asked = Asked(preset="replace_products", key_id=bound.key_id)
    values |= generating.first_rows(session, viewer, asked)
    return _form_page(request, session, viewer, Form(values))


def _read(session: KitSession, viewer: Viewer, fields: Fields) -> shape.Wish:
    return shape.read(fields, generating.default_name(session, viewer, fields.text("preset")))


def _values(fields: Fields) -> dict[str, Sequence[str]]:
    """What was sent, but for the rows, which may have moved."""
    values: dict[str, list[str]] = {}
    for name, value in fields.shown():
        if not name.startswith("rows-"):
            values.setdefault(name, []).append(value)
    return dict(values)


def _form_page(
    request: Request, session: ReadSessionDep | UnitOfWork, viewer: Viewer, filled: Form
) -> Response:
    context = generating.offered(session, viewer, filled)
    return page(request, viewer, "cabinet/coupons/generate.html", {"form": filled, **context})
