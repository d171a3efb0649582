"""The cabinet's cookies: a session's secret, and a one-time link's on its way to a clean address.

The prefix `__Host-` binds a cookie to this host, this path and TLS (RFC 6265bis §4.1.3.2).
"""

from typing import Literal

from fastapi import Request, Response

from app.kit.config import Settings

Kind = Literal["", "-link"]


def _name(settings: Settings, kind: Kind) -> str:
    return f"podkluch_dev{kind}" if settings.is_plain_and_local else f"__Host-podkluch{kind}"


def read(request: Request, kind: Kind = "") -> str | None:
    """The secret that the browser kept."""
    return request.cookies.get(_name(request.app.state.kit.settings, kind))


def give(request: Request, response: Response, secret: str, kind: Kind = "") -> None:
    """Until the browser is closed; what it opens ends earlier by the server's clock."""
    settings = request.app.state.kit.settings
    response.set_cookie(
        _name(settings, kind),
        secret,
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
