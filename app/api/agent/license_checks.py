"""Whether a key is good: always an answer, "no" included."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from app.api import auth
from app.api.agent import asking
from app.api.routers import of_agents
from app.delivery.queries.standing import Standing
from app.kit.clock import rfc3339
from app.kit.i18n import Language, fill
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    Problem,
    RateLimited,
    TokenInvalid,
    ValidationFailed,
    problems,
)
from app.licensing.problems import KeyMalformed, KeyNotFound, KeyRevoked
from app.licensing.queries.checks import Check, check, pooled_features, trials_available
from app.licensing.queries.facts import Held
from app.licensing.queries.status import entitlement_status, status_text, window_end
from app.licensing.schemas import CheckLicense
from app.licensing.service.checklog import Told
from wire.licenses import LicenseCheckRequest, LicenseCheckResponse

router = of_agents("", APIRoute)
_MESSAGE: Final = TypeAdapter(LicenseCheckRequest)
_VERDICTS: Final = (KeyMalformed, KeyNotFound, KeyRevoked)
"""What a check answers instead of refusing."""


@router.post(
    "/license-checks",
    responses=problems(AuthRequired, TokenInvalid, RateLimited, *BAD_BODY),
    **asking.described(LicenseCheckRequest, LicenseCheckResponse),
)
@auth.finds_out(auth.installer)
async def check_license(request: Request) -> Response:
    """The verdict on a key and its products; a bad key is a verdict too."""
    told, language = await asking.body(request), auth.language(request)
    try:
        command = asking.shaped(_MESSAGE, CheckLicense, told)
    except ValidationFailed:
        await _standing(request, None)  # who calls is asked first
        raise
    found = await _standing(request, command)
    if isinstance(found, Problem):
        return asking.answer(_no_key(found, language, rfc3339(request.app.state.kit.clock())))
    catalogue = await asking.catalogue(request, found)
    rights = found.rights(catalogue, request.app.state.kit.clock())
    verdict = check(rights, command.products)
    uid = found.own_uid or (command.infobase.id if command.infobase else None)
    note = Told(kind="check", code=verdict.code, valid=verdict.valid, infobase_uid=uid)
    await asking.note(request, found, note)
    trials = trials_available(rights, catalogue.goods.to_try(), found.tried)
    return asking.answer(_verdict(verdict, found, [*trials.values()], language))


async def _standing(request: Request, command: CheckLicense | None) -> Standing | Problem:
    uid = command.infobase.id if command and command.infobase else None
    try:
        return await asking.standing(request, uid, accepted=False)
    except _VERDICTS as problem:
        return problem


def _no_key(problem: Problem, language: Language, server_time: str) -> dict[str, object]:
    return {
        "valid": False,
        "code": problem.code,
        "text": fill(problem.title, language, problem.params),
        "key": None,
        "entitlements": [],
        "features": [],
        "trials_available": [],
        "server_time": server_time,
        "trust": None,
    }


def _verdict(
    verdict: Check, found: Standing, trials: Sequence[str], language: Language
) -> dict[str, object]:
    rights = verdict.rights
    return {
        "valid": verdict.valid,
        "code": verdict.code,
        "text": verdict.text(language),
        "key": {"hint": rights.key.hint, "customer": rights.customer.company},
        "entitlements": [_summary(verdict, item, language) for item in rights.entitlements],
        "features": [
            {"code": code, "quantity": quantity}
            for code, quantity in pooled_features(rights).items()
        ],
        "trials_available": trials,
        "server_time": rfc3339(rights.now),
        "trust": asking.trust_of(found),
    }


def _summary(verdict: Check, item: Held, language: Language) -> dict[str, Any]:
    row, end, rights = item.entitlement, item.entitlement.valid_until, verdict.rights
    window, status = window_end(row), entitlement_status(rights, item)
    return {
        "product": {"code": item.product.code, "name": item.product.name},
        "status": status.value,
        "text": status_text(status, item, rights.today, language),
        "valid_until": end.isoformat() if end else None,
        "updates_until": row.updates_until.isoformat() if row.updates_until else None,
        "window_end": window.isoformat() if window else None,
        "days_left": max((end - rights.today).days, 0) if end else None,
        "trial": row.is_trial,
        "seats": {"max": row.seats, "used": row.active_count},
        "channel": row.channel,
        "activated_here": item.activation is not None,
        "features": [
            {
                "code": held.code,
                "name": held.name,
                "quantity": held.quantity,
                "unit": held.unit,
            }
            for held in item.features
        ],
    }
