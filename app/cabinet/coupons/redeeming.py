"""Activating a coupon on a key with a dry run before, and taking it back."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.coupons.refusing import Refusal, refusal_of
from app.cabinet.effects import effect_rows
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.coupons import queries
from app.coupons.models import Coupon, Redemption
from app.coupons.problems import CouponMalformed
from app.coupons.queries import Names
from app.coupons.schemas import RedeemCoupon, ReverseRedemption
from app.coupons.service import redemptions, reversals
from app.coupons.service.coupons import code_of, find
from app.coupons.service.describe import describe
from app.coupons.service.redemptions import Preview
from app.kit.db import KitSession, ReadSessionDep, SessionDep, UnitOfWork
from app.kit.i18n import N_, translate
from app.kit.problems import ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import (
    Fields,
    FieldsDep,
    Form,
    OnceDep,
    Told,
    answered,
    form,
    refusal,
)
from app.kit.web.html import local_date
from app.licensing.problems import KeyChanged, KeyMalformed, KeyNotFound, KeyRevoked
from app.licensing.queries.checks import key_state
from app.licensing.queries.keys import license_key
from app.licensing.queries.rights import key_rights
from app.licensing.service.entitlements import rights_digest
from app.licensing.service.keys import InstallerPrincipal, on_behalf

router = pages("/coupons")
redemptions_router = pages("/redemptions")
_IDS = ("key_id", "coupon_id")
Redeemer = Annotated[Viewer, Depends(Signed(Permission.COUPONS_REDEEM))]
Reverser = Annotated[Viewer, Depends(Signed(Permission.COUPONS_REVERSE))]


class AskedRedeem(BaseModel):
    """A key and a coupon whose cards were opened before."""

    key_id: uuid.UUID | None = None
    coupon_id: uuid.UUID | None = None


@router.get("/redeem")
def redeem_form(
    request: Request,
    session: ReadSessionDep,
    viewer: Redeemer,
    asked: Annotated[AskedRedeem, Query()],
) -> Response:
    """Which coupon into which key; after a refusal as it was, with what to do instead."""
    filled, refused = form(request, viewer.locale, dict(asked)), refusal(request)
    if refused is None or refused.problem.errors or not filled.value("key_id"):
        return _form_page(request, session, viewer, filled)
    known = command(AskedRedeem, {"key_id": filled.value("key_id")})
    rights = key_rights(session, viewer.vendor_id, known.key_id or uuid.UUID(int=0))
    coupon = _coupon(session, viewer, refused.fields)
    told = refusal_of(session, viewer, refused.problem, rights, coupon)
    return _form_page(request, session, viewer, _with(told, filled, viewer), told)


def _coupon(session: KitSession, viewer: Viewer, fields: Fields) -> Coupon | None:
    """The coupon that was refused, if what was typed is one."""
    known = command(AskedRedeem, fields.given("coupon_id")).coupon_id
    if known is not None:
        return queries.coupon(session, viewer.vendor_id, known)
    try:
        return find(session, viewer.vendor_id, fields.text("coupon"))
    except CouponMalformed:
        return None


def _with(told: Refusal, filled: Form, viewer: Viewer) -> Form:
    """The form with the refusal under its field."""
    title = translate(N_("The coupon cannot be activated"), viewer.locale)
    return replace(filled, errors={told.place: told.title}, refused=Told(title, "", told.code))


def _form_page(
    request: Request,
    session: KitSession,
    viewer: Viewer,
    filled: Form,
    refused: Refusal | None = None,
    *,
    status: int = 200,
) -> Response:
    known = command(AskedRedeem, {name: filled.value(name) or None for name in _IDS})
    context = {
        "form": filled,
        "key": key_rights(session, viewer.vendor_id, known.key_id) if known.key_id else None,
        "known_coupon": queries.coupon(session, viewer.vendor_id, known.coupon_id)
        if known.coupon_id
        else None,
        "refused": refused,
    }
    return page(request, viewer, "cabinet/coupons/redeem.html", context, status=status)


@router.post("/redeem")
def redeem_coupon(
    request: Request, session: SessionDep, viewer: Redeemer, fields: FieldsDep, once: OnceDep
) -> Response:
    """First what would change, then the change itself; what changed between is asked again."""
    if fields.text("do") == "open":
        filled = {name: [value] for name, value in fields.given("coupon", *_IDS).items()}
        return _form_page(request, session, viewer, Form(filled))
    holder = _holder(session, viewer, fields)
    if fields.text("do") != "redeem":
        return _dry_run(request, session, viewer, fields, holder)
    wish = _wish(session, viewer, fields, "before_digest")
    if wish.before_digest not in {None, rights_digest(session, viewer.vendor_id, holder.key_id)}:
        return _dry_run(request, session, viewer, fields, holder, changed=True)
    done = redemptions.redeem(session, wish, caller=holder)
    path = once.leads_to(f"/cabinet/license-keys/{holder.key_id}")
    if done.replayed:
        said = N_("This coupon was activated on this key on {date}")
        return go(request, path, said, tone="info", date=_day(viewer, done.redemption))
    return go(request, path, N_("The coupon is activated"))


def _holder(session: UnitOfWork, viewer: Viewer, fields: Fields) -> InstallerPrincipal:
    if fields.text("key_id"):
        known = command(AskedRedeem, fields.given("key_id"))
        key = license_key(session, viewer.vendor_id, known.key_id or uuid.UUID(int=0))
        return InstallerPrincipal(viewer.vendor_id, key.id, key.customer_id, viewer.actor)
    try:
        return on_behalf(session, viewer.vendor_id, fields.text("key"), actor=viewer.actor)
    except (KeyMalformed, KeyNotFound, KeyRevoked) as problem:
        is_coupon = problem.params.get("given") == "coupon"
        said = N_("This is a coupon, not a licence key") if is_coupon else problem.title
        raise ValidationFailed.at({"/key": (problem.code, said)}) from None


def _wish(session: UnitOfWork, viewer: Viewer, fields: Fields, *more: str) -> RedeemCoupon:
    """The coupon that was typed, or the one whose card was opened."""
    known = command(AskedRedeem, fields.given("coupon_id")).coupon_id
    told = fields.given("coupon", *more)
    if known is not None and "coupon" not in told:
        told["coupon"] = code_of(session, viewer.vendor_id, known)
    return command(RedeemCoupon, told)


def _day(viewer: Viewer, redemption: Redemption) -> str:
    return local_date(redemption.created_at.astimezone(ZoneInfo(viewer.zone)), viewer.locale)


def _ending_trials(found: Preview, names: Names) -> list[str]:
    """Products whose trial the coupon ends."""
    ended = []
    for effect in found.effects:
        before, after = _rights(effect, "before"), _rights(effect, "after")
        shorter = str(after.get("valid_until") or "9") < str(before.get("valid_until") or "9")
        if before.get("is_trial") and (shorter or not after.get("is_trial")):
            ended.append(names.product(str(effect["product"])))
    return ended


def _rights(effect: Mapping[str, object], member: str) -> Mapping[str, object]:
    found = effect[member]
    return found if isinstance(found, Mapping) else {}


def _dry_run(
    request: Request,
    session: UnitOfWork,
    viewer: Viewer,
    fields: Fields,
    holder: InstallerPrincipal,
    *,
    changed: bool = False,
) -> Response:
    found = redemptions.preview(session, _wish(session, viewer, fields), caller=holder)
    names = queries.names(session, viewer.vendor_id, holder.key_id)
    rights = key_rights(session, viewer.vendor_id, holder.key_id)
    if found.problem is not None:
        told = refusal_of(session, viewer, found.problem, rights, found.coupon)
        filled = {name: [value] for name, value in fields.given("key", "coupon", *_IDS).items()}
        answer = _with(told, Form(filled), viewer)
        status = answered(found.problem)
        return _form_page(request, session, viewer, answer, told, status=status)
    context = {
        "form": form(request, viewer.locale),
        "rights": rights,
        "state": key_state(rights),
        "coupon": fields.text("coupon"),
        "coupon_id": "" if fields.text("coupon").strip() else fields.text("coupon_id"),
        "found": found,
        "sentence": "" if found.earlier else describe(found.operations, names, viewer.locale),
        "earlier": _day(viewer, found.earlier) if found.earlier else "",
        "changed": KeyChanged.title if changed else "",
        "ending": _ending_trials(found, names),
        "rows": effect_rows(found.effects, names, viewer.locale, done=found.earlier is not None),
    }
    status = KeyChanged.status if changed else 200
    return page(request, viewer, "cabinet/coupons/preview_redeem.html", context, status=status)


@redemptions_router.get("/{redemption_id}/reverse")
def ask_to_reverse(
    request: Request, session: SessionDep, viewer: Reverser, redemption_id: uuid.UUID
) -> Response:
    """What would return, and what stands in the way."""
    names = queries.names(session, viewer.vendor_id)
    effects, problem = reversals.rehearse(
        session, viewer.vendor_id, redemption_id, actor=viewer.actor
    )
    redemption = queries.redemption(session, viewer.vendor_id, redemption_id)
    coupon = queries.coupon(session, viewer.vendor_id, redemption.coupon_id)
    rights = key_rights(session, viewer.vendor_id, redemption.key_id)
    context = {
        "redemption": redemption,
        "coupon": coupon,
        "rights": rights,
        "rows": effect_rows(effects, names, viewer.locale),
        "refused": refusal_of(session, viewer, problem, rights, coupon) if problem else None,
        "form": form(request, viewer.locale),
    }
    return page(request, viewer, "cabinet/coupons/reverse.html", context)


@redemptions_router.post("/{redemption_id}/reverse")
def reverse_redemption(
    request: Request,
    session: SessionDep,
    viewer: Reverser,
    redemption_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Takes the coupon back, exactly or not at all."""
    wish = command(ReverseRedemption, fields.given("reason"))
    done = reversals.reverse(session, viewer.vendor_id, redemption_id, wish, actor=viewer.actor)
    path = f"/cabinet/license-keys/{done.redemption.key_id}/coupons"
    return go(request, path, N_("The coupon is deactivated"))
