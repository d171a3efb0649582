"""Rights changed by hand, trials begun by agents, products suspended and withdrawn."""

import uuid
from dataclasses import dataclass, replace
from datetime import date

from app.accounts import queries as accounts
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries as catalog
from app.catalog.models import Product, TrialKind
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.licensing.models import Entitlement, EntitlementStatus
from app.licensing.problems import (
    EntitlementWithdrawn,
    NoEffect,
    TrialAlreadyUsed,
    TrialNotNeeded,
    TrialNotOffered,
)
from app.licensing.queries.keys import entitlement_of
from app.licensing.queries.rights import key_rights
from app.licensing.queries.status import require_key
from app.licensing.schemas import BeginTrial, ChangeRights, StartTrial, WithReason
from app.licensing.service.algebra import Change, KeyState, ProductFacts
from app.licensing.service.entitlements import Effect, apply, lock
from app.licensing.service.keys import InstallerPrincipal
from app.licensing.service.ledger import Cause, Writer
from app.licensing.service.soundness import require_sound
from app.licensing.service.state import facts, load


def change_rights(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    command: ChangeRights,
    *,
    actor: Actor,
) -> list[Effect]:
    """Operations without a coupon; nothing to change is a refusal."""
    lock(session, vendor_id, key_id)
    known = facts(session, vendor_id)
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    require_sound(command.operations, known, today)
    state = load(session, vendor_id, key_id).state
    for operation in command.operations:
        if isinstance(operation, StartTrial):
            _require_offered(state, known.of_products[operation.product])
    effects = apply(
        session,
        vendor_id,
        key_id,
        command.operations,
        cause=Cause("manual", new_id(), command.reason),
        actor=actor,
    )
    if not any(effect.change.applied for effect in effects):
        raise NoEffect
    return effects


def _require_offered(state: KeyState, product: ProductFacts) -> None:
    """Without a coupon a trial is what the product itself offers."""
    if product.trial_kind == TrialKind.NONE:
        raise TrialNotOffered(product=product.name)
    present = state.present(product.code)
    free = product.trial_kind == TrialKind.FREE_PERPETUAL
    if present is not None and not present.is_trial and not free:
        raise TrialNotNeeded(product=product.name)


def preview_change(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    command: ChangeRights,
    *,
    actor: Actor,
) -> list[Effect]:
    """The change itself, undone."""
    with session.savepoint(undo=True):
        return change_rights(session, vendor_id, key_id, command, actor=actor)


@dataclass(frozen=True, slots=True)
class BegunTrial:
    """What the key may try out; without an end it is free for ever."""

    product: str
    days: int | None
    valid_until: date | None
    days_left: int
    fresh: bool


def begin_trial(
    session: UnitOfWork, command: BeginTrial, *, caller: InstallerPrincipal
) -> BegunTrial:
    """A trial that the product offers; a running one is the answer again, and not fresh."""
    rights = key_rights(session, caller.vendor_id, caller.key_id)
    require_key(rights)
    product = catalog.product_by_code(session, caller.vendor_id, command.product)
    if product.trial_kind == TrialKind.NONE:
        raise TrialNotOffered(product=product.name)
    lock(session, caller.vendor_id, caller.key_id)
    standing = _standing(session, caller, product)
    if standing is not None:
        return _begun(session, caller, standing, fresh=False)
    [effect] = apply(
        session,
        caller.vendor_id,
        caller.key_id,
        [StartTrial(product=product.code)],
        cause=Cause("trial", new_id()),
        actor=caller.actor,
    )
    return _begun(session, caller, effect.change, fresh=True)


def _begun(
    session: UnitOfWork, caller: InstallerPrincipal, change: Change, *, fresh: bool
) -> BegunTrial:
    end, trial = change.after.valid_until, change.trial_after
    today = local_date(session.now(), accounts.vendor(session, caller.vendor_id).time_zone)
    left = (end - today).days if end else 0
    return BegunTrial(change.product, trial.days if trial else None, end, left, fresh)


def _standing(session: UnitOfWork, caller: InstallerPrincipal, product: Product) -> Change | None:
    """What the key has of the product already, if that is the answer; refusals otherwise."""
    state = load(session, caller.vendor_id, caller.key_id).state
    code = product.code
    present, trial = state.present(code), state.trials.get(code)
    zone = accounts.vendor(session, caller.vendor_id).time_zone
    today = local_date(session.now(), zone)
    if present is None:
        if trial is not None:
            raise TrialAlreadyUsed(product=product.name)
        return None
    if present.is_trial and present.valid_until is not None and present.valid_until < today:
        raise TrialAlreadyUsed(product=product.name)
    free = product.trial_kind == TrialKind.FREE_PERPETUAL and present.valid_until is None
    if not present.is_trial and not free:
        raise TrialNotNeeded(product=product.name)
    return Change(code, present, present, trial, trial)


def suspend_entitlement(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    entitlement_id: uuid.UUID,
    command: WithReason,
    *,
    actor: Actor,
) -> Entitlement:
    """Stops one product of a key; twice is a success."""
    status = EntitlementStatus.SUSPENDED
    return _set_status(session, vendor_id, entitlement_id, status, command, actor)


def resume_entitlement(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    entitlement_id: uuid.UUID,
    command: WithReason,
    *,
    actor: Actor,
) -> Entitlement:
    """Makes a suspended product work again; twice is a success."""
    status = EntitlementStatus.ACTIVE
    return _set_status(session, vendor_id, entitlement_id, status, command, actor)


def withdraw_entitlement(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    entitlement_id: uuid.UUID,
    command: WithReason,
    *,
    actor: Actor,
) -> Entitlement:
    """Takes the product out of the key with all its seats; twice is a success."""
    status = EntitlementStatus.WITHDRAWN
    return _set_status(session, vendor_id, entitlement_id, status, command, actor)


_ACTIONS = {
    EntitlementStatus.SUSPENDED: Action.ENTITLEMENT_SUSPENDED,
    EntitlementStatus.ACTIVE: Action.ENTITLEMENT_RESUMED,
    EntitlementStatus.WITHDRAWN: Action.ENTITLEMENT_WITHDRAWN,
}


def _set_status(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    entitlement_id: uuid.UUID,
    status: EntitlementStatus,
    command: WithReason,
    actor: Actor,
) -> Entitlement:
    row, product = entitlement_of(session, vendor_id, entitlement_id)
    lock(session, vendor_id, row.key_id)
    rows = load(session, vendor_id, row.key_id)
    now = rows.state.rights[product.code]
    if now.status == status:
        return row
    if not now.is_present:
        raise EntitlementWithdrawn(product=product.name)
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    known, cause = facts(session, vendor_id), Cause("manual", new_id(), command.reason)
    writer = Writer(session, vendor_id, row.key_id, known, rows, cause, actor, today)
    action = _ACTIONS[status]
    change = Change(product.code, now, replace(now, status=status))
    writer.write(action.partition(".")[2], change, action)
    return entitlement_of(session, vendor_id, entitlement_id)[0]
