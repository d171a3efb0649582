"""What the server is, for anybody who asks."""

from fastapi import APIRouter, Request

from app import __version__
from app.api.auth import Public
from app.kit.asgi import BODY_MAX, StrictRoute
from app.kit.clock import rfc3339
from wire.extensions import Information, Limits

router = APIRouter(prefix="/information", tags=["agent"], route_class=StrictRoute)


@router.get("")
def information(request: Request, _: Public) -> Information:
    """Name, versions and limits; agents older than the minimum are asked to update."""
    kit = request.app.state.kit
    return Information(
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
