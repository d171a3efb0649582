"""Activating a coupon on a key with a dry run before, and taking it back."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.effects import effect_rows
from app.cabinet.templates import page
from app.coupons import queries
from app.coupons.schemas import RedeemCoupon, ReverseRedemption
from app.coupons.service import redemptions, reversals
from app.coupons.service.describe import describe
from app.kit.db import KitSession, ReadSessionDep, SessionDep, UnitOfWork
from app.kit.i18n import N_
from app.kit.problems import Problem, command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, FormRoute, OnceDep, form
from app.licensing.queries.keys import license_key
from app.licensing.queries.rights import key_rights
from app.licensing.service.keys import InstallerPrincipal, on_behalf

router = APIRouter(prefix="/coupons", route_class=FormRoute)
redemptions_router = APIRouter(prefix="/redemptions", route_class=FormRoute)
Redeemer = Annotated[Viewer, Depends(Signed(Permission.COUPONS_REDEEM))]
Reverser = Annotated[Viewer, Depends(Signed(Permission.COUPONS_REVERSE))]


class AskedRedeem(BaseModel):
    """A key that was opened before."""

    key_id: uuid.UUID | None = None


@router.get("/redeem")
def redeem_form(
    request: Request,
    session: ReadSessionDep,
    viewer: Redeemer,
    asked: Annotated[AskedRedeem, Query()],
) -> Response:
    """Which coupon into which key."""
    filled = form(request, viewer.locale, {"key_id": asked.key_id})
    context = {"form": filled, "key": _known_key(session, viewer, filled.value("key_id"))}
    return page(request, viewer, "cabinet/coupons/redeem.html", context)


def _known_key(session: KitSession, viewer: Viewer, key_id: str) -> object:
    if not key_id:
        return None
    return key_rights(session, viewer.vendor_id, _id(key_id))


def _id(text: str) -> uuid.UUID:
    return command(AskedRedeem, {"key_id": text}).key_id or uuid.UUID(int=0)


@router.post("/redeem")
def redeem_coupon(
    request: Request, session: SessionDep, viewer: Redeemer, fields: FieldsDep, once: OnceDep
) -> Response:
    """First what would change, then the change itself; what changed between is asked again."""
    holder = _holder(session, viewer, fields)
    if fields.text("do") != "redeem":
        return _dry_run(request, session, viewer, fields, holder)
    wish = command(RedeemCoupon, fields.given("coupon", "before_digest"))
    done = redemptions.redeem(session, wish, caller=holder)
    path = once.leads_to(f"/cabinet/license-keys/{holder.key_id}")
    if done.replayed:
        said = N_("The coupon was activated on this key before")
        return go(request, path, said, tone="info")
    return go(request, path, N_("The coupon is activated"))


def _holder(session: UnitOfWork, viewer: Viewer, fields: Fields) -> InstallerPrincipal:
    if fields.text("key_id"):
        key = license_key(session, viewer.vendor_id, _id(fields.text("key_id")))
        return InstallerPrincipal(viewer.vendor_id, key.id, key.customer_id, viewer.actor)
    return on_behalf(session, viewer.vendor_id, fields.text("key"), actor=viewer.actor)


def _dry_run(
    request: Request,
    session: UnitOfWork,
    viewer: Viewer,
    fields: Fields,
    holder: InstallerPrincipal,
) -> Response:
    wish = command(RedeemCoupon, fields.given("coupon"))
    found = redemptions.preview(session, wish, caller=holder)
    names = queries.names(session, viewer.vendor_id, holder.key_id)
    context = {
        "form": form(request, viewer.locale),
        "rights": key_rights(session, viewer.vendor_id, holder.key_id),
        "coupon": fields.text("coupon"),
        "found": found,
        "sentence": describe(found.operations, names, viewer.locale) if not found.problem else "",
        "refused": _said(found.problem, viewer),
        "rows": effect_rows(found.effects, names, viewer.locale),
    }
    return page(request, viewer, "cabinet/coupons/preview_redeem.html", context)


def _said(problem: Problem | None, viewer: Viewer) -> dict[str, str] | None:
    """Why it would be refused, in words."""
    if problem is None:
        return None
    title = problem.heading(viewer.locale)
    return {"title": title, "detail": problem.said(viewer.locale), "code": problem.code}


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
    context = {
        "redemption": redemption,
        "coupon": queries.coupon(session, viewer.vendor_id, redemption.coupon_id),
        "rights": key_rights(session, viewer.vendor_id, redemption.key_id),
        "rows": effect_rows(effects, names, viewer.locale),
        "refused": _said(problem, viewer),
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
