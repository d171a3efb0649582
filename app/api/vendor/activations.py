"""Seats of products, as the vendor's people and programs see them."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.keyviews import activation_view
from app.api.routers import of_vendors
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.problems import problems
from app.licensing.problems import ActivationNotFound
from app.licensing.queries import keys, lists
from app.licensing.schemas import WithReason
from app.licensing.schemas.views import ActivationView, FindActivations
from app.licensing.service.transfers import release_by_staff

router = of_vendors("/activations")
Reader = Annotated[Principal, Depends(Scoped(Permission.KEYS_READ))]
Releaser = Annotated[Principal, Depends(Scoped(Permission.ACTIVATIONS_RELEASE))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_seats(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindActivations, Query()],
    request: Request,
    response: Response,
) -> Listed[ActivationView]:
    """A page of seats, newest first, given back ones too."""
    found = lists.activations(session, caller.vendor_id, asked)
    return listed(request, response, found, activation_view)


@router.post(
    "/{activation_id}/release",
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, ActivationNotFound),
)
def release_seat(
    session: SessionDep, caller: Releaser, activation_id: uuid.UUID, wish: WithReason
) -> ActivationView:
    """Takes a seat back, whatever the quota; twice is a success."""
    release_by_staff(session, caller.vendor_id, activation_id, wish, actor=caller.actor)
    return activation_view(keys.seat(session, caller.vendor_id, activation_id))
