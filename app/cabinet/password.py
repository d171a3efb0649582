"""A forgotten password: the letter, the link, the new one."""

from fastapi import Request, Response
from starlette.background import BackgroundTask

from app.accounts.schemas.people import RequestReset, SetPassword
from app.accounts.service import own_account
from app.cabinet import cookies
from app.cabinet.auth import Visitor, caller
from app.cabinet.routers import pages
from app.cabinet.templates import plain_page, visitor_language
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web import flash
from app.kit.web.forms import FieldsDep, form

router = pages("/password")


@router.get("/reset")
def ask_email(request: Request, _: Visitor) -> Response:
    """Whose password was forgotten."""
    return _form(request, "cabinet/password/reset.html")


@router.post("/reset")
def request_reset(request: Request, fields: FieldsDep, _: Visitor) -> Response:
    """Says the same to anybody; whether there is somebody to write to is found out afterwards."""
    state = request.app.state
    wanted = command(RequestReset, email=fields.text("email"))
    write = own_account.request_reset(state.engine, state.kit, wanted, caller(request))
    answer = flash.go(
        request,
        "/cabinet/sign-in",
        N_("If this address may sign in, a letter with a link is on its way. It works for a day."),
        tone="info",
    )
    answer.background = BackgroundTask(write)
    return answer


@router.get("/reset/{secret}")
def follow(request: Request, secret: str, _: Visitor) -> Response:
    """From the letter to an address that gives nothing away; mail scanners use nothing up."""
    answer = flash.go(request, "/cabinet/password/new")
    cookies.give(request, answer, secret, "-link")
    return answer


@router.get("/new")
def ask_password(request: Request, session: ReadSessionDep, _: Visitor) -> Response:
    """The new password, while the link works."""
    own_account.require_reset_link(session, cookies.read(request, "-link"))
    return _form(request, "cabinet/password/new.html")


@router.post("/new")
def set_password(request: Request, fields: FieldsDep, session: SessionDep, _: Visitor) -> Response:
    """Ends all sessions; signing in still asks for the second factor."""
    wanted = command(SetPassword, password=fields.text("password"))
    secret = cookies.read(request, "-link")
    own_account.reset_password(session, secret, wanted, caller(request))
    answer = flash.go(request, "/cabinet/sign-in", N_("The password is changed. Sign in with it."))
    cookies.drop(request, answer, "-link")
    return answer


def _form(request: Request, template: str) -> Response:
    language = visitor_language(request)
    return plain_page(request, template, {"form": form(request, language)})
