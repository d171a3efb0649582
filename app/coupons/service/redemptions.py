"""Redeeming: the coupon's count, the key's rights and the record of both change as one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import update

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.models import Action
from app.coupons import queries
from app.coupons.models import Coupon, CouponStatus, Redemption
from app.coupons.problems import (
    CouponAlreadyRedeemed,
    CouponDisabled,
    CouponExhausted,
    CouponExpired,
    CouponNotFound,
    CouponNotStarted,
    CouponWrongCustomer,
    CouponWrongKey,
)
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.coupons import find
from app.customers import queries as customers
from app.kit import throttle
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.kit.problems import Problem
from app.licensing.problems import KeyChanged, NoEffect
from app.licensing.queries import keys
from app.licensing.queries.rights import key_rights
from app.licensing.queries.status import require_key
from app.licensing.schemas import OPERATIONS, Operation
from app.licensing.service import entitlements
from app.licensing.service.entitlements import Effect
from app.licensing.service.keys import InstallerPrincipal
from app.licensing.service.ledger import Cause


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The redemption on record; `replayed` when it was there before."""

    redemption: Redemption
    replayed: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a redemption would do now, or the problem that it would meet."""

    problem: Problem | None
    operations: Sequence[Operation] = ()
    effects: Sequence[dict[str, object]] = ()
    before_digest: str | None = None
    coupon: Coupon | None = None
    earlier: Redemption | None = None
    """The redemption of this coupon on this key that is there already."""


class _TwinError(Exception):
    """The same coupon was redeemed into the same key while we waited for its row."""

    def __init__(self, redemption: Redemption) -> None:
        super().__init__()
        self.redemption = redemption


def redeem(session: UnitOfWork, command: RedeemCoupon, *, caller: InstallerPrincipal) -> Redeemed:
    """Applies the whole coupon or nothing; the same coupon and key again is the first result."""
    coupon = _find(session, command, caller)
    try:
        return _redeem(session, coupon, command, caller)
    except Problem as problem:
        problem.denied = audit.denial(
            session,
            Action.COUPON_REDEEMED,
            actor=caller.actor,
            subject=coupon,
            problem=problem,
        )
        raise


def preview(session: UnitOfWork, command: RedeemCoupon, *, caller: InstallerPrincipal) -> Preview:
    """The redemption itself, undone: what it would change, or why it would be refused."""
    coupon = None
    try:
        coupon = _find(session, command, caller)
        digest = entitlements.rights_digest(session, caller.vendor_id, caller.key_id)
        with session.savepoint(undo=True):
            done = _redeem(session, coupon, command, caller)
            effects = done.redemption.effects
    except Problem as problem:
        return Preview(problem, coupon=coupon)
    earlier = done.redemption if done.replayed else None
    told = OPERATIONS.validate_python(coupon.operations)
    return Preview(None, told, effects, digest, coupon, earlier)


def _find(session: UnitOfWork, command: RedeemCoupon, caller: InstallerPrincipal) -> Coupon:
    coupon = find(session, caller.vendor_id, command.coupon)
    if coupon is None:
        key = key_rights(session, caller.vendor_id, caller.key_id).key
        guesser = (throttle.network.get(), f"key:{caller.key_id}")
        throttle.count_afterwards(session, throttle.UNKNOWN_COUPON, *guesser)
        raise CouponNotFound(
            denied=audit.denial(
                session,
                Action.COUPON_REDEEMED,
                actor=caller.actor,
                subject=key,
                problem=CouponNotFound,
            )
        )
    return coupon


def _redeem(
    session: UnitOfWork, coupon: Coupon, command: RedeemCoupon, caller: InstallerPrincipal
) -> Redeemed:
    standing = queries.standing(session, coupon, caller.key_id, caller.customer_id)
    if standing is not None and standing.key_id == caller.key_id:
        return Redeemed(standing, replayed=True)
    vendor = accounts.vendor(session, caller.vendor_id)
    _require_open(session, coupon, caller, local_date(session.now(), vendor.time_zone))
    if standing is not None:
        raise _by_another_key(session, standing)
    try:
        # A savepoint, so that a twin who got there first takes our count back with it.
        with session.savepoint():
            return Redeemed(_apply(session, coupon, command, caller), replayed=False)
    except _TwinError as twin:
        return Redeemed(twin.redemption, replayed=True)


def _apply(
    session: UnitOfWork, coupon: Coupon, command: RedeemCoupon, caller: InstallerPrincipal
) -> Redemption:
    _count(session, coupon, caller)
    require_key(key_rights(session, caller.vendor_id, caller.key_id))
    entitlements.lock(session, caller.vendor_id, caller.key_id)
    if command.before_digest is not None:
        digest = entitlements.rights_digest(session, caller.vendor_id, caller.key_id)
        if digest != command.before_digest:
            raise KeyChanged
    redemption_id = new_id()
    effects = entitlements.apply(
        session,
        caller.vendor_id,
        caller.key_id,
        OPERATIONS.validate_python(coupon.operations),
        cause=Cause("redemption", redemption_id),
        actor=caller.actor,
    )
    if not any(effect.change.applied for effect in effects):
        raise NoEffect
    return _record(session, coupon, redemption_id, effects, caller)


def _count(session: UnitOfWork, coupon: Coupon, caller: InstallerPrincipal) -> None:
    """The limit itself: one conditional UPDATE, which also waits for whoever redeems right now."""
    counted = session.change(
        update(Coupon)
        .where(
            Coupon.id == coupon.id,
            Coupon.status == CouponStatus.ACTIVE,
            Coupon.redemption_count < Coupon.max_redemptions,
        )
        .values(redemption_count=Coupon.redemption_count + 1, row_version=Coupon.row_version + 1)
        .execution_options(synchronize_session=False)
    )
    standing = queries.standing(session, coupon, caller.key_id, caller.customer_id)
    if standing is not None and standing.key_id == caller.key_id:
        raise _TwinError(standing)
    if standing is not None:
        raise _by_another_key(session, standing)
    if counted != 1:
        session.refresh(coupon)
        if coupon.status != CouponStatus.ACTIVE:
            raise CouponDisabled
        raise CouponExhausted(count=coupon.redemption_count, max=coupon.max_redemptions)


def _by_another_key(session: UnitOfWork, standing: Redemption) -> CouponAlreadyRedeemed:
    zone = accounts.vendor(session, standing.vendor_id).time_zone
    return CouponAlreadyRedeemed(date=local_date(standing.created_at, zone))


def _record(
    session: UnitOfWork,
    coupon: Coupon,
    redemption_id: uuid.UUID,
    effects: Sequence[Effect],
    caller: InstallerPrincipal,
) -> Redemption:
    redemption = Redemption(
        id=redemption_id,
        vendor_id=coupon.vendor_id,
        created_at=session.now(),
        coupon_id=coupon.id,
        key_id=caller.key_id,
        customer_id=caller.customer_id,
        actor=caller.actor.label,
        ip=caller.actor.ip,
        effects=[effect.document() for effect in effects],
    )
    session.add(redemption)
    session.flush()
    audit.record(
        session,
        Action.COUPON_REDEEMED,
        actor=caller.actor,
        subject=coupon,
        redemption=redemption.id,
        key=keys.license_key(session, coupon.vendor_id, caller.key_id).hint,
        effects=redemption.effects,
    )
    return redemption


def _require_open(
    session: UnitOfWork, coupon: Coupon, caller: InstallerPrincipal, today: date
) -> None:
    if coupon.status != CouponStatus.ACTIVE:
        raise CouponDisabled
    if coupon.valid_from is not None and coupon.valid_from > today:
        problem = CouponNotStarted()
        problem.params["from"] = coupon.valid_from
        raise problem
    if coupon.valid_until is not None and coupon.valid_until < today:
        raise CouponExpired(until=coupon.valid_until)
    if coupon.bound_key_id not in (None, caller.key_id):
        raise CouponWrongKey
    if coupon.bound_customer_id is not None:
        family = session.scalars(customers.family(caller.vendor_id, caller.customer_id))
        if coupon.bound_customer_id not in family.all():
            raise CouponWrongCustomer
