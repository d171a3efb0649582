"""What becomes of customers together with their keys: archived, and merged."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.customers import queries as customers
from app.customers.models import Customer, CustomerStatus
from app.customers.problems import CustomerArchived
from app.customers.schemas import MergeCustomers
from app.kit.db import UnitOfWork
from app.kit.i18n import N_, Lazy
from app.kit.problems import InUse, ValidationFailed
from app.licensing.models import KeyStatus, LicenseKey
from app.licensing.queries import keys


@dataclass(frozen=True, slots=True)
class Merged:
    """The survivor, whom it took in, and what came along."""

    customer: Customer
    sources: Sequence[Customer]
    keys: Sequence[str]
    activations: int
    redemptions: int


def archive(
    session: UnitOfWork, vendor_id: uuid.UUID, customer_id: uuid.UUID, *, actor: Actor
) -> Customer:
    """Puts a customer away who has no active key; twice is a success."""
    customer = customers.customer(session, vendor_id, customer_id)
    session.hold(customer)
    if customer.status == CustomerStatus.ARCHIVED:
        return customer
    held = keys.of_customers(session, vendor_id, [customer.id])
    if any(key.status == KeyStatus.ACTIVE for key in held):
        raise InUse(where=Lazy(N_("active licence keys")))
    customer.status = CustomerStatus.ARCHIVED
    session.flush()
    audit.record(session, Action.CUSTOMER_ARCHIVED, actor=actor, subject=customer)
    return customer


def preview_merge(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    customer_id: uuid.UUID,
    command: MergeCustomers,
    *,
    actor: Actor,
) -> Merged:
    """The merge itself, undone."""
    with session.savepoint(undo=True):
        done = merge(session, vendor_id, customer_id, command, actor=actor)
    for customer in (done.customer, *done.sources):
        session.refresh(customer)
    return done


def merge(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    customer_id: uuid.UUID,
    command: MergeCustomers,
    *,
    actor: Actor,
) -> Merged:
    """Gives all keys of other customers to one and archives the others; again is a success.

    Past redemptions and events keep the customer of their time.
    """
    survivor, sources = _held(session, vendor_id, customer_id, command.sources)
    held = keys.of_customers(session, vendor_id, [source.id for source in sources])
    taken = keys.weight(session, vendor_id, [key.id for key in held])
    merged = Merged(
        survivor, sources, [key.hint for key in held], taken.activations, taken.redemptions
    )
    for source in sources:
        source.status, source.merged_into_id = CustomerStatus.ARCHIVED, survivor.id
    names = {source.id: source.company for source in sources}
    for key in held:
        _move(session, key, names[key.customer_id], survivor, actor)
    session.flush()
    _record(session, merged, actor)
    return merged


def _held(
    session: UnitOfWork, vendor_id: uuid.UUID, customer_id: uuid.UUID, sources: Sequence[uuid.UUID]
) -> tuple[Customer, list[Customer]]:
    """The survivor and those who are still to be merged, all locked in the order of their ids."""
    if customer_id in sources:
        raise ValidationFailed.at({"/from": ("own_id", N_("No customer is merged into itself"))})
    found = {}
    for one in sorted({customer_id, *sources}):
        found[one] = customers.customer(session, vendor_id, one)
        session.hold(found[one])
    survivor = found.pop(customer_id)
    if survivor.status == CustomerStatus.ARCHIVED:
        raise CustomerArchived
    left = [source for source in found.values() if source.merged_into_id != survivor.id]
    if any(source.merged_into_id is not None for source in left):
        raise CustomerArchived
    return survivor, left


def _move(
    session: UnitOfWork, key: LicenseKey, before: str, survivor: Customer, actor: Actor
) -> None:
    key.customer_id = survivor.id
    audit.record(
        session,
        Action.LICENSE_KEY_MOVED,
        actor=actor,
        subject=key,
        reason="merged",
        before=before,
        after=survivor.company,
    )


def _record(session: UnitOfWork, merged: Merged, actor: Actor) -> None:
    for source in merged.sources:
        audit.record(
            session,
            Action.CUSTOMER_ARCHIVED,
            actor=actor,
            subject=source,
            merged_into=merged.customer.id,
        )
    if merged.sources:
        audit.record(
            session,
            Action.CUSTOMER_MERGED,
            actor=actor,
            subject=merged.customer,
            sources=[source.id for source in merged.sources],
            keys=merged.keys,
            activations=merged.activations,
            redemptions=merged.redemptions,
        )
