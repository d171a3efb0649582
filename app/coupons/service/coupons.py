"""What may still be changed of a coupon: whether, how long and what is said of it."""

import uuid

from sqlalchemy import update

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.coupons import queries
from app.coupons.models import Coupon, CouponStatus
from app.coupons.problems import CouponMalformed
from app.coupons.schemas import DisableCoupon, DisableCoupons, UpdateCoupon
from app.kit.db import KitSession, UnitOfWork
from app.kit.fields import Reveal
from app.kit.i18n import N_
from app.kit.problems import PreconditionFailed
from wire import codes


def read_code(text: str) -> codes.Code:
    """The coupon as typed by a person, normalised; a typo needs no query."""
    try:
        return codes.normalise(text, codes.CodeKind.COUPON)
    except codes.MalformedCodeError as error:
        if error.given is None:
            raise CouponMalformed from None
        detail = N_("This is a licence key; a coupon begins with the prefix and UPD")
        raise CouponMalformed(detail, given=error.given.value) from None


def find(session: KitSession, vendor_id: uuid.UUID, text: str) -> Coupon | None:
    """The vendor's coupon of a code as typed; another vendor's does not exist."""
    return queries.by_digest(session, vendor_id, read_code(text).digest)


def code_of(session: KitSession, vendor_id: uuid.UUID, coupon_id: uuid.UUID) -> str:
    """The full code, for a verb that takes it and never for a person."""
    coupon = queries.coupon(session, vendor_id, coupon_id)
    return session.kit.keyring.reveal_code(vendor_id, coupon.id, coupon.cipher)


def disable(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    coupon_id: uuid.UUID,
    command: DisableCoupon,
    *,
    actor: Actor,
) -> Coupon:
    """No further redemption; those that were made stand. Twice is a success."""
    coupon = queries.coupon(session, vendor_id, coupon_id)
    if _set_status(session, coupon, CouponStatus.DISABLED, command.reason):
        audit.record(
            session, Action.COUPON_DISABLED, actor=actor, subject=coupon, reason=command.reason
        )
    return queries.coupon(session, vendor_id, coupon_id)


def disable_several(
    session: UnitOfWork, vendor_id: uuid.UUID, command: DisableCoupons, *, actor: Actor
) -> int:
    """Disables several coupons, all or none; how many were not disabled before."""
    found = queries.active_of(session, vendor_id, command.coupons, locked=True)
    reason, status = command.reason, CouponStatus.DISABLED
    session.change(
        update(Coupon)
        .where(Coupon.id.in_([coupon.id for coupon in found]))
        .values(status=status, disabled_reason=reason, row_version=Coupon.row_version + 1)
        .execution_options(synchronize_session=False)
    )
    for coupon in found:
        audit.record(session, Action.COUPON_DISABLED, actor=actor, subject=coupon, reason=reason)
    return len(found)


def enable(
    session: UnitOfWork, vendor_id: uuid.UUID, coupon_id: uuid.UUID, *, actor: Actor
) -> Coupon:
    """Takes the disabling back; twice is a success."""
    coupon = queries.coupon(session, vendor_id, coupon_id)
    if _set_status(session, coupon, CouponStatus.ACTIVE, None):
        audit.record(session, Action.COUPON_ENABLED, actor=actor, subject=coupon)
    return queries.coupon(session, vendor_id, coupon_id)


def _set_status(
    session: UnitOfWork, coupon: Coupon, status: CouponStatus, reason: str | None
) -> bool:
    changed = session.change(
        update(Coupon)
        .where(Coupon.id == coupon.id, Coupon.status != status)
        .values(status=status, disabled_reason=reason, row_version=Coupon.row_version + 1)
        .execution_options(synchronize_session=False)
    )
    return changed == 1


def update_coupon(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    coupon_id: uuid.UUID,
    command: UpdateCoupon,
    *,
    version: int,
    actor: Actor,
) -> Coupon:
    """Another end of validity or another comment; operations never change."""
    coupon = queries.coupon(session, vendor_id, coupon_id)
    values = command.model_dump(exclude_unset=True)
    before = {name: getattr(coupon, name) for name in values}
    changed = session.change(
        update(Coupon)
        .where(Coupon.id == coupon.id, Coupon.row_version == version)
        .values(**values, row_version=Coupon.row_version + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise PreconditionFailed
    audit.record(
        session, Action.COUPON_UPDATED, actor=actor, subject=coupon, before=before, after=values
    )
    return queries.coupon(session, vendor_id, coupon_id)


def reveal(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    coupon_id: uuid.UUID,
    command: Reveal,
    *,
    actor: Actor,
) -> str:
    """The full code of a coupon once more; SecretUnreadable where its MASTER is gone."""
    coupon = queries.coupon(session, vendor_id, coupon_id)
    text = session.kit.keyring.reveal_code(vendor_id, coupon.id, coupon.cipher)
    audit.record(
        session,
        Action.COUPON_REVEALED,
        actor=actor,
        subject=coupon,
        cause=command.cause,
        reason=command.reason,
    )
    return text
