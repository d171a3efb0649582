"""Coupons into the caller's key."""

from fastapi import Response

from app.api.auth import KeyHolder, LanguageDep
from app.api.effects import REDEMPTION_REFUSALS, previewed, redeemed
from app.api.routers import of_agents
from app.coupons import queries
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import preview, redeem
from app.kit.db import SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    RateLimited,
    TokenInvalid,
    command,
    problems,
)
from app.licensing.problems import KeyMalformed, KeyNotFound, KeyRevoked, VendorSuspended
from app.trust import queries as trust
from wire.coupons import (
    RedemptionPreview,
    RedemptionPreviewRequest,
    RedemptionRequest,
    RedemptionResponse,
)

router = of_agents("/redemptions")
_SHAPE = (AuthRequired, TokenInvalid, KeyMalformed, KeyNotFound, RateLimited, *BAD_BODY)


@router.post("/preview", responses=problems(*_SHAPE, KeyRevoked))
def preview_redemption(
    session: SessionDep,
    caller: KeyHolder,
    message: RedemptionPreviewRequest,
    language: LanguageDep,
) -> RedemptionPreview:
    """What the coupon would change; an impossible one is an answer with its code."""
    found = preview(session, command(RedeemCoupon, message), caller=caller)
    names = queries.names(session, caller.vendor_id, caller.key_id)
    return previewed(found, names, language, session.now(), trust.answer(session, caller.vendor_id))


@router.post(
    "",
    status_code=201,
    responses=problems(
        *_SHAPE, VendorSuspended, *REDEMPTION_REFUSALS, *ONCE_REFUSALS, again=RedemptionResponse
    ),
)
def redeem_coupon(
    session: SessionDep,
    caller: KeyHolder,
    _: Once,
    message: RedemptionRequest,
    response: Response,
) -> RedemptionResponse:
    """Applies the coupon; the same coupon and key again is the first result (200)."""
    done = redeem(session, command(RedeemCoupon, message), caller=caller)
    response.status_code = 200 if done.replayed else 201
    return redeemed(done, session.now(), trust.answer(session, caller.vendor_id))
