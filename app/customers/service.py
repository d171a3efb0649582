"""What can be done with customers and distributors."""

import uuid
from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.customers import queries
from app.customers.models import Customer, CustomerStatus, Distributor, DistributorStatus
from app.customers.problems import (
    CustomerAlike,
    CustomerArchived,
    CustomerExists,
    DistributorExists,
)
from app.customers.schemas import (
    BlockCustomer,
    CreateCustomer,
    CreateDistributor,
    UpdateCustomer,
    UpdateDistributor,
)
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_, Lazy
from app.kit.problems import InUse, NotFound


def create(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    command: CreateCustomer,
    *,
    actor: Actor,
    action: Action = Action.CUSTOMER_CREATED,
) -> Customer:
    """A new client company of the vendor; `action` is what its history calls that."""
    _require_distributor(session, vendor_id, command.distributor_id)
    customer = Customer(
        id=new_id(), vendor_id=vendor_id, created_at=session.now(), **command.model_dump()
    )
    try:
        with session.savepoint():
            session.add(customer)
    except IntegrityError:
        raise CustomerExists from None
    audit.record(session, action, actor=actor, subject=customer)
    return customer


def require_unlike(session: UnitOfWork, vendor_id: uuid.UUID, command: CreateCustomer) -> None:
    """Refuses a customer who looks like another one."""
    if queries.similar(session, vendor_id, command.inn, command.email):
        raise CustomerAlike


def update(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    customer_id: uuid.UUID,
    command: UpdateCustomer,
    *,
    version: int,
    actor: Actor,
) -> Customer:
    """Changes what is known of a customer."""
    customer = queries.customer(session, vendor_id, customer_id)
    session.hold(customer, version)
    given = command.model_dump(exclude_unset=True)
    if given.get("distributor_id") != customer.distributor_id:
        _require_distributor(session, vendor_id, given.get("distributor_id"))
    try:
        with session.savepoint():
            changes = audit.amend(customer, given)
    except IntegrityError:
        raise CustomerExists from None
    if changes:
        audit.record(session, Action.CUSTOMER_UPDATED, actor=actor, subject=customer, **changes)
    return customer


def _require_distributor(
    session: UnitOfWork, vendor_id: uuid.UUID, distributor_id: uuid.UUID | None
) -> None:
    """Customers come through a distributor who is active, and stays so until the commit."""
    if distributor_id is None:
        return
    distributor = queries.distributor(session, vendor_id, distributor_id)
    session.refresh(distributor, with_for_update={"read": True})
    if distributor.status != DistributorStatus.ACTIVE:
        raise NotFound(N_("The distributor is archived"))


def block(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    customer_id: uuid.UUID,
    command: BlockCustomer,
    *,
    actor: Actor,
) -> Customer:
    """Stops every key of the customer at once; twice is a success."""
    customer = _open(session, vendor_id, customer_id)
    if customer.status != CustomerStatus.BLOCKED:
        customer.status = CustomerStatus.BLOCKED
        session.flush()
        reason = command.reason
        audit.record(session, Action.CUSTOMER_BLOCKED, actor=actor, subject=customer, reason=reason)
    return customer


def unblock(
    session: UnitOfWork, vendor_id: uuid.UUID, customer_id: uuid.UUID, *, actor: Actor
) -> Customer:
    """Lets the customer's keys work again; twice is a success."""
    customer = _open(session, vendor_id, customer_id)
    if customer.status != CustomerStatus.ACTIVE:
        customer.status = CustomerStatus.ACTIVE
        session.flush()
        audit.record(session, Action.CUSTOMER_UNBLOCKED, actor=actor, subject=customer)
    return customer


def _open(session: UnitOfWork, vendor_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    customer = queries.customer(session, vendor_id, customer_id)
    session.hold(customer)
    if customer.status == CustomerStatus.ARCHIVED:
        raise CustomerArchived
    return customer


def create_distributor(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateDistributor, *, actor: Actor
) -> Distributor:
    """A new partner who sells for the vendor."""
    distributor = Distributor(
        id=new_id(), vendor_id=vendor_id, created_at=session.now(), **command.model_dump()
    )
    try:
        with session.savepoint():
            session.add(distributor)
    except IntegrityError:
        raise DistributorExists from None
    audit.record(session, Action.DISTRIBUTOR_CREATED, actor=actor, subject=distributor)
    return distributor


def update_distributor(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    distributor_id: uuid.UUID,
    command: UpdateDistributor,
    *,
    version: int,
    actor: Actor,
) -> Distributor:
    """Changes or archives a distributor; archiving needs that no open customer came from there."""
    distributor = queries.distributor(session, vendor_id, distributor_id)
    session.hold(distributor, version)
    given = command.model_dump(exclude_unset=True)
    archived = _archives(distributor, given)
    if archived and queries.is_attached(session, distributor):
        raise InUse(where=Lazy(N_("customers")))
    try:
        with session.savepoint():
            changes = audit.amend(distributor, given)
    except IntegrityError:
        raise DistributorExists from None
    if changes:
        action = Action.DISTRIBUTOR_ARCHIVED if archived else Action.DISTRIBUTOR_UPDATED
        audit.record(session, action, actor=actor, subject=distributor, **changes)
    return distributor


def _archives(distributor: Distributor, given: Mapping[str, object]) -> bool:
    archived = DistributorStatus.ARCHIVED
    return given.get("status") == archived and distributor.status != archived
