"""Pages: the Jinja environment, its filters, and problems as a person reads them."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from app.kit.clock import rfc3339
from app.kit.i18n import Language, fill, fill_plural, negotiate, translate
from app.kit.resources import folder
from app.kit.web.prose import prose

_ZONES = {"MSK": "МСК"}


@cache
def environment() -> Environment:
    """Templates with escaping on and no silent blanks."""
    templates = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        auto_reload=False,  # else each page looks at the dates of all its files
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update({"_": _text, "ngettext": _plural, "asset": asset})
    templates.filters.update(
        {
            "local_time": _local_time,
            "local_date": _local_date,
            "machine_time": rfc3339,
            "prose": prose,
        }
    )
    return templates


@pass_context
def _text(
    context: Context, message: str, language: Language | None = None, **params: object
) -> str:
    """The text in the reader's language; with params also filled in."""
    reader = language or context["language"]
    return fill(message, reader, params) if params else translate(message, reader)


@pass_context
def _plural(context: Context, one: str, many: str, n: int, **params: object) -> str:
    """The form that the number takes, `{n}` with spaces between thousands."""
    return fill_plural(one, many, n, context["language"], params)


@pass_context
def _local_time(context: Context, instant: datetime) -> str:
    """21.11.2026 14:05 МСК, or 2026-11-21 14:05 MSK, in the reader's zone."""
    return local_time(instant, context["zone"], context["language"])


def local_time(instant: datetime, zone: str, language: Language) -> str:
    """An instant as people of a zone and a language write it."""
    here = instant.astimezone(ZoneInfo(zone))
    name = here.tzname() or ""
    name = f"UTC{name}" if name[:1] in {"+", "-"} else name
    if language == "ru":
        return f"{here:%d.%m.%Y %H:%M} {_ZONES.get(name, name)}"
    return f"{here:%Y-%m-%d %H:%M} {name}"


@pass_context
def _local_date(context: Context, day: date) -> str:
    return local_date(day, context["language"])


def local_date(day: date, language: Language) -> str:
    """A day as people of a language write it."""
    return f"{day:%d.%m.%Y}" if language == "ru" else day.isoformat()


@cache
def asset(name: str) -> str:
    """The address of a file of ours; with its hash, so that it may be kept for ever."""
    digest = hashlib.sha256((folder("static") / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:10]}"


def page(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A rendered page in the reader's language."""
    language = negotiate(request.headers.get("accept-language"))
    body = environment().get_template(template).render(language=language, **context)
    answer = HTMLResponse(body, status_code=status, headers=dict(headers or {}))
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept-Language"
    return answer
