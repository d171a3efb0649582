"""Reads of vendors."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.accounts.models import (
    ApiToken,
    HealthAlarm,
    Letter,
    Membership,
    SecondFactor,
    User,
    Vendor,
)
from app.kit.db import KitSession
from app.kit.i18n import N_
from app.kit.problems import NotFound


def vendor(session: KitSession, vendor_id: uuid.UUID) -> Vendor:
    """The vendor of a principal."""
    found = session.get(Vendor, vendor_id)
    if found is None:
        raise NotFound
    return found


def vendor_by_slug(session: KitSession, slug: str) -> Vendor:
    """The vendor that the command line names."""
    found = session.scalar(select(Vendor).where(func.lower(Vendor.slug) == slug.lower()))
    if found is None:
        raise NotFound(N_("There is no vendor with this slug; `podkluch vendor create` makes one"))
    return found


def token_by_digest(session: KitSession, digest: bytes) -> ApiToken | None:
    """The token of a credential, in whatever state."""
    return session.scalar(select(ApiToken).where(ApiToken.digest == digest))


def token(session: KitSession, vendor_id: uuid.UUID, token_id: uuid.UUID) -> ApiToken:
    """One token of the vendor."""
    found = session.scalar(
        select(ApiToken).where(ApiToken.vendor_id == vendor_id, ApiToken.id == token_id)
    )
    if found is None:
        raise NotFound
    return found


def tokens(session: KitSession, vendor_id: uuid.UUID) -> Sequence[ApiToken]:
    """All tokens of the vendor, newest first."""
    return session.scalars(
        select(ApiToken).where(ApiToken.vendor_id == vendor_id).order_by(ApiToken.id.desc())
    ).all()


def vendors(session: KitSession) -> list[Vendor]:
    """All vendors of this server, by slug."""
    return list(session.scalars(select(Vendor).order_by(Vendor.slug)))


def any_vendor(session: KitSession) -> bool:
    """Whether this server has a vendor at all."""
    return session.scalar(select(Vendor.id).limit(1)) is not None


def any_user(session: KitSession) -> bool:
    """Whether anybody was ever let into the cabinet."""
    return session.scalar(select(User.id).limit(1)) is not None


def membership(session: KitSession, vendor_id: uuid.UUID, user_id: uuid.UUID) -> Membership:
    """What a person is to the vendor."""
    found = session.scalar(
        select(Membership).where(Membership.vendor_id == vendor_id, Membership.user_id == user_id)
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person of the vendor with what the list of users shows."""

    user: User
    membership: Membership
    factor_since: datetime | None

    @property
    def has_come(self) -> bool:
        """Whether they accepted; until then the vendor knows of them what it wrote itself."""
        return self.membership.accepted_at is not None

    @property
    def name(self) -> str:
        """How they are called, or nothing."""
        return self.user.name if self.has_come else ""

    @property
    def label(self) -> str:
        """What they are listed by."""
        return self.name or self.user.email

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in asks them for a code."""
        return self.has_come and self.factor_since is not None

    @property
    def last_signed_in_at(self) -> datetime | None:
        """When they came last."""
        return self.user.last_signed_in_at if self.has_come else None


def colleagues(session: KitSession, vendor_id: uuid.UUID) -> list[Colleague]:
    """All people of the vendor by name; they are few."""
    rows = session.execute(
        select(User, Membership, SecondFactor.confirmed_at)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where(Membership.vendor_id == vendor_id)
        .order_by(func.lower(User.name), func.lower(User.email))
    )
    return [Colleague(user, member, since) for user, member, since in rows]


def colleague(session: KitSession, vendor_id: uuid.UUID, user_id: uuid.UUID) -> Colleague:
    """One person of the vendor."""
    row = membership(session, vendor_id, user_id)
    factor = session.get(SecondFactor, user_id)
    since = factor.confirmed_at if factor else None
    return Colleague(session.get_one(User, user_id), row, since)


def owners(session: KitSession, vendor_id: uuid.UUID) -> list[User]:
    """Owners who can sign in."""
    rows = select(User).join(Membership, Membership.user_id == User.id)
    return list(
        session.scalars(
            rows.where(
                Membership.vendor_id == vendor_id,
                Membership.role == "owner",
                Membership.accepted_at.is_not(None),
                Membership.disabled_at.is_(None),
                User.status == "active",
            ).order_by(User.email)
        )
    )


def alarms(session: KitSession, vendor_id: uuid.UUID) -> Sequence[HealthAlarm]:
    """What is wrong with the server, as far as it is the vendor's business, the longest first."""
    wrong = (HealthAlarm.vendor_id == vendor_id, HealthAlarm.state != "ok")
    rows = select(HealthAlarm).where(*wrong).order_by(HealthAlarm.since, HealthAlarm.name)
    return session.scalars(rows).all()


def letters_about(
    session: KitSession, vendor_id: uuid.UUID, subject_id: uuid.UUID, *, limit: int = 20
) -> Sequence[Letter]:
    """What was written because of a thing, newest first."""
    rows = select(Letter).where(Letter.vendor_id == vendor_id, Letter.subject_id == subject_id)
    return session.scalars(rows.order_by(Letter.created_at.desc(), Letter.id).limit(limit)).all()
