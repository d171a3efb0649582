"""What operations did to a key, as agents and automation read it alike."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.coupons import problems as coupons
from app.coupons.queries import Names
from app.coupons.service.describe import describe
from app.coupons.service.redemptions import Preview, Redeemed
from app.customers.problems import CustomerBlocked
from app.kit.clock import rfc3339
from app.kit.i18n import Language, fill
from app.licensing.problems import (
    CouponStale,
    KeyChanged,
    KeyRevoked,
    KeySuspended,
    NoEffect,
    NotApplicable,
    ProductAlreadyPresent,
    SeatsBelowUsed,
    TermPassed,
    TrialAlreadyUsed,
)
from wire.coupons import (
    EntitlementState,
    Redemption,
    RedemptionEffect,
    RedemptionPreview,
    RedemptionResponse,
)
from wire.extensions import Channel
from wire.licenses import FeatureQuantity
from wire.trust import Trust

OPERATION_REFUSALS = (
    CouponStale,
    NoEffect,
    NotApplicable,
    ProductAlreadyPresent,
    SeatsBelowUsed,
    TermPassed,
    TrialAlreadyUsed,
)
"""What operations on a key may be refused with."""
KEY_REFUSALS = (CustomerBlocked, KeyRevoked, KeySuspended)
"""What keeps a whole key from being used; a suspended vendor has no programs that could ask."""
REDEMPTION_REFUSALS = (
    *KEY_REFUSALS,
    *OPERATION_REFUSALS,
    KeyChanged,
    coupons.CouponMalformed,
    coupons.CouponNotFound,
    coupons.CouponExhausted,
    coupons.CouponAlreadyRedeemed,
    coupons.CouponDisabled,
    coupons.CouponNotStarted,
    coupons.CouponExpired,
    coupons.CouponWrongKey,
    coupons.CouponWrongCustomer,
)
"""What a redemption may be refused with."""


def effects_of(effects: Iterable[Mapping[str, Any]]) -> list[RedemptionEffect]:
    """Each operation with what it did."""
    return [
        RedemptionEffect(
            operation=effect["operation"],
            product=effect["product"],
            effect=effect["effect"],
            before=_state(effect["before"]),
            after=_state(effect["after"]),
        )
        for effect in effects
    ]


def ended_trials(effects: Iterable[Mapping[str, Any]]) -> list[str]:
    """Codes of the products whose trials another product ended."""
    return [
        effect["product"]
        for effect in effects
        if _reason(effect.get("trial_after")) == "superseded"
        and _reason(effect.get("trial_before")) != "superseded"
    ]


def revoked_seats(effects: Iterable[Mapping[str, Any]]) -> int:
    """How many seats went with the products that were withdrawn."""
    return sum(effect.get("revoked_seats", 0) for effect in effects)


def _reason(trial: Mapping[str, Any] | None) -> object:
    return trial["end_reason"] if trial else None


def _state(snapshot: Mapping[str, Any] | None) -> EntitlementState | None:
    """Nothing, where the product is not in the key: absent and withdrawn are the same."""
    if snapshot is None or snapshot["status"] == "withdrawn":
        return None
    return EntitlementState(
        valid_until=snapshot["valid_until"],
        updates_until=snapshot["updates_until"],
        seats=snapshot["seats"],
        channel=Channel(snapshot["channel"]),
        features=[FeatureQuantity(item["code"], item["quantity"]) for item in snapshot["features"]],
    )


def previewed(
    found: Preview, names: Names, language: Language, now: datetime, trust: Trust | None
) -> RedemptionPreview:
    """What a redemption would do, or why it would not."""
    if found.problem is not None:
        text = fill(found.problem.title, language, found.problem.params)
    else:
        text = describe(found.operations, names, language)
    return RedemptionPreview(
        possible=found.problem is None,
        code=found.problem.code if found.problem else "OK",
        description=text,
        effects=effects_of(found.effects),
        ends_trials=ended_trials(found.effects),
        before_digest=found.before_digest,
        server_time=rfc3339(now),
        trust=trust,
    )


def redeemed(done: Redeemed, now: datetime, trust: Trust | None) -> RedemptionResponse:
    """A redemption, fresh or replayed."""
    return RedemptionResponse(
        redemption=Redemption(
            id=str(done.redemption.id),
            at=rfc3339(done.redemption.created_at),
            replayed=done.replayed,
            effects=effects_of(done.redemption.effects),
        ),
        server_time=rfc3339(now),
        trust=trust,
    )
