"""Coupons into the caller's key."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.api.auth import KeyHolder, LanguageDep
from app.catalog import queries as catalog
from app.coupons import problems as refusals
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.describe import describe
from app.coupons.service.redemptions import Preview, preview, redeem
from app.customers.problems import CustomerBlocked
from app.kit.asgi import StrictRoute
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.i18n import fill
from app.kit.problems import BAD_BODY, AuthRequired, TokenInvalid, command, problems
from app.licensing.problems import (
    KeyChanged,
    KeyMalformed,
    KeyNotFound,
    KeyRevoked,
    KeySuspended,
    ProductAlreadyPresent,
    TermPassed,
    VendorSuspended,
)
from wire.coupons import (
    EntitlementState,
    Redemption,
    RedemptionEffect,
    RedemptionPreview,
    RedemptionPreviewRequest,
    RedemptionRequest,
    RedemptionResponse,
)
from wire.extensions import Channel

router = APIRouter(prefix="/redemptions", tags=["agent"], route_class=StrictRoute)
_SHAPE = (AuthRequired, TokenInvalid, KeyMalformed, KeyNotFound, *BAD_BODY)


@router.post("/preview", responses=problems(*_SHAPE, KeyRevoked))
def preview_redemption(
    session: SessionDep,
    caller: KeyHolder,
    message: RedemptionPreviewRequest,
    language: LanguageDep,
) -> RedemptionPreview:
    """What the coupon would change; an impossible one is an answer with its code."""
    found = preview(session, command(RedeemCoupon, message), caller=caller)
    if found.problem is not None:
        text = fill(found.problem.title, language, found.problem.params)
    else:
        names = catalog.product_names(session, caller.vendor_id)
        text = describe(found.operations, names, language)
    return _preview(found, text, rfc3339(session.now()))


@router.post(
    "",
    status_code=201,
    responses=problems(
        *_SHAPE,
        KeyRevoked,
        KeySuspended,
        CustomerBlocked,
        VendorSuspended,
        KeyChanged,
        ProductAlreadyPresent,
        TermPassed,
        refusals.CouponMalformed,
        refusals.CouponNotFound,
        refusals.CouponExhausted,
        refusals.CouponAlreadyRedeemed,
        refusals.CouponDisabled,
        refusals.CouponNotStarted,
        refusals.CouponExpired,
        refusals.CouponWrongKey,
        refusals.CouponWrongCustomer,
        refusals.CouponNoEffect,
        again=RedemptionResponse,
    ),
)
def redeem_coupon(
    session: SessionDep, caller: KeyHolder, message: RedemptionRequest, response: Response
) -> RedemptionResponse:
    """Applies the coupon; the same coupon and key again is the first result (200)."""
    done = redeem(session, command(RedeemCoupon, message), caller=caller)
    response.status_code = 200 if done.replayed else 201
    return RedemptionResponse(
        redemption=Redemption(
            id=str(done.redemption.id),
            at=rfc3339(done.redemption.created_at),
            replayed=done.replayed,
            effects=[_effect(effect) for effect in done.redemption.effects],
        ),
        server_time=rfc3339(session.now()),
        trust=None,
    )


def _preview(found: Preview, description: str, server_time: str) -> RedemptionPreview:
    return RedemptionPreview(
        possible=found.problem is None,
        code=found.problem.code if found.problem else "OK",
        description=description,
        effects=[_effect(effect) for effect in found.effects],
        ends_trials=[],
        before_digest=found.before_digest,
        server_time=server_time,
        trust=None,
    )


def _effect(effect: Mapping[str, Any]) -> RedemptionEffect:
    return RedemptionEffect(
        operation=effect["operation"],
        product=effect["product"],
        effect=effect["effect"],
        before=_state(effect["before"]),
        after=_state(effect["after"]),
    )


def _state(snapshot: Mapping[str, Any] | None) -> EntitlementState | None:
    if snapshot is None:
        return None
    return EntitlementState(
        valid_until=snapshot["valid_until"],
        updates_until=snapshot["updates_until"],
        seats=snapshot["seats"],
        channel=Channel(snapshot["channel"]),
        features=[],
    )
