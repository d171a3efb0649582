"""Whether a key is good: always an answer, "no" included."""

from dataclasses import replace

from fastapi import APIRouter

from app.api.auth import LanguageDep, MaybeInstaller
from app.kit.asgi import StrictRoute
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.i18n import Language, fill
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    Problem,
    RateLimited,
    TokenInvalid,
    command,
    problems,
)
from app.licensing.queries.checks import Check, pooled_features, trials_available
from app.licensing.queries.rights import Entitled
from app.licensing.queries.status import entitlement_status, status_text, window_end
from app.licensing.schemas import CheckLicense
from app.licensing.service.checklog import checked
from app.trust import queries as trust
from wire.extensions import Channel
from wire.licenses import (
    EntitledFeature,
    EntitlementSummary,
    FeatureQuantity,
    KeySummary,
    LicenseCheckRequest,
    LicenseCheckResponse,
    ProductName,
    SeatCount,
)

router = APIRouter(prefix="/license-checks", tags=["agent"], route_class=StrictRoute)


@router.post("", responses=problems(AuthRequired, TokenInvalid, RateLimited, *BAD_BODY))
def check_license(
    session: SessionDep,
    caller: MaybeInstaller,
    message: LicenseCheckRequest,
    language: LanguageDep,
) -> LicenseCheckResponse:
    """The verdict on a key and its products; a bad key is a verdict too."""
    if isinstance(caller, Problem):
        return _no_key(caller, language, rfc3339(session.now()))
    found = checked(session, command(CheckLicense, message), caller=caller)
    trials = list(trials_available(session, found.rights).values())
    return replace(_verdict(found, trials, language), trust=trust.answer(session, caller.vendor_id))


def _no_key(problem: Problem, language: Language, server_time: str) -> LicenseCheckResponse:
    return LicenseCheckResponse(
        valid=False,
        code=problem.code,
        text=fill(problem.title, language, problem.params),
        key=None,
        entitlements=[],
        features=[],
        trials_available=[],
        server_time=server_time,
        trust=None,
    )


def _verdict(found: Check, trials: list[str], language: Language) -> LicenseCheckResponse:
    return LicenseCheckResponse(
        valid=found.valid,
        code=found.code,
        text=found.text(language),
        key=KeySummary(hint=found.rights.key.hint, customer=found.rights.customer.company),
        entitlements=[_summary(found, item, language) for item in found.rights.entitlements],
        features=[FeatureQuantity(*pooled) for pooled in pooled_features(found.rights).items()],
        trials_available=trials,
        server_time=rfc3339(found.rights.now),
        trust=None,
    )


def _summary(found: Check, item: Entitled, language: Language) -> EntitlementSummary:
    row, end = item.entitlement, item.entitlement.valid_until
    window = window_end(row)
    return EntitlementSummary(
        product=ProductName(code=item.product.code, name=item.product.name),
        status=entitlement_status(found.rights, item).value,
        text=status_text(found.rights, item, language),
        valid_until=end.isoformat() if end else None,
        updates_until=row.updates_until.isoformat() if row.updates_until else None,
        window_end=window.isoformat() if window else None,
        days_left=max((end - found.rights.today).days, 0) if end else None,
        trial=row.is_trial,
        seats=SeatCount(max=row.seats, used=row.active_count),
        channel=Channel(row.channel),
        activated_here=item.activation is not None,
        features=[
            EntitledFeature(held.code, held.name, held.quantity, held.unit)
            for held in item.features
        ],
    )
