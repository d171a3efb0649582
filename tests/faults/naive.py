"""The verbs as they must not be written: each asks whether there is room, and writes afterwards."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.audit.actor import SYSTEM
from app.catalog.models import Product
from app.coupons.models import Coupon, Redemption
from app.coupons.problems import CouponAlreadyRedeemed, CouponExhausted
from app.kit.db import UnitOfWork, new_id
from app.kit.idempotency import KEPT, IdempotentAnswer
from app.kit.problems import IdempotencyInProgress
from app.licensing.models import (
    Activation,
    Entitlement,
    EntitlementChange,
    Infobase,
    KeyStatus,
    LicenseKey,
    Transfer,
)
from app.licensing.problems import (
    InfobaseAlreadyActivated,
    KeyRevoked,
    SeatLimitReached,
    TransferQuotaExceeded,
)
from app.licensing.schemas import IssueKey
from app.licensing.service import keys
from app.licensing.service.state import rights_of
from tests.faults.stage import Stage

Meanwhile = Callable[[], object]
"""What happens between reading and writing."""


def redeem(stage: Stage, key_id: UUID, meanwhile: Meanwhile) -> None:
    with Session(stage.engine) as session:
        key, coupon = session.get_one(LicenseKey, key_id), session.scalars(select(Coupon)).one()
        if key.status == KeyStatus.REVOKED:
            raise KeyRevoked
        if coupon.redemption_count >= coupon.max_redemptions:
            raise CouponExhausted
        if _any(session, Redemption, Redemption.customer_id == key.customer_id):
            raise CouponAlreadyRedeemed
        meanwhile()
        coupon.redemption_count += 1
        session.add(
            Redemption(
                **_stamp(stage),
                coupon_id=coupon.id,
                key_id=key.id,
                customer_id=key.customer_id,
                actor=key.hint,
                effects=[],
            )
        )
        session.commit()


def activate(stage: Stage, uid: UUID, meanwhile: Meanwhile) -> None:
    with Session(stage.engine) as session:
        entitlement, seen = session.scalars(select(Entitlement)).one(), stage.kit.clock()
        infobase = session.scalar(select(Infobase).where(Infobase.uid == uid))
        if entitlement.active_count >= entitlement.seats:
            raise SeatLimitReached
        if infobase is not None and _any(
            session, Activation, Activation.infobase_id == infobase.id
        ):
            raise InfobaseAlreadyActivated
        meanwhile()
        entitlement.active_count += 1
        if infobase is None:
            infobase = Infobase(**_stamp(stage), uid=uid, label="База", last_seen_at=seen)
            session.add(infobase)
            session.flush()
        session.add(
            Activation(
                **_stamp(stage),
                entitlement_id=entitlement.id,
                infobase_id=infobase.id,
                last_seen_at=seen,
            )
        )
        session.commit()


def transfer(stage: Stage, activation_id: UUID, meanwhile: Meanwhile) -> None:
    with Session(stage.engine) as session:
        seat = session.get_one(Activation, activation_id)
        used = session.scalar(select(func.count()).select_from(Transfer))
        if used >= session.scalars(select(Product.transfer_quota)).one():
            raise TransferQuotaExceeded
        meanwhile()
        session.add(
            Transfer(
                **_stamp(stage),
                entitlement_id=seat.entitlement_id,
                activation_id=seat.id,
                kind="rebind",
                from_infobase_id=seat.infobase_id,
                actor="naive",
            )
        )
        session.commit()


def extend(stage: Stage, days: int, meanwhile: Meanwhile) -> None:
    with Session(stage.engine) as session:
        row = session.scalars(select(Entitlement)).one()
        before = rights_of(row, ()).snapshot()
        seq = session.scalar(select(func.max(EntitlementChange.seq)))
        meanwhile()
        row.valid_until += timedelta(days=days)
        session.flush()
        session.add(
            EntitlementChange(
                **_stamp(stage),
                entitlement_id=row.id,
                seq=seq + 1,
                operation="extend_term",
                before=before,
                after=rights_of(row, ()).snapshot(),
                cause_kind="manual",
                actor="naive",
            )
        )
        session.commit()


def issue_once(stage: Stage, key: str, meanwhile: Meanwhile) -> None:
    def act(session: UnitOfWork) -> None:
        if _any(session, IdempotentAnswer, IdempotentAnswer.key == key):
            raise IdempotencyInProgress
        meanwhile()
        wish = IssueKey(customer_id=stage.world.customer.id)
        keys.issue(session, stage.world.vendor.id, wish, actor=SYSTEM)
        told = {"principal": "naive", "key": key, "route": "", "body_sha256": b"", "status": 201}
        now = session.now()
        session.add(IdempotentAnswer(**told, created_at=now, expires_at=now + KEPT))

    stage.do(act)


def an_infobase(stage: Stage) -> UUID:
    """An infobase that sits nowhere yet."""
    uid = uuid4()
    with Session(stage.engine) as session, session.begin():
        seen = stage.kit.clock()
        session.add(Infobase(**_stamp(stage), uid=uid, label="База", last_seen_at=seen))
    return uid


def _any(session: Session, model: type, condition: ColumnElement[bool]) -> bool:
    return session.scalar(select(func.count()).select_from(model).where(condition)) > 0


def _stamp(stage: Stage) -> dict[str, object]:
    vendor_id, now = stage.world.vendor.id, stage.kit.clock()
    return {"id": new_id(), "vendor_id": vendor_id, "created_at": now}
