"""One sentence for the next page, after a redirect: a short cookie that no script can read."""

import base64
import json
from dataclasses import dataclass
from typing import Literal, get_args

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from app.kit.i18n import Language, fill, is_ours

_SECONDS, _MOST, _LARGEST = 60, 200, 4_000  # browsers keep no larger cookies
Tone = Literal["ok", "info"]


@dataclass(frozen=True, slots=True)
class Flash:
    """What the page says once."""

    tone: str
    text: str


def go(
    request: Request, path: str, message: str = "", *, tone: Tone = "ok", **params: str
) -> RedirectResponse:
    """To another page (303), which then says the message; an English message id."""
    response = RedirectResponse(path, 303)
    if message:
        cut = {name: value[:_MOST] for name, value in params.items()}
        text = json.dumps([tone, message, cut], ensure_ascii=False)
        value = base64.urlsafe_b64encode(text.encode()).decode()
        response.set_cookie(
            _name(request),
            value,
            max_age=_SECONDS,
            path="/",
            secure=_secure(request),
            httponly=True,
            samesite="lax",
        )
    return response


def take(request: Request, language: Language) -> Flash | None:
    """What the page before left to be said; something else than ours is nothing."""
    kept = request.cookies.get(_name(request), "")
    if not kept or len(kept) > _LARGEST:
        return None
    try:
        tone, message, params = json.loads(base64.urlsafe_b64decode(kept))
        values = {str(name): str(value)[:_MOST] for name, value in dict(params).items()}
        if tone not in get_args(Tone) or not is_ours(str(message)):
            return None
        text = fill(str(message), language, values)
        text.encode()  # half a character breaks every page that repeats it
    except (ValueError, TypeError, RecursionError):
        return None
    return Flash(tone, text)


def forget(request: Request, response: Response) -> None:
    """The page has said it."""
    if _name(request) in request.cookies:
        response.delete_cookie(
            _name(request), path="/", secure=_secure(request), httponly=True, samesite="lax"
        )


def _name(request: Request) -> str:
    """`__Host-` binds the cookie to this host and TLS (RFC 6265bis §4.1.3.2)."""
    return "__Host-podkluch-flash" if _secure(request) else "podkluch_dev-flash"


def _secure(request: Request) -> bool:
    return not request.app.state.kit.settings.is_plain_and_local
