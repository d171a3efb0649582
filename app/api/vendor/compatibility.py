"""What fits what: as the rules say, and as installers saw it."""

from typing import Annotated, cast

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, LanguageDep, Scoped
from app.api.deliveryviews import observed_view
from app.api.routers import of_vendors
from app.catalog.queries.tester import Tried, evaluated
from app.catalog.schemas.rulesets import EvaluateRules
from app.catalog.schemas.views import EvaluatedRelease, EvaluatedRow, Evaluation, ReleaseState
from app.delivery.queries import lists
from app.delivery.schemas.views import FindObserved, ObservedView
from app.kit.db import ReadSessionDep
from app.kit.i18n import Language
from app.kit.problems import NotFound, problems
from onec.reasons import sentence
from wire.extensions import Channel

router = of_vendors("/compatibility")
Reader = Annotated[Principal, Depends(Scoped(Permission.CATALOG_READ))]
Installs = Annotated[Principal, Depends(Scoped(Permission.INSTALLS_READ))]


@router.post("/evaluate", responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound))
def evaluate_rules(
    session: ReadSessionDep, caller: Reader, asked: EvaluateRules, language: LanguageDep
) -> Evaluation:
    """Every release of the extension with its verdict; `rules` of `release_id` may be unsaved."""
    tried = evaluated(session, caller.vendor_id, asked)
    best = next((_named(each) for each in tried if each.best), None)
    return Evaluation(data=[_row(each, language) for each in tried], best=best)


@router.get("/observed", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_observed(
    session: ReadSessionDep,
    caller: Installs,
    asked: Annotated[FindObserved, Query()],
    request: Request,
    response: Response,
) -> Listed[ObservedView]:
    """Releases with how their installations went, per version of a configuration."""
    found = lists.observed(session, caller.vendor_id, asked)
    return listed(request, response, found, observed_view)


def _row(tried: Tried, language: Language) -> EvaluatedRow:
    finding = tried.finding
    return EvaluatedRow(
        release=_named(tried),
        verdict=finding.verdict,
        code=finding.code.value,
        reason=sentence(finding.code, finding.params, language),
        params=dict(finding.params),
        matched_rule=finding.matched_rule,
        best=tried.best,
    )


def _named(tried: Tried) -> EvaluatedRelease:
    release = tried.release
    return EvaluatedRelease(
        id=release.id,
        version=release.version or None,
        channel=Channel(release.channel),
        status=cast("ReleaseState", release.status),
    )
