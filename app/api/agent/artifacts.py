"""The bytes of a release."""

from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.routing import APIRoute

from app.api.agent.downloads import RIGHTS
from app.api.auth import CallerDep, DownloadSecret
from app.api.ranges import File, answer, not_modified
from app.api.routers import of_agents
from app.delivery.problems import DownloadExpired, DownloadLimit, DownloadNotFound, RangeInvalid
from app.delivery.service.artifacts import open_artifact
from app.kit.db import SessionDep
from app.kit.problems import (
    ANY_TIME,
    AuthRequired,
    StorageUnavailable,
    TokenInvalid,
    ValidationFailed,
    problems,
)

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
router = of_agents("/artifacts", APIRoute)
_BYTES: dict[str, Any] = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
}


@router.get(
    "/{sha256}",
    response_class=Response,
    responses={
        200: _BYTES,
        206: _BYTES,
        303: {"description": "The bytes are at another address for a minute"},
        304: {},
        **problems(
            AuthRequired,
            TokenInvalid,
            DownloadNotFound,
            DownloadExpired,
            DownloadLimit,
            RangeInvalid,
            StorageUnavailable,
            *ANY_TIME,  # the same status as the one above, which would hide them
            *RIGHTS,
            ValidationFailed,
        ),
    },
)
# Registered first, so it serves both, and a 405 names both: the one above is the description.
@router.api_route("/{sha256}", methods=["GET", "HEAD"], include_in_schema=False)
def artifact(
    request: Request, session: SessionDep, secret: DownloadSecret, caller: CallerDep, sha256: Sha256
) -> Response:
    """The file that the secret opens; Range, If-Range and If-None-Match as RFC 9110 has them."""
    sends_bytes = request.method == "GET" and not not_modified(request, sha256)
    found = open_artifact(session, secret, sha256, caller=caller, sends_bytes=sends_bytes)
    file = File(session.kit.artifacts, sha256, found.size, found.filename)
    return answer(request, file, session.kit.settings, found.slot)
