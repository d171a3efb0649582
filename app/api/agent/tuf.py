"""Signed metadata, as every client of TUF asks for it."""

from fastapi import APIRouter, Response

from app.api.auth import Public
from app.kit.db import ReadSessionDep
from app.trust import queries

router = APIRouter(prefix="/tuf", include_in_schema=False)
_FOR_EVER = "public, immutable, max-age=31536000"


@router.get("/{repository}/metadata/{name}")
def metadata(session: ReadSessionDep, repository: str, name: str, _: Public) -> Response:
    """A file of a repository; only `timestamp.json` ever changes under its name."""
    content = queries.served(session, repository, name)
    lifetime = "no-cache" if name == "timestamp.json" else _FOR_EVER
    return Response(content, media_type="application/json", headers={"Cache-Control": lifetime})
