"""Seats of a product."""

import uuid

from fastapi import Response

from app.api.auth import Credential, Installation, Installer, KeyHolder
from app.api.effects import KEY_REFUSALS
from app.api.routers import of_agents
from app.kit.clock import rfc3339
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    RateLimited,
    TokenInvalid,
    ValidationFailed,
    command,
    problems,
)
from app.licensing.problems import (
    ActivationNotFound,
    BindingMismatch,
    EntitlementExpired,
    EntitlementNotStarted,
    EntitlementSuspended,
    EntitlementWithdrawn,
    InfobaseAlreadyActivated,
    KeyMalformed,
    KeyNotFound,
    KeyRevoked,
    ProductMissing,
    SeatLimitReached,
    TransferQuotaExceeded,
    TrialExpired,
    VendorSuspended,
)
from app.licensing.queries import keys
from app.licensing.schemas import Activate, Rebind
from app.licensing.service.activations import activate
from app.licensing.service.transfers import rebind, release_own
from app.trust import queries as trust
from wire.licenses import (
    Activation,
    ActivationList,
    ActivationRequest,
    ActivationResponse,
    ListedActivation,
    RebindRequest,
    RebindResponse,
    SeatCount,
    TransferCount,
)

router = of_agents("/activations")
_SHAPE = (AuthRequired, TokenInvalid, KeyMalformed, KeyNotFound, RateLimited, KeyRevoked)
_RIGHTS = (
    VendorSuspended,
    *KEY_REFUSALS,
    EntitlementSuspended,
    EntitlementWithdrawn,
    EntitlementNotStarted,
    EntitlementExpired,
    TrialExpired,
)


@router.get("", responses=problems(*_SHAPE))
def list_activations(session: ReadSessionDep, caller: KeyHolder) -> ActivationList:
    """All seats of the key, whoever sits on them."""
    seats = keys.seats_of_key(session, caller.vendor_id, caller.key_id)
    return ActivationList(
        data=[_listed(seat) for seat in seats],
        server_time=rfc3339(session.now()),
        trust=trust.answer(session, caller.vendor_id),
    )


def _listed(seat: keys.Seat) -> ListedActivation:
    return ListedActivation(
        id=str(seat.activation.id),
        product=seat.product.code,
        label=seat.infobase.label,
        machine=seat.activation.machine,
        last_seen_at=rfc3339(seat.activation.last_seen_at),
        activated_at=rfc3339(seat.activation.created_at),
        this_installation=False,  # a key does not say which installation asks
    )


@router.post(
    "",
    status_code=201,
    responses=problems(
        *_SHAPE,
        *_RIGHTS,
        ProductMissing,
        SeatLimitReached,
        *ONCE_REFUSALS,
        *BAD_BODY,
        again=ActivationResponse,
    ),
)
def activate_product(
    session: SessionDep, caller: KeyHolder, _: Once, message: ActivationRequest, response: Response
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
        trust=trust.answer(session, caller.vendor_id),
    )


@router.delete(
    "/{activation_id}",
    status_code=204,
    responses=problems(
        *_SHAPE, ActivationNotFound, BindingMismatch, TransferQuotaExceeded, ValidationFailed
    ),
)
def release_activation(session: SessionDep, caller: Installer, activation_id: uuid.UUID) -> None:
    """Gives a seat back: any seat of the key, or the token's own; twice is a success."""
    release_own(session, activation_id, caller=caller)


@router.post(
    "/{activation_id}/rebind",
    responses=problems(
        AuthRequired,
        TokenInvalid,
        *_RIGHTS,
        ActivationNotFound,
        BindingMismatch,
        InfobaseAlreadyActivated,
        TransferQuotaExceeded,
        *BAD_BODY,
    ),
)
def rebind_activation(
    session: SessionDep,
    caller: Installation,
    token: Credential,
    activation_id: uuid.UUID,
    message: RebindRequest,
) -> RebindResponse:
    """Moves the token's seat to the infobase's new id; the token stays valid."""
    done = rebind(session, activation_id, command(Rebind, message), token, caller=caller)
    return RebindResponse(
        activation=Activation(
            id=str(done.seat.activation.id),
            product=done.seat.product.code,
            label=done.seat.infobase.label,
            activated_at=rfc3339(done.seat.activation.created_at),
        ),
        moved=done.moved,
        transfers=TransferCount(max=done.quota.max, used=done.quota.used),
        seats=SeatCount(max=done.seat.entitlement.seats, used=done.seat.entitlement.active_count),
        server_time=rfc3339(session.now()),
        trust=trust.answer(session, caller.vendor_id),
    )
