"""Partners who sell for the vendor."""

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
from app.api.auth import TOKEN_REFUSALS, IfMatch, Scoped, row_version
from app.api.routers import of_vendors
from app.customers import queries, service
from app.customers.models import Distributor
from app.customers.problems import DistributorExists
from app.customers.schemas import (
    CreateDistributor,
    DistributorView,
    FindDistributors,
    UpdateDistributor,
)
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import InUse, NotFound, ValidationFailed, problems

router = of_vendors("/distributors")
Reader = Annotated[Principal, Depends(Scoped(Permission.CUSTOMERS_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.CUSTOMERS_WRITE))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_distributors(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindDistributors, Query()],
    request: Request,
    response: Response,
) -> Listed[DistributorView]:
    """A page of distributors, newest first."""
    found = queries.distributors(session, caller.vendor_id, asked)
    return listed(request, response, found, lambda row: _view(row, caller))


@router.post(
    "",
    status_code=201,
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, DistributorExists, *ONCE_REFUSALS),
)
def create_distributor(
    session: SessionDep, caller: Writer, _: Once, command: CreateDistributor, response: Response
) -> DistributorView:
    """A new distributor."""
    made = service.create_distributor(session, caller.vendor_id, command, actor=caller.actor)
    tag(response, made.row_version)
    return _view(made, caller)


@router.get("/{distributor_id}", responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed))
def get_distributor(
    session: ReadSessionDep, caller: Reader, distributor_id: uuid.UUID, response: Response
) -> DistributorView:
    """One distributor."""
    found = queries.distributor(session, caller.vendor_id, distributor_id)
    tag(response, found.row_version)
    return _view(found, caller)


@router.patch(
    "/{distributor_id}",
    responses=problems(*TOKEN_REFUSALS, NotFound, *CHANGE_REFUSALS, DistributorExists, InUse),
)
def update_distributor(
    session: SessionDep,
    caller: Writer,
    distributor_id: uuid.UUID,
    command: UpdateDistributor,
    response: Response,
    if_match: IfMatch = None,
) -> DistributorView:
    """Changes the members that are given; `status` archived puts the distributor away."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    made = service.update_distributor(
        session, vendor_id, distributor_id, command, version=version, actor=caller.actor
    )
    tag(response, made.row_version)
    return _view(made, caller)


def _view(distributor: Distributor, caller: Principal) -> DistributorView:
    return as_seen_by(caller, DistributorView.model_validate(distributor))
