"""Giving seats back and moving them, within the product's quota of thirty days."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, delete, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog.models import Product
from app.kit.db import UnitOfWork, new_id
from app.kit.signing import lookup_digest
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    Infobase,
    InstallationToken,
    Transfer,
)
from app.licensing.problems import (
    ActivationNotFound,
    BindingMismatch,
    InfobaseAlreadyActivated,
    TransferQuotaExceeded,
)
from app.licensing.queries import keys
from app.licensing.queries.rights import key_rights
from app.licensing.queries.status import refusal, require_key
from app.licensing.queries.transfers import WINDOW, Quota, quotas
from app.licensing.schemas import Activate, Rebind, WithReason
from app.licensing.service.activations import remember_infobase
from app.licensing.service.keys import InstallerPrincipal


@dataclass(frozen=True, slots=True)
class Rebound:
    """The activation at its new infobase; `moved` is false where it was there already."""

    seat: keys.Seat
    moved: bool
    quota: Quota


def release_own(
    session: UnitOfWork, activation_id: uuid.UUID, *, caller: InstallerPrincipal
) -> None:
    """A seat given back by its agent (token) or by the customer (key); twice is a success."""
    found = keys.seat(session, caller.vendor_id, activation_id)
    if found.key.id != caller.key_id:
        raise ActivationNotFound
    if caller.activation_id not in (None, found.activation.id):
        raise BindingMismatch
    if found.activation.status != ActivationStatus.ACTIVE:
        return
    _lock(session, found.entitlement.id)
    session.refresh(found.activation)
    if found.activation.status != ActivationStatus.ACTIVE:
        return  # a twin was faster
    _require_quota(session, found.entitlement, found.product)
    cause = "agent" if caller.activation_id else "customer"
    if _release(session, found.activation, cause):
        _transfer(session, found.activation, "release", caller.actor)
        _record_release(session, found.activation, cause, caller.actor)


def release_by_staff(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    activation_id: uuid.UUID,
    command: WithReason,
    *,
    actor: Actor,
) -> Activation:
    """A seat taken back by the vendor's people: no quota, a reason; twice is a success."""
    seat = keys.seat(session, vendor_id, activation_id).activation
    take_back(session, seat, "support", actor=actor, reason=command.reason)
    session.refresh(seat)
    return seat


def take_back(
    session: UnitOfWork, seat: Activation, cause: str, *, actor: Actor, **data: object
) -> bool:
    """A seat given back without counting as a transfer; False if it was free already."""
    _lock(session, seat.entitlement_id)
    released = _release(session, seat, cause)
    if released:
        _record_release(session, seat, cause, actor, **data)
    return released


def _lock(session: UnitOfWork, entitlement_id: uuid.UUID) -> None:
    """Two transfers of one entitlement wait for each other: the quota is counted once at a time."""
    session.execute(
        select(Entitlement.id).where(Entitlement.id == entitlement_id).with_for_update()
    )


def _release(session: UnitOfWork, activation: Activation, cause: str) -> bool:
    released = session.change(
        update(Activation)
        .where(Activation.id == activation.id, Activation.status == ActivationStatus.ACTIVE)
        .values(status=ActivationStatus.RELEASED, release_cause=cause, released_at=session.now())
        .execution_options(synchronize_session=False)
    )
    if released:
        session.change(
            update(Entitlement)
            .where(Entitlement.id == activation.entitlement_id, Entitlement.active_count > 0)
            .values(active_count=Entitlement.active_count - 1)
            .execution_options(synchronize_session=False)
        )
    return released == 1


def _record_release(
    session: UnitOfWork, activation: Activation, cause: str, actor: Actor, **data: object
) -> None:
    audit.record(
        session, Action.ACTIVATION_RELEASED, actor=actor, subject=activation, cause=cause, **data
    )


def quota(session: UnitOfWork, entitlement: Entitlement, product: Product) -> Quota:
    """Transfers of the last thirty days against what the product allows."""
    return quotas(session, [(entitlement, product)])[entitlement.id]


