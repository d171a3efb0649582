"""Taking a cause of changes back: exact while nothing came after it, refused otherwise."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from app.accounts import queries as accounts
from app.audit.actor import Actor
from app.catalog.models import Product
from app.kit.clock import local_date
from app.kit.db import UnitOfWork
from app.licensing.models import Entitlement, EntitlementChange, EntitlementStatus
from app.licensing.problems import LaterChanges
from app.licensing.service.algebra import Change, KeyState, Rights, TrialState
from app.licensing.service.entitlements import Effect
from app.licensing.service.ledger import Cause, Writer
from app.licensing.service.state import facts, load


@dataclass(frozen=True, slots=True)
class _Touched:
    """An entitlement that the cause changed: what it was before the first of these changes."""

    product: str
    before: Mapping[str, Any] | None


def restore(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    effects: Sequence[Mapping[str, Any]],
    *,
    cause: Cause,
    actor: Actor,
) -> list[Effect]:
    """Brings every entitlement of a locked key back to before `cause.id`; raises LaterChanges.

    `effects` are those that the cause recorded: they hold what became of trials.
    """
    rows = load(session, vendor_id, key_id)
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    known = facts(session, vendor_id)
    writer = Writer(session, vendor_id, key_id, known, rows, cause, actor, today)
    trials = _trials_before(effects)
    restored = []
    for number, touched in enumerate(_touched(session, vendor_id, cause.id)):
        change = _back(rows.state, touched, trials)
        restored.append(Effect(number, "reverse", change, writer.write("reverse", change)))
    return restored


def _touched(session: UnitOfWork, vendor_id: uuid.UUID, of: uuid.UUID | None) -> list[_Touched]:
    """In the order of the entitlements' ids, as every change of a key takes them."""
    rows = session.execute(
        select(EntitlementChange, Product.code)
        .join(Entitlement, Entitlement.id == EntitlementChange.entitlement_id)
        .join(Product, Product.id == Entitlement.product_id)
        .where(EntitlementChange.vendor_id == vendor_id, EntitlementChange.cause_id == of)
        .order_by(EntitlementChange.entitlement_id, EntitlementChange.seq)
    ).all()
    first: dict[uuid.UUID, _Touched] = {}
    last: dict[uuid.UUID, int] = {}
    for change, product in rows:
        first.setdefault(change.entitlement_id, _Touched(product, change.before))
        last[change.entitlement_id] = change.seq
    later = [row for id_, seq in last.items() for row in _later(session, id_, seq)]
    if later:
        raise LaterChanges(changes=later)
    return list(first.values())


def _later(session: UnitOfWork, entitlement_id: uuid.UUID, seq: int) -> list[dict[str, object]]:
    """What was changed since and stands: a change and its own reversal leave nothing behind."""
    rows = session.scalars(
        select(EntitlementChange)
        .where(EntitlementChange.entitlement_id == entitlement_id, EntitlementChange.seq > seq)
        .order_by(EntitlementChange.seq)
    ).all()
    undone = {row.cause_id for row in rows if row.cause_kind == "reversal"}
    return [
        {"operation": row.operation, "cause": row.cause_kind, "at": row.created_at}
        for row in rows
        if row.cause_id not in undone
    ]


def _trials_before(effects: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any] | None]:
    """Per product whose trial was touched, the trial before the first touch."""
    before: dict[str, Mapping[str, Any] | None] = {}
    for effect in effects:
        if effect.get("trial_before") != effect.get("trial_after"):
            before.setdefault(effect["product"], effect.get("trial_before"))
    return before


def _back(
    state: KeyState, touched: _Touched, trials: Mapping[str, Mapping[str, Any] | None]
) -> Change:
    now = state.rights[touched.product]
    after = replace(now, status=EntitlementStatus.WITHDRAWN)
    if touched.before is not None:
        after = Rights.restored(touched.before)
    trial = state.trials.get(touched.product)
    then = trial
    if touched.product in trials and trial is not None:
        snapshot = trials[touched.product]
        then = TrialState.restored(snapshot) if snapshot else replace(trial, end_reason="reversed")
    return Change(touched.product, now, after, trial, then)
