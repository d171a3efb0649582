"""Changing the rights of a key: operations in order, each with its row in the ledger."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from app.accounts import queries as accounts
from app.audit.actor import Actor
from app.kit.clock import local_date
from app.kit.db import KitSession, UnitOfWork
from app.kit.problems import Problem
from app.licensing.models import Entitlement, KeyStatus, LicenseKey
from app.licensing.problems import KeyRevoked, KeySuspended
from app.licensing.schemas import Operation
from app.licensing.service import algebra
from app.licensing.service.algebra import Change
from app.licensing.service.ledger import Cause, Writer
from app.licensing.service.soundness import require_known
from app.licensing.service.state import facts, load


@dataclass(frozen=True, slots=True)
class Effect:
    """What one operation did to one product; `number` counts operations from 0."""

    number: int
    operation: str
    change: Change
    revoked_seats: int = 0

    def document(self) -> dict[str, object]:
        """The effect as a redemption records it."""
        change = self.change
        return {
            "operation": self.operation,
            "product": change.product,
            "effect": "applied" if change.applied else "none",
            "before": change.before.snapshot() if change.before else None,
            "after": change.after.snapshot(),
            "trial_before": change.trial_before.snapshot() if change.trial_before else None,
            "trial_after": change.trial_after.snapshot() if change.trial_after else None,
            "revoked_seats": self.revoked_seats,
        }


def lock(session: UnitOfWork, vendor_id: uuid.UUID, key_id: uuid.UUID) -> None:
    """Puts all changes of one key's rights into one order; refuses a key that is not active."""
    written = len(session.written)
    its = (LicenseKey.vendor_id == vendor_id, LicenseKey.id == key_id)
    claim = (
        update(LicenseKey)
        .where(*its, LicenseKey.status == KeyStatus.ACTIVE)
        .values(rights_version=LicenseKey.rights_version + 1)
        .execution_options(synchronize_session=False)
    )
    while not session.change(claim):
        status = session.scalar(select(LicenseKey.status).where(*its))
        if status != KeyStatus.ACTIVE:
            raise KeySuspended if status == KeyStatus.SUSPENDED else KeyRevoked
        # It was suspended a moment ago and has been resumed since.
    # The number alone is no change: whatever changes rights behind it has its own event.
    del session.written[written:]
    # Whoever takes or gives back a seat meanwhile waits: what becomes of the seats of a product
    # is decided by those that are taken when its rights change.
    session.execute(
        select(Entitlement.id)
        .where(Entitlement.vendor_id == vendor_id, Entitlement.key_id == key_id)
        .order_by(Entitlement.id)
        .with_for_update(key_share=True)
    )


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
    known = facts(session, vendor_id)
    rows = load(session, vendor_id, key_id)
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    writer = Writer(session, vendor_id, key_id, known, rows, cause, actor, today)
    effects: list[Effect] = []
    state = rows.state
    for number, operation in enumerate(operations):
        try:
            require_known(operation, known)
            changes = algebra.apply(state, operation, known.of_products, today)
            done = [
                Effect(number, operation.op, change, writer.write(operation.op, change))
                for change in changes
            ]
        except Problem as problem:
            problem.params["operation"] = number
            raise
        state = algebra.fold(state, changes)
        effects += done
    return effects


def rights_digest(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> str:
    """SHA-256 over all rights of a key: what a preview promises and a redemption compares."""
    state = load(session, vendor_id, key_id).state
    members = {code: rights.snapshot() for code, rights in state.rights.items()}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
