"""People of the vendor: who they are, invitations, roles, shutting out."""

import uuid
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas import PERMISSIONS, SECOND_FACTOR_ROLES, Permission, Role
from app.accounts.schemas.people import ChangeRole, InviteUser
from app.accounts.service import people
from app.cabinet.auth import Signed, SignedIn, Viewer
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web import flash
from app.kit.web.forms import FieldsDep, OnceDep, form

router = pages("/users")
Manager = Annotated[Viewer, Depends(Signed(Permission.USERS_MANAGE))]
_LIST = "/cabinet/users"


@router.get("")
def show_all(request: Request, viewer: Manager, session: ReadSessionDep) -> Response:
    """Everybody, with role, second factor and last sign-in."""
    context = {"people": accounts.colleagues(session, viewer.vendor_id)}
    return page(request, viewer, "cabinet/users/list.html", context)


@router.get("/roles")
def roles(request: Request, viewer: SignedIn) -> Response:
    """Who may do what: the table that the code itself asks."""
    context = {"roles": list(Role), "permissions": list(Permission), "table": PERMISSIONS}
    return page(request, viewer, "cabinet/users/roles.html", context)


@router.get("/invite")
def ask_whom(request: Request, viewer: Manager) -> Response:
    """Whom to invite, as what."""
    initial = {"role": Role.SUPPORT, "locale": viewer.vendor.locale}
    context = {
        "form": form(request, viewer.locale, initial),
        "roles": _given_by(viewer),
        "with_factor": SECOND_FACTOR_ROLES,
    }
    return page(request, viewer, "cabinet/users/invite.html", context)


@router.post("/invite")
def invite(
    request: Request, viewer: Manager, fields: FieldsDep, session: SessionDep, once: OnceDep
) -> Response:
    """Sends a letter; where no mail is set up, shows the link once."""
    wanted = command(InviteUser, {name: fields.text(name) for name in ("email", "role", "locale")})
    made = people.invite(session, viewer.vendor_id, wanted, by=viewer, actor=viewer.actor)
    once.leads_to(f"{_LIST}/{made.membership.user_id}")
    return _invited(request, viewer, made, wanted.email)


@router.get("/{user_id}")
def show(
    request: Request, viewer: Manager, session: ReadSessionDep, user_id: uuid.UUID
) -> Response:
    """One person, and what can be done about them."""
    return _person(request, viewer, session, user_id, "cabinet/users/person.html")


@router.post("/{user_id}/invite")
def invite_again(
    request: Request, viewer: Manager, session: SessionDep, user_id: uuid.UUID
) -> Response:
    """A new link; the old one does not work any more."""
    made = people.invite_again(session, viewer.vendor_id, user_id, by=viewer, actor=viewer.actor)
    email = accounts.colleague(session, viewer.vendor_id, user_id).user.email
    return _invited(request, viewer, made, email)


@router.get("/{user_id}/role")
def ask_role(
    request: Request, viewer: Manager, session: ReadSessionDep, user_id: uuid.UUID
) -> Response:
    """Another role, and what it means."""
    return _person(request, viewer, session, user_id, "cabinet/users/role.html")


@router.post("/{user_id}/role")
def change_role(
    request: Request, viewer: Manager, fields: FieldsDep, session: SessionDep, user_id: uuid.UUID
) -> Response:
    """Gives the role; the person signs in anew."""
    wanted = command(ChangeRole, role=fields.text("role"))
    people.change_role(session, viewer.vendor_id, user_id, wanted, by=viewer)
    return flash.go(request, f"{_LIST}/{user_id}", N_("The role is changed"))


@router.get("/{user_id}/disable")
def ask_disable(
    request: Request, viewer: Manager, session: ReadSessionDep, user_id: uuid.UUID
) -> Response:
    """What shutting out means."""
    return _person(request, viewer, session, user_id, "cabinet/users/disable.html")


@router.post("/{user_id}/disable")
def disable(request: Request, viewer: Manager, session: SessionDep, user_id: uuid.UUID) -> Response:
    """Shuts the person out at once."""
    people.disable(session, viewer.vendor_id, user_id, by=viewer)
    return flash.go(request, f"{_LIST}/{user_id}", N_("Access is closed"))


@router.post("/{user_id}/enable")
def enable(request: Request, viewer: Manager, session: SessionDep, user_id: uuid.UUID) -> Response:
    """Lets the person in again."""
    people.enable(session, viewer.vendor_id, user_id, by=viewer)
    return flash.go(request, f"{_LIST}/{user_id}", N_("Access is open again"))


@router.post("/{user_id}/sessions")
def end_sessions(
    request: Request, viewer: Manager, session: SessionDep, user_id: uuid.UUID
) -> Response:
    """Signs the person out everywhere."""
    people.end_all_sessions(session, viewer.vendor_id, user_id, by=viewer)
    return flash.go(request, f"{_LIST}/{user_id}", N_("All sessions have ended"))


def _given_by(viewer: Viewer) -> list[Role]:
    """The roles that the viewer may give: owners are made by owners."""
    may = viewer.may(Permission.VENDOR_MANAGE)
    return [role for role in Role if may or role != Role.OWNER]


def _person(
    request: Request, viewer: Viewer, session: ReadSessionDep, user_id: uuid.UUID, template: str
) -> Response:
    found = accounts.colleague(session, viewer.vendor_id, user_id)
    is_owner = found.membership.role == Role.OWNER
    context: Mapping[str, object] = {
        "person": found,
        "form": form(request, viewer.locale, {"role": found.membership.role}),
        "roles": _given_by(viewer),
        "letters": accounts.letters_about(session, viewer.vendor_id, user_id),
        "may_act": user_id != viewer.user_id
        and (not is_owner or viewer.may(Permission.VENDOR_MANAGE)),
    }
    return page(request, viewer, template, context)


def _invited(request: Request, viewer: Viewer, made: people.Invited, email: str) -> Response:
    if made.address is None:
        path = f"{_LIST}/{made.membership.user_id}"
        return flash.go(request, path, N_("The invitation is on its way to {email}"), email=email)
    context = {"address": made.address, "email": email, "user_id": made.membership.user_id}
    return page(request, viewer, "cabinet/users/invited.html", context)
