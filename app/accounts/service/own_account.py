"""What people do with their own account: the profile, the password, a forgotten one."""

import uuid
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, Table, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import LinkPurpose, Preference, User, UserStatus
from app.accounts.problems import LinkInvalid, SignInFailed
from app.accounts.schemas.people import (
    ChangePassword,
    ChooseLooks,
    RequestReset,
    SetPassword,
    UpdateProfile,
    refuse_own_email,
)
from app.accounts.service import links, people, second_factors
from app.accounts.service.history import record_everywhere
from app.accounts.service.sessions import end_sessions, renew_secret
from app.accounts.service.signing_in import by_email, folded
from app.accounts.service.viewers import Viewer, actor_of, memberships_of
from app.audit.actor import Actor, Caller
from app.audit.models import Action
from app.kit import passwords, throttle
from app.kit.db import Kit, KitSession, UnitOfWork, reading, transaction
from app.kit.i18n import N_
from app.kit.problems import NotFound, ValidationFailed


def change_password(
    engine: Engine | Connection, kit: Kit, viewer: Viewer, command: ChangePassword
) -> str:
    """The new password, by the old one; other sessions end, this one gets another secret."""
    account = f"account:{folded(viewer.email)}"
    throttle.count(engine, kit, throttle.SIGN_IN, account)
    with reading(engine, kit) as session:
        kept = session.get_one(User, viewer.user_id).password_hash
    if not passwords.is_right(command.current_password, kept, kit.settings):
        raise ValidationFailed.at({"/current_password": ("wrong", SignInFailed.title)})
    throttle.give_back(engine, kit, throttle.SIGN_IN, account)
    with transaction(engine, kit) as session:
        _set_password(session, viewer.user_id, command.password, actor=viewer.actor, by="password")
        end_sessions(session, viewer.user_id, but=viewer.session_id)
        return renew_secret(session, viewer.session_id)


def request_reset(
    engine: Engine | Connection, kit: Kit, command: RequestReset, caller: Caller
) -> "partial[None]":
    """Counts the wish and leaves the letter for afterwards: the answer is the same for anybody."""
    throttle.count(engine, kit, throttle.PASSWORD_RESET, f"account:{folded(command.email)}")
    return partial(_write_reset, engine, kit, command.email, caller)


def reset_link(session: UnitOfWork, user: User, *, actor: Actor) -> links.FreshLink:
    """A link for a new password, to be shown by the command line."""
    vendors = [vendor for _, vendor in memberships_of(session, user.id)]
    if not vendors:
        raise NotFound(N_("This person works for no vendor"))
    record_everywhere(session, Action.USER_PASSWORD_RESET_REQUESTED, user.id, actor=actor)
    return links.make(session, LinkPurpose.PASSWORD_RESET, user.id, vendors[0].id)


def require_reset_link(session: KitSession, secret: str | None) -> None:
    """LINK_INVALID unless the link works; looking uses nothing up."""
    links.look(session, LinkPurpose.PASSWORD_RESET, secret)


def reset_password(
    session: UnitOfWork, secret: str | None, command: SetPassword, caller: Caller
) -> User:
    """The new password, by a link that works once; all sessions end.

    LINK_INVALID otherwise, and for whoever was shut out since.
    """
    link = links.use(session, LinkPurpose.PASSWORD_RESET, secret)
    user = session.get_one(User, link.user_id)
    if user.status != UserStatus.ACTIVE or not memberships_of(session, user.id):
        raise LinkInvalid
    actor = actor_of(user, caller)
    _set_password(session, user.id, command.password, actor=actor, by="link")
    end_sessions(session, user.id)
    return user


def update_profile(session: UnitOfWork, viewer: Viewer, command: UpdateProfile) -> None:
    """How the person is called, and how pages look to them."""
    _keep(session, viewer, command.model_dump())


def choose(session: UnitOfWork, viewer: Viewer, command: ChooseLooks) -> None:
    """Changes the language or the theme alone, from the header of any page."""
    _keep(session, viewer, command.model_dump(exclude_none=True))


def preference(session: KitSession, viewer: Viewer, place: str) -> dict[str, Any]:
    """What the viewer chose for a place, such as the columns of a list."""
    row = session.get(Preference, (viewer.user_id, place))
    return row.value if row else {}


def prefer(session: UnitOfWork, viewer: Viewer, place: str, value: dict[str, Any]) -> None:
    """Keeps what the viewer chose for a place."""
    row = {"user_id": viewer.user_id, "place": place, "value": value}
    kept = insert(Preference).values(row)
    keys = [Preference.user_id, Preference.place]
    session.execute(kept.on_conflict_do_update(index_elements=keys, set_={"value": value}))


def _keep(session: UnitOfWork, viewer: Viewer, values: dict[str, Any]) -> None:
    """By the table: how pages look to somebody is no act that others have to know of."""
    table = User.__table__
    assert isinstance(table, Table)  # noqa: S101 - mapped to a table, not to a query
    if values:
        session.change(update(table).where(table.c.id == viewer.user_id).values(values))


def _set_password(
    session: UnitOfWork, user_id: uuid.UUID, password: str, *, actor: Actor, by: str
) -> None:
    user = session.get_one(User, user_id)
    fault = refuse_own_email(password, user.email)
    if fault is not None:
        raise ValidationFailed.at({"/password": fault})
    user.password_hash = passwords.hashed(password, session.kit.settings)
    session.flush()
    links.revoke(session, LinkPurpose.PASSWORD_RESET, user_id)
    record_everywhere(session, Action.USER_PASSWORD_CHANGED, user_id, actor=actor, by=by)


def _write_reset(engine: Engine | Connection, kit: Kit, email: str, caller: Caller) -> None:
    with transaction(engine, kit) as session:
        user = by_email(session, email)
        if user is None:
            return
        session.hold(user)  # or an invitation that is accepted just now would not be seen
        vendor_id = _mailing_vendor(session, user)
        if vendor_id is None:
            return
        actor = actor_of(user, caller)
        record_everywhere(session, Action.USER_PASSWORD_RESET_REQUESTED, user.id, actor=actor)
        fresh = links.make(session, LinkPurpose.PASSWORD_RESET, user.id, vendor_id)
        people.write(session, fresh, user)


def _mailing_vendor(session: KitSession, user: User) -> uuid.UUID | None:
    """Whose mail server may write a link for the password to the person; None if nobody's.

    Whoever runs that server can read the link: of somebody who works for other vendors too, it
    must not be enough to come in.
    """
    vendors = [vendor for _, vendor in memberships_of(session, user.id)]
    if user.status != UserStatus.ACTIVE or not vendors:
        return None
    if len(vendors) > 1 and second_factors.confirmed_at(session, user.id) is None:
        return None
    return next((vendor.id for vendor in vendors if vendor.smtp), None)
