"""An invitation: the link from the letter, then a name and a password."""

from fastapi import Request, Response

from app.accounts.schemas.people import AcceptInvitation
from app.accounts.service import people
from app.cabinet import cookies
from app.cabinet.auth import Visitor, caller, carried, whoever
from app.cabinet.interruptions import SignInFirst
from app.cabinet.routers import pages
from app.cabinet.templates import plain_page, visitor_language
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web import flash
from app.kit.web.forms import Fields, FieldsDep, form

router = pages("/invite")


@router.get("")
def ask(request: Request, session: ReadSessionDep, _: Visitor) -> Response:
    """Who invites; a new person says who they are. Looking uses nothing up."""
    invitation = people.invitation(session, cookies.read(request, "-link"))
    language = visitor_language(request)
    context = {"form": form(request, language), "invitation": invitation}
    return plain_page(request, "cabinet/invite/page.html", context)


@router.get("/{secret}")
def follow(request: Request, secret: str, _: Visitor) -> Response:
    """From the letter to an address that gives nothing away; mail scanners use nothing up."""
    answer = flash.go(request, "/cabinet/invite")
    cookies.give(request, answer, secret, "-link")
    return answer


@router.post("")
def accept(request: Request, fields: FieldsDep, session: SessionDep, _: Visitor) -> Response:
    """The person comes in; one who has a password already shows it as well."""
    link, viewer = cookies.read(request, "-link"), whoever(request)
    invitation = people.invitation(session, link)
    own = viewer.user_id if viewer else None
    if not invitation.is_new and own != invitation.user_id:
        raise SignInFirst(carried(fields))
    wanted = command(AcceptInvitation, _own(fields)) if invitation.is_new else None
    secret = people.accept(session, link, wanted, caller=caller(request), signed_in_as=own)
    answer = flash.go(request, "/cabinet", N_("You accepted the invitation"))
    if secret is not None:
        cookies.give(request, answer, secret)
    cookies.drop(request, answer, "-link")
    return answer


def _own(fields: Fields) -> dict[str, str]:
    return {name: fields.text(name) for name in ("name", "password")}
