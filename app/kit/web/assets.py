"""Files of ours for browsers: kept for ever under an address with their hash, else asked again."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOR_EVER, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


class Assets(StaticFiles):
    """The folder `static`."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file; the query that `asset()` writes changes with its bytes."""
        response = await super().get_response(path, scope)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = _FOR_EVER if versioned else _ASK_AGAIN
        return response
