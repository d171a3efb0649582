"""Products tried out."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.routers import of_vendors
from app.kit.db import ReadSessionDep
from app.kit.problems import problems
from app.licensing.queries import lists
from app.licensing.schemas.views import FindTrials, ProductName, TrialView

router = of_vendors("/trials")
Reader = Annotated[Principal, Depends(Scoped(Permission.KEYS_READ))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_trials(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindTrials, Query()],
    request: Request,
    response: Response,
) -> Listed[TrialView]:
    """A page of trials, newest first."""
    return listed(request, response, lists.trials(session, caller.vendor_id, asked), _trial)


def _trial(row: lists.TriedOut) -> TrialView:
    trial = row.trial
    return TrialView.model_validate(
        {
            "id": trial.id,
            "key_id": row.key.id,
            "key": row.key.hint,
            "product": ProductName(code=row.product.code, name=row.product.name),
            "source": trial.source,
            "status": row.status,
            "started_on": trial.started_on,
            "days": trial.days,
            "valid_until": row.entitlement.valid_until,
            "ended_on": trial.ended_on,
            "created_at": trial.created_at,
        }
    )
