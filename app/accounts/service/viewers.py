"""Who is signed in: the person behind a session's secret, and for whom the person works."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Connection, Engine, select, update

from app.accounts.models import (
    Installation,
    Membership,
    SecondFactor,
    SessionStage,
    User,
    UserSession,
    UserStatus,
    Vendor,
    VendorStatus,
)
from app.accounts.schemas import PERMISSIONS, SECOND_FACTOR_ROLES, Permission, Role
from app.audit.actor import Actor, ActorKind, Caller
from app.kit.db import Kit, KitSession, reading, transaction
from app.kit.i18n import Language
from app.kit.signing import lookup_digest

IDLE: Final = timedelta(hours=8)
LONGEST: Final = timedelta(hours=12)
CODE_WAITS: Final = timedelta(minutes=10)
"""How long the page that asks for the code waits after the password."""
FRESH_FOR: Final = timedelta(minutes=10)
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class VendorView:
    """A vendor as pages name it."""

    id: uuid.UUID
    slug: str
    name: str
    prefix: str
    locale: Language
    time_zone: str


@dataclass(frozen=True, slots=True)
class MembershipView:
    """One of the vendors that a person may switch to."""

    vendor: VendorView
    role: Role


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person who looks at a page, and what they may do for the current vendor."""

    user_id: uuid.UUID
    session_id: uuid.UUID
    email: str
    name: str
    locale: Language
    zone: str
    """Their own time zone, an IANA name."""
    theme: str
    """auto, light or dark."""
    density: str
    """comfortable or compact."""
    shortcuts: bool
    vendor: VendorView
    role: Role
    permissions: frozenset[Permission]
    memberships: tuple[MembershipView, ...]
    """All vendors of this person by name, the current one included."""
    has_second_factor: bool
    otp_at: datetime | None
    """When this session last showed a second factor."""
    must_set_up: bool
    """Nothing else opens before a second factor is set up."""
    master_unconfirmed: bool
    """Nobody has said yet that MASTER's words are kept: owners see a banner."""
    actor: Actor

    @property
    def vendor_id(self) -> uuid.UUID:
        """The current vendor: the first argument of every query."""
        return self.vendor.id

    def may(self, permission: Permission | str) -> bool:
        """Whether the role has a permission; templates ask by its name."""
        return permission in self.permissions

    @property
    def sees_contacts(self) -> bool:
        """Whether e-mails and phones are shown."""
        return Permission.CONTACTS_READ in self.permissions

    def is_fresh(self, now: datetime) -> bool:
        """Whether the second factor was shown a short while ago."""
        return self.otp_at is not None and now - self.otp_at <= FRESH_FOR


@dataclass(frozen=True, slots=True)
class HalfSignedIn:
    """The password was right; the code is still to come."""

    user_id: uuid.UUID
    session_id: uuid.UUID


def identify(
    engine: Engine | Connection, kit: Kit, secret: str, caller: Caller
) -> Viewer | HalfSignedIn | None:
    """Who a session's secret belongs to; None if it is unknown, over, or opens nothing any more.

    In short transactions of its own: a request never holds two connections.
    """
    digest = lookup_digest(secret)
    with reading(engine, kit) as session:
        found = session.scalar(select(UserSession).where(UserSession.digest == digest))
        if found is None or not is_alive(found, session.now()):
            return None
        if found.stage == SessionStage.CODE:
            return HalfSignedIn(found.user_id, found.id)
        viewer = _viewer(session, found, caller)
        stale = session.now() - found.last_seen_at >= _SEEN_EVERY
    if viewer is not None and stale:
        with transaction(engine, kit) as session:
            seen = update(UserSession).where(UserSession.digest == digest)
            session.change(seen.values(last_seen_at=session.now(), ip=caller.ip))
    return viewer


def is_alive(row: UserSession, now: datetime) -> bool:
    """Whether a session is still open, by either of its ends."""
    longest = CODE_WAITS if row.stage == SessionStage.CODE else LONGEST
    return now - row.created_at < longest and now - row.last_seen_at < IDLE


def memberships_of(session: KitSession, user_id: uuid.UUID) -> list[tuple[Membership, Vendor]]:
    """The vendors that let the person in, by name."""
    rows = session.execute(
        select(Membership, Vendor)
        .join(Vendor, Vendor.id == Membership.vendor_id)
        .where(
            Membership.user_id == user_id,
            Membership.accepted_at.is_not(None),
            Membership.disabled_at.is_(None),
            Vendor.status == VendorStatus.ACTIVE,
        )
        .order_by(Vendor.name, Vendor.id)
    )
    return [(membership, vendor) for membership, vendor in rows]


def _viewer(session: KitSession, row: UserSession, caller: Caller) -> Viewer | None:
    user = session.get_one(User, row.user_id)
    opening = memberships_of(session, user.id)
    if user.status != UserStatus.ACTIVE or not opening:
        return None
    chosen = [each for each in opening if each[1].id == row.vendor_id] or opening
    membership, vendor = chosen[0]
    role = Role(membership.role)
    factor = session.get(SecondFactor, user.id)
    has_factor = factor is not None and factor.confirmed_at is not None
    asked = role in SECOND_FACTOR_ROLES or vendor.second_factor_for_all
    return Viewer(
        user_id=user.id,
        session_id=row.id,
        email=user.email,
        name=user.name or user.email,
        locale=cast("Language", user.locale),
        zone=user.time_zone,
        theme=user.theme,
        density=user.density,
        shortcuts=user.shortcuts,
        vendor=view_of(vendor),
        role=role,
        permissions=PERMISSIONS[role],
        memberships=tuple(MembershipView(view_of(v), Role(m.role)) for m, v in opening),
        has_second_factor=has_factor,
        otp_at=row.otp_at,
        must_set_up=asked and not has_factor and session.kit.settings.totp_required,
        master_unconfirmed=role == Role.OWNER and not is_master_confirmed(session),
        actor=actor_of(user, caller),
    )


def view_of(vendor: Vendor) -> VendorView:
    """The vendor without its row."""
    locale = cast("Language", vendor.locale)
    return VendorView(vendor.id, vendor.slug, vendor.name, vendor.prefix, locale, vendor.time_zone)


def actor_of(user: User, caller: Caller) -> Actor:
    """The person as events name them."""
    label = user.name or user.email
    return Actor(ActorKind.USER, label, user.id, caller.ip, caller.user_agent, caller.request_id)


def is_master_confirmed(session: KitSession) -> bool:
    """Whether an owner has said that the words of the current MASTER are kept."""
    row = session.get(Installation, 1)
    return row is not None and row.master_kid == session.kit.keyring.current_kid
