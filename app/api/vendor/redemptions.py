"""Coupons applied to keys on behalf of customers, and taken back."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, LanguageDep, Scoped
from app.api.effects import (
    REDEMPTION_REFUSALS,
    effects_of,
    previewed,
    redeemed,
    revoked_seats,
)
from app.api.routers import of_vendors
from app.coupons import queries
from app.coupons.schemas import (
    FindRedemptions,
    RedeemForKey,
    RedemptionView,
    ReversalView,
    WishedReversal,
)
from app.coupons.service import redemptions, reversals
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import NotFound, RateLimited, problems
from app.licensing.problems import (
    KeyMalformed,
    KeyNotFound,
    KeyRevoked,
    KeySuspended,
    LaterChanges,
    SeatsBelowUsed,
)
from app.licensing.schemas.views import CustomerName
from app.licensing.service import keys
from app.trust import queries as trust
from wire.coupons import RedemptionPreview, RedemptionResponse

router = of_vendors("/redemptions")
Reader = Annotated[Principal, Depends(Scoped(Permission.COUPONS_READ))]
Redeemer = Annotated[Principal, Depends(Scoped(Permission.COUPONS_REDEEM))]
Reverser = Annotated[Principal, Depends(Scoped(Permission.COUPONS_REVERSE))]
_SHAPE = (*TOKEN_REFUSALS, *BODY_REFUSALS, KeyMalformed, KeyNotFound, RateLimited)


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_redemptions(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindRedemptions, Query()],
    request: Request,
    response: Response,
) -> Listed[RedemptionView]:
    """A page of redemptions, newest first, those that were taken back too."""
    found = queries.redemptions(session, caller.vendor_id, asked)
    return listed(request, response, found, _view)


@router.post("/preview", responses=problems(*_SHAPE, KeyRevoked))
def preview_for_key(
    session: SessionDep, caller: Redeemer, wish: RedeemForKey, language: LanguageDep
) -> RedemptionPreview:
    """What the coupon would change in the key; an impossible one is an answer with its code."""
    holder = keys.on_behalf(session, caller.vendor_id, wish.key, actor=caller.actor)
    found = redemptions.preview(session, wish, caller=holder)
    names = queries.names(session, caller.vendor_id, holder.key_id)
    return previewed(found, names, language, session.now(), trust.answer(session, caller.vendor_id))


@router.post(
    "",
    status_code=201,
    responses=problems(*_SHAPE, *REDEMPTION_REFUSALS, *ONCE_REFUSALS, again=RedemptionResponse),
)
def redeem_for_key(
    session: SessionDep, caller: Redeemer, _: Once, wish: RedeemForKey, response: Response
) -> RedemptionResponse:
    """Applies the coupon to the key; the same pair again is the first result (200)."""
    holder = keys.on_behalf(session, caller.vendor_id, wish.key, actor=caller.actor)
    done = redemptions.redeem(session, wish, caller=holder)
    response.status_code = 200 if done.replayed else 201
    return redeemed(done, session.now(), trust.answer(session, caller.vendor_id))


@router.post(
    "/{redemption_id}/reverse",
    responses=problems(
        *TOKEN_REFUSALS,
        *BODY_REFUSALS,
        NotFound,
        KeyRevoked,
        KeySuspended,
        LaterChanges,
        SeatsBelowUsed,
    ),
)
def reverse_redemption(
    session: SessionDep, caller: Reverser, redemption_id: uuid.UUID, wish: WishedReversal
) -> ReversalView:
    """Takes a redemption back, exactly or not at all; twice is a success."""
    act = reversals.preview if wish.dry_run else reversals.reverse
    done = act(session, caller.vendor_id, redemption_id, wish, actor=caller.actor)
    return ReversalView(
        id=redemption_id,
        dry_run=wish.dry_run,
        reversed_at=None if wish.dry_run else done.redemption.reversed_at,
        effects=effects_of(done.effects),
        revoked_seats=revoked_seats(done.effects),
    )


def _view(row: queries.Redeemed) -> RedemptionView:
    redemption = row.redemption
    return RedemptionView(
        id=redemption.id,
        coupon_id=row.coupon.id,
        coupon=row.coupon.hint,
        key_id=row.key.id,
        key=row.key.hint,
        customer=CustomerName(id=row.customer.id, company=row.customer.company),
        actor=redemption.actor,
        at=redemption.created_at,
        effects=effects_of(redemption.effects),
        reversed_at=redemption.reversed_at,
        reversed_by=redemption.reversed_by,
        reverse_reason=redemption.reverse_reason,
    )
