"""Taking a redemption back, exactly or not at all."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.coupons import queries
from app.coupons.models import Coupon, Redemption
from app.coupons.schemas import ReverseRedemption
from app.kit.db import UnitOfWork
from app.kit.problems import Problem
from app.licensing.service import entitlements
from app.licensing.service.ledger import Cause
from app.licensing.service.restoring import restore

_REHEARSED = "rehearsed"  # undone with all the rest


@dataclass(frozen=True, slots=True)
class Reversed:
    """The redemption, taken back; `effects` is empty where it was taken back before."""

    redemption: Redemption
    effects: Sequence[dict[str, object]]


def reverse(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    redemption_id: uuid.UUID,
    command: ReverseRedemption,
    *,
    actor: Actor,
) -> Reversed:
    """Restores the rights before the redemption and gives the coupon its use back."""
    redemption = queries.redemption(session, vendor_id, redemption_id)
    if redemption.reversed_at is not None:
        return Reversed(redemption, ())
    coupon = queries.coupon(session, vendor_id, redemption.coupon_id)
    if not _mark(session, redemption, command, actor):
        return Reversed(queries.redemption(session, vendor_id, redemption_id), ())
    _give_back(session, redemption)
    entitlements.lock(session, vendor_id, redemption.key_id)
    effects = restore(
        session,
        vendor_id,
        redemption.key_id,
        redemption.effects,
        cause=Cause("reversal", redemption.id),
        actor=actor,
    )
    documents = [effect.document() for effect in effects]
    audit.record(
        session,
        Action.REDEMPTION_REVERSED,
        actor=actor,
        subject=coupon,
        redemption=redemption.id,
        reason=command.reason,
        effects=documents,
    )
    return Reversed(queries.redemption(session, vendor_id, redemption_id), documents)


def preview(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    redemption_id: uuid.UUID,
    command: ReverseRedemption,
    *,
    actor: Actor,
) -> Reversed:
    """What the reversal would do; raises what it would be refused with, writes nothing."""
    with session.savepoint(undo=True):
        return reverse(session, vendor_id, redemption_id, command, actor=actor)


def rehearse(
    session: UnitOfWork, vendor_id: uuid.UUID, redemption_id: uuid.UUID, *, actor: Actor
) -> tuple[Sequence[dict[str, object]], Problem | None]:
    """What would return, or the problem that the reversal would meet."""
    command = ReverseRedemption(reason=_REHEARSED)
    try:
        return preview(session, vendor_id, redemption_id, command, actor=actor).effects, None
    except Problem as problem:
        return (), problem


def _mark(
    session: UnitOfWork, redemption: Redemption, command: ReverseRedemption, actor: Actor
) -> bool:
    """The coupon's row first: it orders all its redemptions. False: a twin took it back."""
    session.execute(select(Coupon.id).where(Coupon.id == redemption.coupon_id).with_for_update())
    marked = session.change(
        update(Redemption)
        .where(Redemption.id == redemption.id, Redemption.reversed_at.is_(None))
        .values(reversed_at=session.now(), reversed_by=actor.label, reverse_reason=command.reason)
        .execution_options(synchronize_session=False)
    )
    return marked == 1


def _give_back(session: UnitOfWork, redemption: Redemption) -> None:
    session.change(
        update(Coupon)
        .where(Coupon.id == redemption.coupon_id, Coupon.redemption_count > 0)
        .values(redemption_count=Coupon.redemption_count - 1, row_version=Coupon.row_version + 1)
        .execution_options(synchronize_session=False)
    )