def _require_quota(session: UnitOfWork, entitlement: Entitlement, product: Product) -> None:
    counted = quota(session, entitlement, product)
    if counted.used < counted.max:
        return
    newest = session.scalars(
        select(Transfer.created_at)
        .where(Transfer.entitlement_id == entitlement.id)
        .order_by(Transfer.created_at.desc())
        .limit(max(counted.max, 1))
    ).all()
    # The next one is free when the oldest of those that fill the window leaves it.
    available = (newest[-1] if newest else session.now()) + WINDOW
    raise TransferQuotaExceeded(available_at=available, max=counted.max, used=counted.used)


def _transfer(
    session: UnitOfWork,
    activation: Activation,
    kind: str,
    actor: Actor,
    to: Infobase | None = None,
) -> None:
    session.add(
        Transfer(
            id=new_id(),
            vendor_id=activation.vendor_id,
            created_at=session.now(),
            entitlement_id=activation.entitlement_id,
            activation_id=activation.id,
            kind=kind,
            from_infobase_id=activation.infobase_id,
            to_infobase_id=to.id if to else None,
            actor=actor.label,
        )
    )


def rebind(
    session: UnitOfWork,
    activation_id: uuid.UUID,
    command: Rebind,
    token: str,
    *,
    caller: InstallerPrincipal,
) -> Rebound:
    """Moves the token's own seat to the infobase's new id: same row, same seat, one transfer."""
    if caller.activation_id != activation_id:
        raise BindingMismatch
    _lock(session, keys.seat(session, caller.vendor_id, activation_id).entitlement.id)
    found = keys.seat(session, caller.vendor_id, activation_id)
    if found.activation.status != ActivationStatus.ACTIVE:
        raise ActivationNotFound
    _require_usable(session, caller, found.product)
    moved = found.infobase.uid != command.infobase.id
    if moved:
        _require_quota(session, found.entitlement, found.product)
        _move(session, found, command, token, caller)
    now = keys.seat(session, caller.vendor_id, activation_id)
    return Rebound(now, moved=moved, quota=quota(session, now.entitlement, now.product))


def _require_usable(session: UnitOfWork, caller: InstallerPrincipal, product: Product) -> None:
    rights = key_rights(session, caller.vendor_id, caller.key_id)
    require_key(rights)
    item = rights.of_product(product.id)
    problem = refusal(rights, item) if item else ActivationNotFound()
    if problem is not None:
        raise problem


def _move(
    session: UnitOfWork,
    found: keys.Seat,
    command: Rebind,
    token: str,
    caller: InstallerPrincipal,
) -> None:
    seen = Activate(
        product=found.product.code,
        infobase=command.infobase,
        agent_version=command.agent_version,
    )
    infobase = remember_infobase(session, caller.vendor_id, seen)
    _transfer(session, found.activation, "rebind", caller.actor, infobase)
    try:
        with session.savepoint():
            moved = session.change(_to(found.activation, infobase, command, session.now()))
    except IntegrityError:
        raise InfobaseAlreadyActivated(product=found.product.name) from None
    if not moved:
        raise ActivationNotFound
    _keep_only(session, found.activation, token)
    audit.record(
        session,
        Action.ACTIVATION_REBOUND,
        actor=caller.actor,
        subject=found.activation,
        product=found.product.code,
        infobase=infobase.label,
    )


def _to(activation: Activation, infobase: Infobase, command: Rebind, at: datetime) -> Update:
    return (
        update(Activation)
        .where(
            Activation.id == activation.id,
            Activation.status == ActivationStatus.ACTIVE,
            Activation.infobase_id == activation.infobase_id,
        )
        .values(
            infobase_id=infobase.id,
            machine=command.machine,
            windows_user=command.windows_user,
            last_seen_at=at,
        )
        .execution_options(synchronize_session=False)
    )


def _keep_only(session: UnitOfWork, activation: Activation, token: str) -> None:
    """The token that asked stays, so that a lost answer can be repeated; the old place's go."""
    session.execute(
        delete(InstallationToken)
        .where(
            InstallationToken.activation_id == activation.id,
            InstallationToken.digest != lookup_digest(token),
        )
        .execution_options(synchronize_session=False)
    )
