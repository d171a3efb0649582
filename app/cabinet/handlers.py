"""Answers to interruptions: the page that has to come first, with what the person was doing."""

from html import escape
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.background import BackgroundTask

from app.accounts.service.signing_in import Refused
from app.cabinet import carrying, cookies
from app.cabinet.interruptions import (
    CodeFirst,
    FreshCodeFirst,
    Interruption,
    NothingFirst,
    SecondFactorFirst,
    SignInFirst,
)
from app.cabinet.problempages import problem_page
from app.cabinet.second_factor import set_up_page
from app.cabinet.templates import page, plain_page
from app.kit.i18n import N_, negotiate, translate
from app.kit.problems import Problem
from app.kit.web import flash, refusals
from app.kit.web.forms import Form, Told
from app.kit.web.origin import SAFE

SIGN_IN, CODE, SET_UP = (
    "/cabinet/sign-in",
    "/cabinet/sign-in/code",
    "/cabinet/profile/second-factor",
)


def install(app: FastAPI) -> None:
    """Registers what comes before pages."""
    app.add_exception_handler(Interruption, _on_interruption)
    app.add_exception_handler(Refused, _on_refused_sign_in)
    app.state.problem_page = problem_page


def _on_interruption(request: Request, error: Exception) -> Response:
    match error:
        case SignInFirst():
            answer = _sign_in(request, error)
        case CodeFirst():
            answer = flash.go(request, CODE)
        case NothingFirst():
            answer = flash.go(request, carrying.HOME)
        case SecondFactorFirst():
            answer = flash.go(request, SET_UP)
        case FreshCodeFirst():
            answer = _fresh_code(request, error)
        case _:
            raise error
    if request.headers.get("HX-Request") != "true":
        return answer
    # A part of a page cannot ask for a password: the whole page goes there.
    if "location" in answer.headers or request.method in SAFE:
        answer.headers["HX-Redirect"] = answer.headers.get("location", carrying.here(request))
        return answer
    return _in_place(request, answer.status_code)


def _in_place(request: Request, status: int) -> Response:
    """A form that is only looked at while it is typed stays: its own button carries it through."""
    language = negotiate(request.headers.get("accept-language"))
    said = N_("Sign in again: press the button of the form, what you filled in is kept")
    return HTMLResponse(f"<h1>{escape(translate(said, language))}</h1>", status)


def _on_refused_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for this class
    answer = refusals.answer(request, error)
    answer.background = BackgroundTask(error.keep)
    return answer


def _sign_in(request: Request, error: SignInFirst) -> Response:
    if request.method in SAFE:
        wanted = carrying.here(request)
        query = f"?next={quote(wanted, safe='')}" if wanted != carrying.HOME else ""
        answer: Response = flash.go(request, f"{SIGN_IN}{query}")
    else:
        values = {"carried": [carrying.pack(request, error.fields)]}
        context = {"form": Form(values), "ended": True}
        answer = plain_page(request, "cabinet/sign_in/page.html", context, status=401)
        answer.headers["WWW-Authenticate"] = "Form"
    if cookies.read(request):
        cookies.drop(request, answer)
    return answer


def _fresh_code(request: Request, error: FreshCodeFirst) -> Response:
    assert error.viewer is not None  # noqa: S101 - it is raised with one
    reads = request.method in SAFE
    action = "/cabinet/step-up" if reads else carrying.here(request)
    fields = (("next", carrying.here(request)),) if reads else error.fields
    if not error.viewer.has_second_factor:
        carried = "" if reads else carrying.pack(request, error.fields)
        return set_up_page(request, error.viewer, carried, status=403)
    language = error.viewer.locale
    refused = None
    if isinstance(error.wrong, Problem):
        title = error.wrong.heading(language)
        refused = Told(title, "", error.wrong.code)
    context = {"form": Form({}, refused=refused), "action": action, "fields": fields}
    answer = page(request, error.viewer, "cabinet/sign_in/fresh_code.html", context, status=403)
    if isinstance(error.wrong, Problem):
        answer.headers.update(error.wrong.headers)
    return answer
