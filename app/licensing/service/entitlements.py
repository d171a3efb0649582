"""Changing the rights of a key: operations in order, each with its row in the ledger."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select, update

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries as catalog
from app.catalog.models import Product
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.problems import Problem
from app.licensing.models import Entitlement, EntitlementChange, KeyStatus, LicenseKey
from app.licensing.problems import KeyRevoked, KeySuspended
from app.licensing.queries.rights import key_rights
from app.licensing.schemas import Operation
from app.licensing.service.algebra import Rights, add_product


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rights change: the ledger's reference."""

    kind: str
    id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one operation did to one product."""

    operation: str
    product: Product
    before: Rights | None
    after: Rights

    @property
    def applied(self) -> bool:
        """False where the operation changed nothing."""
        return self.before != self.after


def lock(session: UnitOfWork, vendor_id: uuid.UUID, key_id: uuid.UUID) -> None:
    """Puts all changes of one key's rights into one order; refuses a key that is not active."""
    changed = session.change(
        update(LicenseKey)
        .where(
            LicenseKey.vendor_id == vendor_id,
            LicenseKey.id == key_id,
            LicenseKey.status == KeyStatus.ACTIVE,
        )
        .values(rights_version=LicenseKey.rights_version + 1)
        .execution_options(synchronize_session=False)
    )
    if changed != 1:
        status = session.scalar(select(LicenseKey.status).where(LicenseKey.id == key_id))
        raise KeySuspended if status == KeyStatus.SUSPENDED else KeyRevoked


def apply(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    operations: Sequence[Operation],
    *,
    cause: Cause,
    actor: Actor,
) -> list[Effect]:
    """Applies operations in their order to a locked key; all of them or, by the caller, none."""
    rights = key_rights(session, vendor_id, key_id)
    rows = {item.product.id: item.entitlement for item in rights.entitlements}
    effects = []
    for number, operation in enumerate(operations):
        try:
            product = catalog.product_by_code(session, vendor_id, operation.product)
            row = rows.get(product.id)
            before = Rights.of(row) if row else None
            after = add_product(before, operation, product, rights.today)
        except Problem as problem:
            problem.params["operation"] = number
            raise
        effect = Effect(operation.op, product, before, after)
        if effect.applied:
            rows[product.id] = _write(session, rights.key, row, effect, cause, actor)
        effects.append(effect)
    return effects


def _write(
    session: UnitOfWork,
    key: LicenseKey,
    row: Entitlement | None,
    effect: Effect,
    cause: Cause,
    actor: Actor,
) -> Entitlement:
    after, fresh = effect.after, row is None
    if row is None:
        row = Entitlement(
            id=new_id(),
            vendor_id=key.vendor_id,
            created_at=session.now(),
            key_id=key.id,
            product_id=effect.product.id,
            active_count=0,
            row_version=0,
            source=_SOURCES[cause.kind],
        )
        session.add(row)
    row.status, row.starts_on, row.valid_until = after.status, after.starts_on, after.valid_until
    row.updates_until, row.seats, row.channel = after.updates_until, after.seats, after.channel
    row.is_trial, row.row_version = after.is_trial, row.row_version + 1
    session.flush()
    session.add(_ledger_row(session, row, effect, cause, actor))
    audit.record(
        session,
        Action.ENTITLEMENT_GRANTED if fresh else Action.ENTITLEMENT_UPDATED,
        actor=actor,
        subject=replace(row.subject, label=effect.product.name),
        key=key.hint,
        product=effect.product.code,
        before=effect.before.snapshot() if effect.before else None,
        after=after.snapshot(),
    )
    return row


_SOURCES = {"redemption": "coupon", "manual": "manual", "import": "import", "trial": "trial"}


def _ledger_row(
    session: UnitOfWork, row: Entitlement, effect: Effect, cause: Cause, actor: Actor
) -> EntitlementChange:
    last = session.scalar(
        select(func.max(EntitlementChange.seq)).where(EntitlementChange.entitlement_id == row.id)
    )
    return EntitlementChange(
        id=new_id(),
        vendor_id=row.vendor_id,
        created_at=session.now(),
        entitlement_id=row.id,
        seq=(last or 0) + 1,
        operation=effect.operation,
        before=effect.before.snapshot() if effect.before else None,
        after=effect.after.snapshot(),
        cause_kind=cause.kind,
        cause_id=cause.id,
        actor=actor.label,
    )


def rights_digest(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> str:
    """SHA-256 over all rights of a key: what a preview promises and a redemption compares."""
    rights = key_rights(session, vendor_id, key_id)
    members = {
        item.product.code: Rights.of(item.entitlement).snapshot() for item in rights.entitlements
    }
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
