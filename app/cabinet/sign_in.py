"""Signing in and out, a fresh code, and the switch between vendors."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas.people import ShowCode, SignIn
from app.accounts.service import sessions, signing_in
from app.cabinet import carrying, cookies
from app.cabinet.auth import OTP_FIELD, AwaitingCode, Signed, Viewer, Visitor, caller
from app.cabinet.routers import pages
from app.cabinet.templates import plain_page, visitor_language
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import NotFound, command
from app.kit.web import flash
from app.kit.web.forms import FieldsDep, form

router = pages()
Elsewhere = Annotated[Viewer, Depends(Signed(unprepared=True, elsewhere=True))]
Fresh = Annotated[Viewer, Depends(Signed(fresh=True, elsewhere=True))]


@router.get("/sign-in")
def ask_password(request: Request, session: ReadSessionDep, _: Visitor) -> Response:
    """E-mail and password; while there is nobody, the page that makes the first owner."""
    if not accounts.any_user(session):
        return flash.go(request, "/cabinet/setup")
    return _form(request, "cabinet/sign_in/page.html", ended=False)


@router.post("/sign-in")
def sign_in(request: Request, fields: FieldsDep, _: Visitor) -> Response:
    """Begins a session, or goes on to the code."""
    state = request.app.state
    wanted = command(SignIn, email=fields.text("email"), password=fields.text("password"))
    device = cookies.read(request, "-device")
    started = signing_in.sign_in(state.engine, state.kit, wanted, caller(request), device)
    if not started.needs_code:
        answer = carrying.on_with(request, fields.text("carried"), fields.text("next"))
    else:
        answer = _form(
            request,
            "cabinet/sign_in/code.html",
            next=fields.text("next"),
            carried=fields.text("carried"),
        )
    return _started(request, answer, started)


@router.get("/sign-in/code")
def ask_code(request: Request, _: AwaitingCode) -> Response:
    """The second step."""
    return _form(request, "cabinet/sign_in/code.html")


@router.post("/sign-in/code")
def show_code(request: Request, fields: FieldsDep, half: AwaitingCode) -> Response:
    """Opens the session."""
    state = request.app.state
    wanted = command(ShowCode, code=fields.text(OTP_FIELD))
    device = cookies.read(request, "-device")
    started = signing_in.show_code(
        state.engine, state.kit, half, wanted, caller(request), device=device
    )
    answer = carrying.on_with(request, fields.text("carried"), fields.text("next"))
    return _started(request, answer, started)


@router.post("/sign-out")
def sign_out(request: Request, viewer: Elsewhere, session: SessionDep) -> Response:
    """Ends this session."""
    sessions.sign_out(session, viewer)
    answer = flash.go(request, "/cabinet/sign-in", N_("You signed out"))
    cookies.drop(request, answer)
    return answer


@router.post("/step-up")
def step_up(request: Request, fields: FieldsDep, _: Fresh) -> Response:
    """On to a page that needs a fresh code."""
    return carrying.on_with(request, "", fields.text("next"))


@router.post("/vendor")
def switch_vendor(
    request: Request, fields: FieldsDep, viewer: Elsewhere, session: SessionDep
) -> Response:
    """Works for another vendor from now on."""
    try:
        vendor_id = uuid.UUID(fields.text("vendor_id"))
    except ValueError:
        raise NotFound from None
    sessions.switch_vendor(session, viewer, vendor_id)
    return flash.go(request, carrying.HOME, N_("You work for another vendor now"))


def _started(request: Request, answer: Response, started: signing_in.Started) -> Response:
    cookies.give(request, answer, started.secret)
    if started.device is not None:
        cookies.give(request, answer, started.device, "-device")
    return answer


def _form(request: Request, template: str, *, ended: bool = False, **initial: str) -> Response:
    """The form with where to go on; a refused one keeps what was posted."""
    language = visitor_language(request)
    first = {"next": request.query_params.get("next", ""), "carried": ""} | initial
    context = {"form": form(request, language, first), "ended": ended}
    return plain_page(request, template, context)
