"""Answers that a program need not fetch twice: If-None-Match gives 304 (RFC 9110 §13.1.2)."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response

from app.kit.asgi import StrictRoute

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The same as before"}}
_KEPT = ("etag", "cache-control", "vary", "link")


class ConditionalRoute(StrictRoute):
    """A route whose GETs carry a strong tag: the handler's own, or one of the answer's bytes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if "GET" not in (self.methods or ()):
            return handle

        async def conditional(request: Request) -> Response:
            response = await handle(request)
            if response.status_code != 200:  # noqa: PLR2004 - only a whole answer has a tag
                return response
            digest = hashlib.sha256(bytes(response.body)).hexdigest()[:32]
            response.headers.setdefault("ETag", f'"{digest}"')
            response.headers["Cache-Control"] = "private, no-cache"
            if not _holds(request.headers.get("if-none-match"), response.headers["ETag"]):
                return response
            kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
            return Response(status_code=304, headers=kept)

        return conditional


def _holds(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller has this very answer; weak comparison, as the RFC asks for."""
    named = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return "*" in named or tag in named
