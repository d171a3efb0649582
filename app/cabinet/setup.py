"""The first owner, while nobody can sign in yet."""

from fastapi import Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas.people import SetUp
from app.accounts.service import people
from app.cabinet import cookies
from app.cabinet.auth import Visitor, caller
from app.cabinet.routers import pages
from app.cabinet.templates import plain_page, visitor_language
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.problems import command
from app.kit.web import flash
from app.kit.web.forms import FieldsDep, form

router = pages("/setup")


@router.get("")
def ask(request: Request, session: ReadSessionDep, _: Visitor) -> Response:
    """Who the owner is, and of which vendor."""
    if accounts.any_user(session):
        return flash.go(request, "/cabinet/sign-in")
    vendors = accounts.vendors(session)
    language = visitor_language(request)
    context = {"form": form(request, language), "vendor": vendors[0] if vendors else None}
    return plain_page(request, "cabinet/setup/page.html", context)


@router.post("")
def set_up(request: Request, fields: FieldsDep, session: SessionDep, _: Visitor) -> Response:
    """Makes the owner and signs them in; the second factor comes next."""
    language = visitor_language(request)
    own = {name: fields.text(name) for name in ("email", "name", "password")}
    vendor: dict[str, str] = {}
    if fields.has("vendor-slug"):
        vendor = {name: fields.text(f"vendor-{name}") for name in ("name", "slug", "prefix")}
        vendor |= {"locale": language, "prefix": vendor["prefix"].strip().upper()}
    wanted = command(SetUp, own | {"locale": language, "vendor": vendor or None})
    secret = people.set_up(session, wanted, caller=caller(request))
    answer = flash.go(request, "/cabinet")
    cookies.give(request, answer, secret)
    return answer
