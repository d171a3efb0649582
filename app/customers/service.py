"""What can be done with customers."""

import uuid

from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.customers.models import Customer
from app.customers.problems import CustomerExists
from app.customers.schemas import CreateCustomer
from app.kit.db import UnitOfWork, new_id


def create(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateCustomer, *, actor: Actor
) -> Customer:
    """A new client company of the vendor."""
    customer = Customer(
        id=new_id(), vendor_id=vendor_id, created_at=session.now(), **command.model_dump()
    )
    try:
        with session.savepoint():
            session.add(customer)
    except IntegrityError:
        raise CustomerExists from None
    audit.record(session, Action.CUSTOMER_CREATED, actor=actor, subject=customer)
    return customer
