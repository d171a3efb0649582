"""What the server is, for anybody who asks."""

from dataclasses import replace
from hashlib import sha256

from fastapi import Request, Response

from app import __version__
from app.api.auth import Public
from app.api.routers import of_agents
from app.kit.asgi import BODY_MAX
from app.kit.clock import rfc3339
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from wire.extensions import Information, Limits

router = of_agents("/information", ConditionalRoute)


@router.get("", responses=NOT_MODIFIED)
def information(request: Request, response: Response, _: Public) -> Information:
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
    lasting = repr(replace(told, server_time="")).encode()  # the clock alone is nothing new
    response.headers["ETag"] = f'"{sha256(lasting).hexdigest()[:32]}"'
    return told
