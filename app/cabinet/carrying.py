"""What a person was about to do, carried through signing in: an address, or a whole form."""

import json
import re
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from app.cabinet.interruptions import Carried
from app.cabinet.templates import plain_page
from app.kit.fields import is_text
from app.kit.web import flash

HOME: Final = "/cabinet"
LARGEST: Final = 64 * 1024
# No `..`, written as `%2e%2e` neither: browsers would follow it out of the cabinet.
_PATH: Final = re.compile(r"/cabinet(/(?!\.\.?(/|\?|$))[A-Za-z0-9._~-]+)*/?(\?[!-~]*)?")


@dataclass(frozen=True, slots=True)
class Errand:
    """A form that waits, and the address that it goes to."""

    path: str
    fields: Carried


def is_ours(path: str) -> bool:
    """Whether an address is one of the cabinet's: no other site gets what a form holds."""
    return len(path) <= 2_000 and _PATH.fullmatch(path) is not None  # noqa: PLR2004 - of an address


def pack(request: Request, fields: Carried) -> str:
    """The form of this request as one hidden field; nothing if it is too large."""
    text = json.dumps({"path": here(request), "fields": fields}, ensure_ascii=False)
    return text if len(text.encode(errors="replace")) <= LARGEST else ""


def unpack(text: str) -> Errand | None:
    """The form that a hidden field holds; what is none of ours is nothing."""
    try:
        told = json.loads(text) if len(text) <= LARGEST else {}
        path, fields = str(told["path"]), tuple((str(a), str(b)) for a, b in told["fields"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    whole = all(is_text(part) for pair in fields for part in pair)
    return Errand(path, fields) if whole and is_ours(path) else None


def here(request: Request) -> str:
    """The address of this request; its query too, if it fits."""
    path, query = request.url.path, request.url.query
    whole = f"{path}?{query}" if query else path
    return whole if is_ours(whole) else path


def on_with(request: Request, carried: str, following: str) -> Response:
    """After signing in: the page that sends the waiting form, else the page that was wanted."""
    errand = unpack(carried)
    if errand is not None:
        return plain_page(request, "cabinet/sign_in/continue.html", {"errand": errand})
    return flash.go(request, following if is_ours(following) else HOME)
