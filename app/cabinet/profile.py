"""The own account: profile, password, sessions."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas.people import ChangePassword, ChooseLooks, UpdateProfile
from app.accounts.service import own_account, second_factors, sessions
from app.cabinet import carrying, cookies
from app.cabinet.auth import Signed, SignedIn, Viewer
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.cabinet.zones import zones
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import NotFound, command
from app.kit.web import flash
from app.kit.web.forms import FieldsDep, form

router = pages("/profile")
Anyone = Annotated[Viewer, Depends(Signed(unprepared=True, elsewhere=True))]
_OWN = "/cabinet/profile"
_LOOKS = ("name", "locale", "time_zone", "theme", "density")


@router.get("")
def show(request: Request, viewer: SignedIn, session: ReadSessionDep) -> Response:
    """Name, language, zone and looks; the second factor; where one is signed in."""
    own = {"name": viewer.name, "locale": viewer.locale, "time_zone": viewer.zone}
    looks = {"theme": viewer.theme, "density": viewer.density}
    looks["shortcuts"] = "on" if viewer.shortcuts else ""
    context = {
        "form": form(request, viewer.locale, own | looks),
        "zones": zones(session.now(), viewer.locale),
        "sessions": sessions.of(session, viewer),
        "since": second_factors.confirmed_at(session, viewer.user_id),
        "codes_left": second_factors.recovery_codes_left(session, viewer.user_id),
    }
    return page(request, viewer, "cabinet/profile/page.html", context)


@router.post("")
def update(request: Request, viewer: SignedIn, fields: FieldsDep, session: SessionDep) -> Response:
    """Keeps the profile."""
    told = {name: fields.text(name) for name in _LOOKS}
    wanted = command(UpdateProfile, told, shortcuts=fields.has("shortcuts"))
    own_account.update_profile(session, viewer, wanted)
    return flash.go(request, _OWN, N_("Saved"))


@router.post("/language")
def choose_language(
    request: Request, viewer: Anyone, fields: FieldsDep, session: SessionDep
) -> Response:
    """The language, from the header of any page."""
    own_account.choose(session, viewer, command(ChooseLooks, locale=fields.text("locale")))
    return _back(request, fields.text("back"))


@router.post("/theme")
def choose_theme(
    request: Request, viewer: Anyone, fields: FieldsDep, session: SessionDep
) -> Response:
    """The theme, from the header of any page."""
    own_account.choose(session, viewer, command(ChooseLooks, theme=fields.text("theme")))
    return _back(request, fields.text("back"))


@router.get("/password")
def ask_password(request: Request, viewer: SignedIn) -> Response:
    """The old password and the new one."""
    context = {"form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/profile/password.html", context)


@router.post("/password")
def change_password(request: Request, viewer: SignedIn, fields: FieldsDep) -> Response:
    """Ends all other sessions."""
    state = request.app.state
    told = {name: fields.text(name) for name in ("current_password", "password")}
    wanted = command(ChangePassword, told)
    secret = own_account.change_password(state.engine, state.kit, viewer, wanted)
    answer = flash.go(request, _OWN, N_("The password is changed; other sessions have ended"))
    cookies.give(request, answer, secret)
    return answer


@router.post("/sessions")
def end_sessions(
    request: Request, viewer: SignedIn, fields: FieldsDep, session: SessionDep
) -> Response:
    """Ends one session, or all others."""
    chosen = fields.text("session")
    sessions.end_own(session, viewer, _id(chosen) if chosen else None)
    return flash.go(request, _OWN, N_("The session has ended") if chosen else N_("Others ended"))


def _back(request: Request, path: str) -> Response:
    return flash.go(request, path if carrying.is_ours(path) else carrying.HOME)


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None
