"""What operations did to a key, as agents and automation read it alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.customers.problems import CustomerBlocked
from app.kit.problems import NotFound
from app.licensing.problems import (
    CouponStale,
    KeyRevoked,
    KeySuspended,
    NoEffect,
    NotApplicable,
    ProductAlreadyPresent,
    SeatsBelowUsed,
    TermPassed,
    TrialAlreadyUsed,
    VendorSuspended,
)
from wire.coupons import EntitlementState, RedemptionEffect
from wire.extensions import Channel
from wire.licenses import FeatureQuantity

OPERATION_REFUSALS = (
    CouponStale,
    NoEffect,
    NotApplicable,
    NotFound,
    ProductAlreadyPresent,
    SeatsBelowUsed,
    TermPassed,
    TrialAlreadyUsed,
)
"""What operations on a key may be refused with."""
KEY_REFUSALS = (CustomerBlocked, KeyRevoked, KeySuspended, VendorSuspended)
"""What keeps a whole key from being used."""


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
