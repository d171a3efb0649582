"""Customers of the vendor."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import (
    BODY_REFUSALS,
    CHANGE_REFUSALS,
    LIST_REFUSALS,
    Listed,
    as_seen_by,
    listed,
    tag,
)
from app.api.auth import TOKEN_REFUSALS, IfMatch, Scoped, require_contacts, row_version
from app.api.routers import of_vendors
from app.customers import queries, service
from app.customers.models import Customer
from app.customers.problems import CustomerArchived, CustomerExists
from app.customers.schemas import (
    BlockCustomer,
    CreateCustomer,
    CustomerView,
    FindCustomers,
    MergeCustomers,
    MergedCustomersView,
    SavedCustomerView,
    UpdateCustomer,
)
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import InUse, NotFound, ValidationFailed, problems
from app.licensing.service.customers import archive, merge, preview_merge

router = of_vendors("/customers")
Reader = Annotated[Principal, Depends(Scoped(Permission.CUSTOMERS_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.CUSTOMERS_WRITE))]
_ONE = (*TOKEN_REFUSALS, NotFound)


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_customers(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindCustomers, Query()],
    request: Request,
    response: Response,
) -> Listed[CustomerView]:
    """A page of customers, newest first."""
    if asked.email is not None:
        require_contacts(caller)
    found = queries.customers(session, caller.vendor_id, asked)
    return listed(request, response, found, lambda row: _view(row, caller))


@router.post(
    "",
    status_code=201,
    responses=problems(*_ONE, *BODY_REFUSALS, CustomerExists, *ONCE_REFUSALS),
)
def create_customer(
    session: SessionDep, caller: Writer, _: Once, command: CreateCustomer, response: Response
) -> SavedCustomerView:
    """A new customer; one that looks like another is made all the same, with a warning."""
    made = service.create(session, caller.vendor_id, command, actor=caller.actor)
    tag(response, made.row_version)
    return _saved(session, made, caller)


@router.get("/{customer_id}", responses=problems(*_ONE, ValidationFailed))
def get_customer(
    session: ReadSessionDep, caller: Reader, customer_id: uuid.UUID, response: Response
) -> CustomerView:
    """One customer; one that was merged names the customer that took it in."""
    found = queries.customer(session, caller.vendor_id, customer_id)
    tag(response, found.row_version)
    return _view(found, caller)


@router.patch("/{customer_id}", responses=problems(*_ONE, *CHANGE_REFUSALS, CustomerExists))
def update_customer(
    session: SessionDep,
    caller: Writer,
    customer_id: uuid.UUID,
    command: UpdateCustomer,
    response: Response,
    if_match: IfMatch = None,
) -> SavedCustomerView:
    """Changes the members that are given."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    made = service.update(
        session, vendor_id, customer_id, command, version=version, actor=caller.actor
    )
    tag(response, made.row_version)
    return _saved(session, made, caller)


@router.post("/{customer_id}/block", responses=problems(*_ONE, *BODY_REFUSALS, CustomerArchived))
def block_customer(
    session: SessionDep,
    caller: Writer,
    customer_id: uuid.UUID,
    command: BlockCustomer,
    response: Response,
) -> CustomerView:
    """Stops every key of the customer; again is a success."""
    done = service.block(session, caller.vendor_id, customer_id, command, actor=caller.actor)
    tag(response, done.row_version)
    return _view(done, caller)


@router.post(
    "/{customer_id}/unblock", responses=problems(*_ONE, ValidationFailed, CustomerArchived)
)
def unblock_customer(
    session: SessionDep, caller: Writer, customer_id: uuid.UUID, response: Response
) -> CustomerView:
    """Lets the customer's keys work again; again is a success."""
    done = service.unblock(session, caller.vendor_id, customer_id, actor=caller.actor)
    tag(response, done.row_version)
    return _view(done, caller)


@router.post("/{customer_id}/archive", responses=problems(*_ONE, ValidationFailed, InUse))
def archive_customer(
    session: SessionDep, caller: Writer, customer_id: uuid.UUID, response: Response
) -> CustomerView:
    """Puts a customer without active keys away; again is a success."""
    done = archive(session, caller.vendor_id, customer_id, actor=caller.actor)
    tag(response, done.row_version)
    return _view(done, caller)


@router.post("/{customer_id}/merge", responses=problems(*_ONE, *BODY_REFUSALS, CustomerArchived))
def merge_customers(
    session: SessionDep,
    caller: Writer,
    customer_id: uuid.UUID,
    command: MergeCustomers,
) -> MergedCustomersView:
    """Takes other customers in, with their keys; `dry_run` says what would move."""
    act = preview_merge if command.dry_run else merge
    done = act(session, caller.vendor_id, customer_id, command, actor=caller.actor)
    return MergedCustomersView.model_validate(done)


def _view(customer: Customer, caller: Principal) -> CustomerView:
    return as_seen_by(caller, CustomerView.model_validate(customer))


def _saved(session: KitSession, customer: Customer, caller: Principal) -> SavedCustomerView:
    same_inn, same_email = queries.doubles(session, customer)
    warnings = ["DUPLICATE_INN"] * same_inn + ["DUPLICATE_EMAIL"] * same_email
    saved = SavedCustomerView.model_validate(customer).model_copy(update={"warnings": warnings})
    return as_seen_by(caller, saved)
