"""The cabinet's cookies: secrets of sessions, of known browsers, of one-time links on their way.

The prefix `__Host-` binds a cookie to this host, this path and TLS (RFC 6265bis §4.1.3.2).
"""

import re
from typing import Final, Literal

from fastapi import Request, Response

from app.kit.config import Settings

Kind = Literal["", "-link", "-device"]
_LASTS: Final[dict[Kind, int]] = {"-device": 400 * 86_400}
"""Seconds; the others last until the browser is closed, and what they open ends on the server."""
_SECRET: Final = re.compile(r"pk[a-z]_[A-Za-z0-9_-]{43}")
"""Of a session, a browser or a link: what comes in an address may be anything."""


def _name(settings: Settings, kind: Kind) -> str:
    return f"podkluch_dev{kind}" if settings.is_plain_and_local else f"__Host-podkluch{kind}"


def read(request: Request, kind: Kind = "") -> str | None:
    """The secret that the browser kept."""
    return request.cookies.get(_name(request.app.state.kit.settings, kind))


def give(request: Request, response: Response, secret: str, kind: Kind = "") -> None:
    """The browser keeps the secret, out of reach of scripts; what is none opens nothing."""
    if not _SECRET.fullmatch(secret):
        drop(request, response, kind)
        return
    settings = request.app.state.kit.settings
    response.set_cookie(
        _name(settings, kind),
        secret,
        max_age=_LASTS.get(kind),
        path="/",
        secure=not settings.is_plain_and_local,
        httponly=True,
        samesite="lax",
    )


def drop(request: Request, response: Response, kind: Kind = "") -> None:
    """The browser forgets the secret."""
    settings = request.app.state.kit.settings
    response.delete_cookie(
        _name(settings, kind),
        path="/",
        secure=not settings.is_plain_and_local,
        httponly=True,
        samesite="lax",
    )
