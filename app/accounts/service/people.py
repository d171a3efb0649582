"""People of a vendor: invited, given a role, shut out, let in again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.accounts import queries
from app.accounts.models import LinkPurpose, Membership, OneTimeLink, User, UserStatus
from app.accounts.problems import (
    LastOwner,
    LinkInvalid,
    OwnRole,
    PermissionDenied,
    SetupDone,
    UserExists,
)
from app.accounts.schemas import Permission, Role
from app.accounts.schemas.people import (
    AcceptInvitation,
    ChangeRole,
    CreateUser,
    InviteUser,
    SetUp,
    refuse_own_email,
)
from app.accounts.service import links, mailing
from app.accounts.service.links import FreshLink
from app.accounts.service.sessions import end_sessions_at
from app.accounts.service.signing_in import by_email, welcome
from app.accounts.service.vendors import create_vendor
from app.accounts.service.viewers import Viewer, actor_of
from app.audit import service as audit
from app.audit.actor import SYSTEM, Actor, Caller, Subject
from app.audit.models import Action
from app.kit import passwords
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.problems import AuthRequired, ValidationFailed


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was invited; the address is shown once where no letter could be sent."""

    membership: Membership
    address: str | None


def create_user(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateUser, *, actor: Actor
) -> Membership:
    """A person who can sign in at once; USER_EXISTS if the address is known."""
    _require_other_than_email(command.password, command.email)
    user = _new_user(session, command.email, command.locale)
    user.name, user.time_zone = command.name, command.time_zone
    user.password_hash = passwords.hashed(command.password, session.kit.settings)
    user.status = UserStatus.ACTIVE
    membership = _new_membership(session, vendor_id, user, command.role)
    membership.accepted_at = session.now()
    session.flush()
    _invited(session, membership, user, actor)
    return membership


def set_up(session: UnitOfWork, command: SetUp, *, caller: Caller) -> str:
    """The first owner, of the vendor that is there or is made with them; a session's secret.

    SETUP_DONE as soon as there is somebody.
    """
    # Two that come together: the second waits here and then finds the first one's owner.
    session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
    if queries.any_user(session):
        raise SetupDone
    vendors = queries.vendors(session)
    if not vendors and command.vendor is None:
        raise ValidationFailed.at({"/vendor/slug": ("missing", "This field is required")})
    if vendors:
        vendor = vendors[0]
    else:
        assert command.vendor is not None  # noqa: S101 - refused four lines above
        vendor = create_vendor(session, command.vendor, actor=SYSTEM)
    wanted = command.model_dump(exclude={"vendor"}) | {"time_zone": vendor.time_zone}
    membership = create_user(
        session, vendor.id, CreateUser.model_validate(wanted), actor=_system(caller)
    )
    return welcome(session, membership.user_id, caller)


def invite(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    command: InviteUser,
    *,
    by: Viewer | None,
    actor: Actor,
) -> Invited:
    """Somebody new to the vendor, who gets a letter, or a link where no mail is set up."""
    _require_may_touch(by, command.role)
    user = by_email(session, command.email) or _new_user(session, command.email, command.locale)
    membership = _new_membership(session, vendor_id, user, command.role)
    _invited(session, membership, user, actor)
    return _send(session, membership, user)


