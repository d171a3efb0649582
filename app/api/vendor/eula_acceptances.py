"""Who accepted which agreement."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.deliveryviews import acceptance_view
from app.api.routers import of_vendors
from app.delivery.queries import lists
from app.delivery.schemas.views import AcceptanceView, FindAcceptances
from app.kit.db import ReadSessionDep
from app.kit.problems import problems

router = of_vendors("/eula-acceptances")
Reader = Annotated[Principal, Depends(Scoped(Permission.INSTALLS_READ))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_acceptances(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindAcceptances, Query()],
    request: Request,
    response: Response,
) -> Listed[AcceptanceView]:
    """A page of acceptances of agreements, newest first."""
    found = lists.acceptances(session, caller.vendor_id, asked)
    return listed(request, response, found, acceptance_view)
