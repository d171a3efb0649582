"""Agreeing to a licence agreement."""

from fastapi import Response

from app.api.auth import Installer
from app.api.routers import of_agents
from app.customers.problems import CustomerBlocked
from app.delivery.problems import DigestMismatch, EulaOutdated
from app.delivery.schemas import AcceptEula
from app.delivery.service.acceptances import accept
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    NotFound,
    RateLimited,
    TokenInvalid,
    command,
    problems,
)
from app.licensing.problems import (
    ActivationNotFound,
    BindingMismatch,
    KeyMalformed,
    KeyNotFound,
    KeyRevoked,
    KeySuspended,
    VendorSuspended,
)
from app.trust import queries as trust
from wire.extensions import EulaAcceptance, EulaAcceptanceRequest, EulaAcceptanceResponse

router = of_agents("/eula-acceptances")


@router.post(
    "",
    status_code=201,
    responses=problems(
        AuthRequired,
        TokenInvalid,
        KeyMalformed,
        KeyNotFound,
        RateLimited,
        KeyRevoked,
        KeySuspended,
        CustomerBlocked,
        VendorSuspended,
        ActivationNotFound,
        BindingMismatch,
        NotFound,
        DigestMismatch,
        EulaOutdated,
        *ONCE_REFUSALS,
        *BAD_BODY,
        again=EulaAcceptanceResponse,
    ),
)
def accept_eula(
    session: SessionDep,
    caller: Installer,
    _: Once,
    message: EulaAcceptanceRequest,
    response: Response,
) -> EulaAcceptanceResponse:
    """Records the agreement to exactly this text; 200 where it was recorded before."""
    accepted = accept(session, command(AcceptEula, message), caller=caller)
    response.status_code = 201 if accepted.created else 200
    row = accepted.acceptance
    return EulaAcceptanceResponse(
        eula_acceptance=EulaAcceptance(
            id=str(row.id),
            eula_id=str(row.eula_id),
            locale=row.locale,
            sha256=row.text_sha256,
            accepted_at=rfc3339(row.created_at),
        ),
        server_time=rfc3339(session.now()),
        trust=trust.answer(session, caller.vendor_id),
    )
