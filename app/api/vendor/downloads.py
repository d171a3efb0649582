"""Downloads, as the vendor sees them."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.deliveryviews import download_view
from app.api.routers import of_vendors
from app.delivery.queries import lists
from app.delivery.schemas.views import DownloadView, FindDownloads
from app.kit.db import ReadSessionDep
from app.kit.problems import problems

router = of_vendors("/downloads")
Reader = Annotated[Principal, Depends(Scoped(Permission.DOWNLOADS_READ))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_downloads(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindDownloads, Query()],
    request: Request,
    response: Response,
) -> Listed[DownloadView]:
    """A page of downloads, newest first; a secret handed out is no download yet."""
    found = lists.downloads(session, caller.vendor_id, asked)
    return listed(request, response, found, download_view)