def invite_again(
    session: UnitOfWork, vendor_id: uuid.UUID, user_id: uuid.UUID, *, by: Viewer, actor: Actor
) -> Invited:
    """A new link for somebody who has not come yet; the old one does not work any more."""
    membership = queries.membership(session, vendor_id, user_id)
    _require_may_touch(by, Role(membership.role))
    if membership.accepted_at is not None:
        raise UserExists
    user = session.get_one(User, user_id)
    _invited(session, membership, user, actor)
    return _send(session, membership, user)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who is invited, and by whom."""

    user_id: uuid.UUID
    email: str
    is_new: bool
    vendor_name: str


def invitation(session: KitSession, secret: str | None) -> Invitation:
    """What the link of an invitation is for; LINK_INVALID otherwise. Looking uses nothing up."""
    link = links.look(session, LinkPurpose.INVITATION, secret)
    user, _ = _invitee(session, link)
    vendor = queries.vendor(session, link.vendor_id)
    return Invitation(user.id, user.email, user.status == UserStatus.INVITED, vendor.name)


def accept(
    session: UnitOfWork,
    secret: str | None,
    command: AcceptInvitation | None,
    *,
    caller: Caller,
    signed_in_as: uuid.UUID | None,
) -> str | None:
    """The invited person comes in; the secret of a session.

    Whoever has a password already shows it too, by being signed in, and gets no other session:
    the link proves the address only to whoever sent it, and somebody else may have made the
    password before. AUTH_REQUIRED otherwise.
    """
    link = links.use(session, LinkPurpose.INVITATION, secret)
    user, membership = _invitee(session, link)
    session.hold(user)  # a letter about the password that is written just now waits, or is seen
    is_new = user.status == UserStatus.INVITED
    if is_new:
        if command is None:
            raise ValidationFailed.at({"/password": ("missing", "This field is required")})
        _require_other_than_email(command.password, user.email)
        user.name = command.name
        user.password_hash = passwords.hashed(command.password, session.kit.settings)
        user.status = UserStatus.ACTIVE
    elif signed_in_as != user.id:
        raise AuthRequired
    # A link that another vendor's mail server sent before opens this vendor's cabinet to nobody.
    links.revoke(session, LinkPurpose.PASSWORD_RESET, user.id)
    membership.accepted_at = session.now()
    session.flush()
    subject, actor = user.at(link.vendor_id), actor_of(user, caller)
    audit.record(session, Action.USER_INVITED, actor=actor, subject=subject, accepted=True)
    return welcome(session, user.id, caller) if is_new else None


def _invitee(session: KitSession, link: OneTimeLink) -> tuple[User, Membership]:
    """Whom an invitation lets in; LINK_INVALID if they were shut out since."""
    user = session.get_one(User, link.user_id)
    membership = queries.membership(session, link.vendor_id, user.id)
    if user.status == UserStatus.DISABLED or membership.disabled_at is not None:
        raise LinkInvalid
    return user, membership


def change_role(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    user_id: uuid.UUID,
    command: ChangeRole,
    *,
    by: Viewer,
) -> Membership:
    """Another role; the person's sessions at this vendor end. LAST_OWNER, OWN_ROLE."""
    membership = _held(session, vendor_id, user_id, by)
    _require_may_touch(by, command.role)
    before = membership.role
    if before == command.role:
        return membership
    _require_another_owner(session, membership)
    membership.role = command.role
    session.flush()
    end_sessions_at(session, user_id, vendor_id)
    _record(session, Action.USER_ROLE_CHANGED, membership, by, before=before, after=command.role)
    return membership


def disable(
    session: UnitOfWork, vendor_id: uuid.UUID, user_id: uuid.UUID, *, by: Viewer
) -> Membership:
    """The person opens nothing of this vendor any more; twice is a success."""
    membership = _held(session, vendor_id, user_id, by)
    if membership.disabled_at is None:
        _require_another_owner(session, membership)
        membership.disabled_at = session.now()
        session.flush()
        end_sessions_at(session, user_id, vendor_id)
        _record(session, Action.USER_DISABLED, membership, by)
    return membership


def enable(
    session: UnitOfWork, vendor_id: uuid.UUID, user_id: uuid.UUID, *, by: Viewer
) -> Membership:
    """Takes back a `disable`; twice is a success."""
    membership = _held(session, vendor_id, user_id, by)
    if membership.disabled_at is not None:
        membership.disabled_at = None
        session.flush()
        _record(session, Action.USER_ENABLED, membership, by)
    return membership


def end_all_sessions(
    session: UnitOfWork, vendor_id: uuid.UUID, user_id: uuid.UUID, *, by: Viewer
) -> int:
    """Signs the person out of this vendor's cabinet; how many sessions that were."""
    membership = _held(session, vendor_id, user_id, by)
    count = end_sessions_at(session, user_id, vendor_id)
    _record(session, Action.USER_SESSIONS_ENDED, membership, by, count=count)
    return count


