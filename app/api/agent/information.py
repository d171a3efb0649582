"""What the server is, for anybody who asks."""

import hashlib
import json
from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from app import __version__
from app.api.answers import NOT_MODIFIED, unchanged
from app.api.auth import Public
from app.kit.asgi import BODY_MAX, StrictRoute
from app.kit.clock import rfc3339
from wire.extensions import Information, Limits

router = APIRouter(prefix="/information", tags=["agent"], route_class=StrictRoute)


@router.get("", responses=NOT_MODIFIED, response_model=Information)
def information(request: Request, response: Response, _: Public) -> Information | Response:
    """Name, versions and limits; agents older than the minimum are asked to update."""
    kit = request.app.state.kit
    told = Information(
        name="Podkluch",
        version=__version__,
        api_versions=["v1"],
        minimum_agent_version="0.1.0",
        limits=Limits(
            body_bytes=BODY_MAX,
            upload_bytes=kit.settings.upload_max_bytes,
            reports=100,
            downloads=100,
            inventories=50,
        ),
        server_time=rfc3339(kit.clock()),
        trust=None,
    )
    return unchanged(request, response, _version(told)) or told


def _version(told: Information) -> str:
    """What is the same as long as the server says the same of itself."""
    lasting = {name: value for name, value in asdict(told).items() if name != "server_time"}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
