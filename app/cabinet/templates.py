"""Pages of the cabinet: the shell around them, in the reader's language, zone and theme."""

from collections.abc import Mapping
from typing import Literal

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.cabinet import eventwords, words
from app.cabinet.auth import Viewer
from app.cabinet.navigation import menu
from app.cabinet.states import look_of
from app.kit.browsers import program
from app.kit.i18n import Language, negotiate
from app.kit.web import flash
from app.kit.web.html import environment

Theme = Literal["auto", "light", "dark"]
LANGUAGE = "lang"
"""The parameter and the cookie by which somebody unknown chooses a language."""
HTMX = (
    '{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,'
    '"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},'
    '{"code":"[23]..","swap":true},{"code":"422","swap":true},'
    '{"code":"[45]..","swap":false,"error":true}]}'
)


def page(
    request: Request,
    viewer: Viewer,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    """A page for somebody who is signed in: `cabinet/<noun>/<page>.html`, which extends `_layout`.

    Templates get `viewer`, `may` (the set of permissions) and what the route gives.
    """
    here = request.url.path
    own = {
        "viewer": viewer,
        "may": {permission.value for permission in viewer.permissions},
        "zone": viewer.zone,
        "navigation": menu(viewer.permissions, here, viewer.locale),
    }
    return _answer(
        request, template, viewer.locale, viewer.theme, own | dict(context or {}), status
    )


def plain_page(
    request: Request,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    """A page for somebody who is not, in the visitor's language; it extends `_plain`."""
    language = visitor_language(request)
    own = {"zone": "Europe/Moscow", "switch": _switch(request, language)} | dict(context or {})
    answer = _answer(request, template, language, "auto", own, status)
    if LANGUAGE in request.query_params:
        answer.set_cookie(LANGUAGE, language, path="/cabinet", httponly=True, samesite="lax")
    return answer


def visitor_language(request: Request) -> Language:
    """What somebody unknown chose on this page or before; else what the browser asks for."""
    chosen = request.query_params.get(LANGUAGE) or request.cookies.get(LANGUAGE)
    known: dict[str | None, Language] = {"ru": "ru", "en": "en"}
    return known.get(chosen) or negotiate(request.headers.get("accept-language"))


def _switch(request: Request, language: Language) -> str:
    """The same page in the other language; what a form posted has no address to come back to."""
    if request.method != "GET":
        return ""
    there = request.url.include_query_params(**{LANGUAGE: "en" if language == "ru" else "ru"})
    return f"{there.path}?{there.query}"


def fragment(
    request: Request, viewer: Viewer, template: str, context: Mapping[str, object]
) -> HTMLResponse:
    """A part of a page, for htmx."""
    own = {"viewer": viewer, "zone": viewer.zone, **_common(request, viewer.locale, viewer.theme)}
    body = environment().get_template(template).render(own | dict(context))
    return HTMLResponse(body, headers={"Vary": "HX-Request"})


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part; when it restores its history it needs the whole page."""
    asked = request.headers.get("HX-Request") == "true"
    return asked and "HX-History-Restore-Request" not in request.headers


def _answer(
    request: Request,
    template: str,
    language: Language,
    theme: str,
    context: Mapping[str, object],
    status: int,
) -> HTMLResponse:
    said = {"flash": flash.take(request, language), **_common(request, language, theme)}
    body = environment().get_template(template).render(said | dict(context))
    answer = HTMLResponse(body, status)
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "HX-Request, Cookie"
    flash.forget(request, answer)
    return answer


def _common(request: Request, language: Language, theme: str) -> dict[str, object]:
    url = request.url
    return {
        "language": language,
        "theme": theme,
        "here": f"{url.path}?{url.query}" if url.query else url.path,
        "htmx_config": HTMX,
        "look_of": look_of,
        "program": program,
        "words": words,
        "happened": eventwords,
    }
