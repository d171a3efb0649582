"""Pages: the Jinja environment, and problems as a person reads them."""

from collections.abc import Mapping
from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.kit.i18n import negotiate, translate
from app.kit.resources import folder


@cache
def environment() -> Environment:
    """Templates with escaping on and no silent blanks."""
    templates = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["_"] = translate
    return templates


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
