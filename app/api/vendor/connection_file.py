"""What a vendor sends to clients, so that their agents trust what the vendor signs."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.routers import of_vendors
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from app.kit.db import ReadSessionDep
from app.kit.problems import problems
from app.trust import queries as trust
from app.trust.problems import TrustNotReady
from wire.enrolment import SUFFIX, Connection

router = of_vendors("/connection-file", ConditionalRoute)
Reader = Annotated[Principal, Depends(Scoped(Permission.KEYS_READ))]


@router.get("", responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, TrustNotReady))
def connection_file(session: ReadSessionDep, caller: Reader, response: Response) -> Connection:
    """Server, repository and root of trust; no licence key is in it."""
    told = trust.connection_file(session, caller.vendor_id)
    name = quote(f"{told.vendor.name}{SUFFIX}", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return told
