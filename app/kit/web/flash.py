"""One sentence for the next page, after a redirect: a short cookie that no script can read."""

import base64
import json
from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from app.kit.i18n import Language, fill

COOKIE, _PATH, _SECONDS, _MOST = "podkluch_flash", "/cabinet", 60, 200
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
            COOKIE,
            value,
            max_age=_SECONDS,
            path=_PATH,
            secure=_secure(request),
            httponly=True,
            samesite="lax",
        )
    return response


def take(request: Request, language: Language) -> Flash | None:
    """What the page before left to be said; something else than ours is nothing."""
    try:
        text = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        tone, message, params = json.loads(text)
        return Flash(str(tone), fill(str(message), language, dict(params)))
    except (ValueError, TypeError):
        return None


def forget(request: Request, response: Response) -> None:
    """The page has said it."""
    if COOKIE in request.cookies:
        response.delete_cookie(
            COOKIE, path=_PATH, secure=_secure(request), httponly=True, samesite="lax"
        )


def _secure(request: Request) -> bool:
    return not request.app.state.kit.settings.is_plain_and_local
