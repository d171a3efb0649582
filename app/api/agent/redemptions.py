"""Coupons into the caller's key."""

from fastapi import APIRouter, Response

from app.api.auth import KeyHolder, LanguageDep
from app.api.effects import KEY_REFUSALS, OPERATION_REFUSALS, effects_of, ended_trials
from app.coupons import problems as refusals
from app.coupons import queries
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.describe import describe
from app.coupons.service.redemptions import Preview, preview, redeem
from app.kit.asgi import StrictRoute
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.i18n import fill
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import (
    AuthRequired,
    RateLimited,
    TokenInvalid,
    ValidationFailed,
    command,
    problems,
)
from app.licensing.problems import KeyChanged, KeyMalformed, KeyNotFound, KeyRevoked
from wire.coupons import (
    Redemption,
    RedemptionPreview,
    RedemptionPreviewRequest,
    RedemptionRequest,
    RedemptionResponse,
)

router = APIRouter(prefix="/redemptions", tags=["agent"], route_class=StrictRoute)
_SHAPE = (AuthRequired, TokenInvalid, KeyMalformed, KeyNotFound, RateLimited, ValidationFailed)


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
        names = queries.names(session, caller.vendor_id, caller.key_id)
        text = describe(found.operations, names, language)
    return _preview(found, text, rfc3339(session.now()))


@router.post(
    "",
    status_code=201,
    responses=problems(
        *_SHAPE,
        *KEY_REFUSALS,
        *OPERATION_REFUSALS,
        KeyChanged,
        refusals.CouponMalformed,
        refusals.CouponNotFound,
        refusals.CouponExhausted,
        refusals.CouponAlreadyRedeemed,
        refusals.CouponDisabled,
        refusals.CouponNotStarted,
        refusals.CouponExpired,
        refusals.CouponWrongKey,
        refusals.CouponWrongCustomer,
        *ONCE_REFUSALS,
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
    return RedemptionResponse(
        redemption=Redemption(
            id=str(done.redemption.id),
            at=rfc3339(done.redemption.created_at),
            replayed=done.replayed,
            effects=effects_of(done.redemption.effects),
        ),
        server_time=rfc3339(session.now()),
        trust=None,
    )


def _preview(found: Preview, description: str, server_time: str) -> RedemptionPreview:
    return RedemptionPreview(
        possible=found.problem is None,
        code=found.problem.code if found.problem else "OK",
        description=description,
        effects=effects_of(found.effects),
        ends_trials=ended_trials(found.effects),
        before_digest=found.before_digest,
        server_time=server_time,
        trust=None,
    )
