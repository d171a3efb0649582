"""Products tried out, at the agent's explicit wish."""

from fastapi import Response

from app.api.auth import KeyHolder, LanguageDep
from app.api.effects import KEY_REFUSALS
from app.api.routers import of_agents
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.i18n import N_, Language, fill, fill_plural
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
    KeyMalformed,
    KeyNotFound,
    TrialAlreadyUsed,
    TrialNotNeeded,
    TrialNotOffered,
    VendorSuspended,
)
from app.licensing.schemas import BeginTrial
from app.licensing.service.manual import BegunTrial, begin_trial
from app.trust import queries as trust
from wire.licenses import Trial, TrialRequest, TrialResponse

router = of_agents("/trials")


@router.post(
    "",
    status_code=201,
    responses=problems(
        AuthRequired,
        TokenInvalid,
        KeyMalformed,
        KeyNotFound,
        RateLimited,
        VendorSuspended,
        *KEY_REFUSALS,
        NotFound,
        TrialAlreadyUsed,
        TrialNotNeeded,
        TrialNotOffered,
        *ONCE_REFUSALS,
        *BAD_BODY,
        again=TrialResponse,
    ),
)
def start_trial(
    session: SessionDep,
    caller: KeyHolder,
    _: Once,
    message: TrialRequest,
    language: LanguageDep,
    response: Response,
) -> TrialResponse:
    """Starts the trial that the product offers; one that runs already is the answer (200)."""
    begun = begin_trial(session, command(BeginTrial, message), caller=caller)
    response.status_code = 201 if begun.fresh else 200
    return TrialResponse(
        trial=_trial(begun, language),
        server_time=rfc3339(session.now()),
        trust=trust.answer(session, caller.vendor_id),
    )


def _trial(begun: BegunTrial, language: Language) -> Trial:
    if begun.valid_until is None:
        text = fill(N_("Free, for ever"), language, {})
        return Trial(begun.product, None, "free_perpetual", None, text)
    text = fill_plural("Trial: {n} day left", "Trial: {n} days left", begun.days_left, language)
    end = begun.valid_until.isoformat()
    return Trial(begun.product, begun.days, "calendar_days", end, text)
