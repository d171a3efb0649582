"""What fits what: as installers saw it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.deliveryviews import observed_view
from app.delivery.queries import lists
from app.delivery.schemas.views import FindObserved, ObservedView
from app.kit.asgi import StrictRoute
from app.kit.db import ReadSessionDep
from app.kit.problems import problems

router = APIRouter(prefix="/compatibility", tags=["vendor"], route_class=StrictRoute)
Reader = Annotated[Principal, Depends(Scoped(Permission.INSTALLS_READ))]


@router.get("/observed", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_observed(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindObserved, Query()],
    request: Request,
    response: Response,
) -> Listed[ObservedView]:
    """Releases with how their installations went, per version of a configuration."""
    found = lists.observed(session, caller.vendor_id, asked)
    return listed(request, response, found, observed_view)