def _system(caller: Caller) -> Actor:
    return Actor(SYSTEM.kind, SYSTEM.label, None, caller.ip, caller.user_agent, caller.request_id)


def _new_user(session: UnitOfWork, email: str, locale: str) -> User:
    user = User(
        id=new_id(), created_at=session.now(), email=email, locale=locale, status=UserStatus.INVITED
    )
    try:
        with session.savepoint():
            session.add(user)
    except IntegrityError:
        raise UserExists from None
    return user


def _new_membership(
    session: UnitOfWork, vendor_id: uuid.UUID, user: User, role: Role
) -> Membership:
    row = Membership(
        id=new_id(), vendor_id=vendor_id, created_at=session.now(), user_id=user.id, role=role
    )
    try:
        with session.savepoint():
            session.add(row)
    except IntegrityError:
        raise UserExists from None
    return row


def _send(session: UnitOfWork, membership: Membership, user: User) -> Invited:
    fresh = links.make(session, LinkPurpose.INVITATION, user.id, membership.vendor_id)
    if not mailing.can_send(session, membership.vendor_id):
        return Invited(membership, fresh.address)
    write(session, fresh, user)
    return Invited(membership, None)


def write(session: UnitOfWork, fresh: FreshLink, user: User) -> None:
    """A letter with a one-time link to the person whom it is for."""
    link: OneTimeLink = fresh.link
    to = mailing.To(user.email, user.locale)
    subject = Subject(link.vendor_id, "user", user.id, user.email)
    mailing.queue(session, link.purpose, to, subject, link_id=str(link.id))


def _invited(session: UnitOfWork, membership: Membership, user: User, actor: Actor) -> None:
    # By the address alone: what else another vendor knows of the person is not told to this one.
    subject = Subject(membership.vendor_id, "user", user.id, user.email)
    audit.record(session, Action.USER_INVITED, actor=actor, subject=subject, role=membership.role)


def _held(session: UnitOfWork, vendor_id: uuid.UUID, user_id: uuid.UUID, by: Viewer) -> Membership:
    """The membership, locked; nobody acts on themselves, and only an owner on an owner."""
    membership = queries.membership(session, vendor_id, user_id)
    _owners(session, vendor_id)  # first of all, so that two owners who meet here wait in a line
    session.hold(membership)
    _require_may_touch(by, Role(membership.role))
    if user_id == by.user_id:
        raise OwnRole
    return membership


def _owners(session: UnitOfWork, vendor_id: uuid.UUID) -> Sequence[Membership]:
    """The owners that are let in, locked in one order."""
    return session.scalars(
        select(Membership)
        .where(
            Membership.vendor_id == vendor_id,
            Membership.role == Role.OWNER,
            Membership.accepted_at.is_not(None),
            Membership.disabled_at.is_(None),
        )
        .order_by(Membership.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _require_may_touch(by: Viewer | None, role: Role) -> None:
    """Owners, and becoming one, are the business of owners; None is the command line."""
    if by is not None and role == Role.OWNER and not by.may(Permission.VENDOR_MANAGE):
        raise PermissionDenied(permission=Permission.VENDOR_MANAGE.value)


def _require_another_owner(session: UnitOfWork, leaving: Membership) -> None:
    """Refuses to leave the vendor without an owner who can sign in."""
    if leaving.role != Role.OWNER or not leaving.opens:
        return
    owners = _owners(session, leaving.vendor_id)
    others = [each.user_id for each in owners if each.id != leaving.id]
    active = select(func.count()).where(User.id.in_(others), User.status == UserStatus.ACTIVE)
    if not session.scalar(active):
        raise LastOwner


def _require_other_than_email(password: str, email: str) -> None:
    fault = refuse_own_email(password, email)
    if fault is not None:
        raise ValidationFailed.at({"/password": fault})


def _record(
    session: UnitOfWork, action: Action, membership: Membership, by: Viewer, **data: object
) -> None:
    user = session.get_one(User, membership.user_id)
    subject = user.at(membership.vendor_id)
    audit.record(session, action, actor=by.actor, subject=subject, **data)
