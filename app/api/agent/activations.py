"""Seats of a product."""

from fastapi import APIRouter, Response

from app.api.auth import KeyHolder
from app.customers.problems import CustomerBlocked
from app.kit.asgi import StrictRoute
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.problems import BAD_BODY, AuthRequired, TokenInvalid, command, problems
from app.licensing.problems import (
    EntitlementExpired,
    EntitlementNotStarted,
    EntitlementSuspended,
    EntitlementWithdrawn,
    KeyMalformed,
    KeyNotFound,
    KeyRevoked,
    KeySuspended,
    ProductMissing,
    SeatLimitReached,
    TrialExpired,
    VendorSuspended,
)
from app.licensing.schemas import Activate
from app.licensing.service.activations import activate
from wire.licenses import Activation, ActivationRequest, ActivationResponse, SeatCount

router = APIRouter(prefix="/activations", tags=["agent"], route_class=StrictRoute)


@router.post(
    "",
    status_code=201,
    responses=problems(
        AuthRequired,
        TokenInvalid,
        KeyMalformed,
        KeyNotFound,
        KeyRevoked,
        KeySuspended,
        CustomerBlocked,
        VendorSuspended,
        ProductMissing,
        EntitlementSuspended,
        EntitlementWithdrawn,
        EntitlementNotStarted,
        EntitlementExpired,
        TrialExpired,
        SeatLimitReached,
        *BAD_BODY,
        again=ActivationResponse,
    ),
)
def activate_product(
    session: SessionDep, caller: KeyHolder, message: ActivationRequest, response: Response
) -> ActivationResponse:
    """Takes a seat; the same infobase again gets its own seat (200) and a fresh token."""
    done = activate(session, command(Activate, message), caller=caller)
    response.status_code = 201 if done.created else 200
    return ActivationResponse(
        activation=Activation(
            id=str(done.activation.id),
            product=done.product,
            label=done.infobase.label,
            activated_at=rfc3339(done.activation.created_at),
        ),
        installation_token=done.token,
        seats=SeatCount(max=done.seats_max, used=done.seats_used),
        server_time=rfc3339(session.now()),
        trust=None,
    )
