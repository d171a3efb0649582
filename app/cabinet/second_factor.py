"""Setting up the second factor: the QR code, the secret in letters, the recovery codes."""

import io
from typing import Annotated

from fastapi import Depends, Request, Response
from markupsafe import Markup

from app.accounts.schemas.people import ShowCode
from app.accounts.service import second_factors, sessions
from app.cabinet import carrying, cookies
from app.cabinet.auth import OTP_FIELD, Signed, Viewer
from app.cabinet.interruptions import FreshCodeFirst
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit.db import SessionDep, transaction
from app.kit.problems import command
from app.kit.web import flash
from app.kit.web.forms import FieldsDep, form

router = pages("/profile")
Unprepared = Annotated[Viewer, Depends(Signed(unprepared=True, elsewhere=True))]
Fresh = Annotated[Viewer, Depends(Signed(fresh=True))]


@router.get("/second-factor")
def offer(request: Request, viewer: Unprepared) -> Response:
    """The secret to set up; who has one already shows a code of it first."""
    if _is_stale(request, viewer):
        raise FreshCodeFirst((), viewer)
    return set_up_page(request, viewer, "")


@router.post("/second-factor")
def confirm(
    request: Request, viewer: Unprepared, fields: FieldsDep, session: SessionDep
) -> Response:
    """Makes it the second factor, and shows the recovery codes once."""
    if _is_stale(request, viewer):
        return flash.go(request, "/cabinet/profile/second-factor")
    wanted = command(ShowCode, code=fields.text(OTP_FIELD))
    codes = second_factors.confirm(
        session, viewer.user_id, wanted.code, session_id=viewer.session_id, actor=viewer.actor
    )
    secret = sessions.renew_secret(session, viewer.session_id)
    errand = carrying.unpack(fields.text("carried"))
    context = {"codes": codes, "errand": errand, "is_new": True}
    answer = page(request, viewer, "cabinet/profile/recovery_codes.html", context)
    cookies.give(request, answer, secret)
    return answer


@router.post("/recovery-codes")
def renew_recovery_codes(request: Request, viewer: Fresh, session: SessionDep) -> Response:
    """Ten other codes, shown once."""
    codes = second_factors.renew_recovery_codes(session, viewer.user_id, actor=viewer.actor)
    context = {"codes": codes, "errand": None, "is_new": False}
    return page(request, viewer, "cabinet/profile/recovery_codes.html", context)


def set_up_page(request: Request, viewer: Viewer, carried: str, *, status: int = 200) -> Response:
    """The page with the QR code; `carried` is what goes on afterwards."""
    state = request.app.state
    with transaction(state.engine, state.kit) as session:
        offered = second_factors.offer(session, viewer.user_id)
    filled = form(request, viewer.locale, {"carried": carried})
    context = {"offer": offered, "qr": _qr(offered.address), "form": filled}
    return page(request, viewer, "cabinet/profile/second_factor.html", context, status=status)


def _is_stale(request: Request, viewer: Viewer) -> bool:
    """Whether the factor that is there has to be shown before another takes its place."""
    return viewer.has_second_factor and not viewer.is_fresh(request.app.state.kit.clock())


def _qr(address: str) -> Markup:
    """The code as SVG of black on white, whatever the theme: cameras read nothing else."""
    import segno  # noqa: PLC0415 - asked for once in the life of an account

    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, scale=4, light="#fff", dark="#000", border=4
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn here, of squares only
