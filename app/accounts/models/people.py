"""People who sign in, what they are to which vendor, and what proves that it is them."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import Base, TenantRow, new_id, tenant_args

ROLE_CHECK = "role IN ('owner', 'admin', 'manager', 'release', 'support', 'auditor')"


class UserStatus(StrEnum):
    """Only an active person signs in; an invited one has no password yet."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class User(Base):
    """A person, known by the e-mail address; one person may work for several vendors."""

    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime]
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=UserStatus.INVITED)
    locale: Mapped[str] = mapped_column(default="ru")
    time_zone: Mapped[str] = mapped_column(default="Europe/Moscow")
    theme: Mapped[str] = mapped_column(default="auto")
    density: Mapped[str] = mapped_column(default="comfortable")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    last_signed_in_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = (
        Index("uq_users_email", text("lower(email)"), unique=True),
        CheckConstraint("status IN ('invited', 'active', 'disabled')", name="status"),
        CheckConstraint("status <> 'active' OR password_hash IS NOT NULL", name="password"),
        CheckConstraint("locale IN ('ru', 'en')", name="locale"),
        CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
        CheckConstraint("density IN ('comfortable', 'compact')", name="density"),
    )

    def at(self, vendor_id: uuid.UUID) -> Subject:
        """How the events of one vendor name this person."""
        return Subject(vendor_id, "user", self.id, self.name or self.email)


class Membership(TenantRow):
    """What a person is to a vendor; one that was never accepted, or is disabled, opens nothing."""

    __tablename__ = "memberships"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str]
    accepted_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        UniqueConstraint("user_id", "vendor_id"), CheckConstraint(ROLE_CHECK, name="role")
    )

    @property
    def opens(self) -> bool:
        """Whether it lets the person in."""
        return self.accepted_at is not None and self.disabled_at is None


class SecondFactor(Base):
    """The secret of one-time codes (RFC 6238); until a code was shown it is only offered."""

    __tablename__ = "second_factors"
    __audited__ = False  # verbs record what they do with it; a step that is used up is no act

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    secret: Mapped[bytes | None]
    """Sealed, under the person's id."""
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last step a code of which was accepted; neither it nor an earlier one comes again."""
    confirmed_at: Mapped[datetime | None]
    offered: Mapped[bytes | None]
    """The sealed secret that is being set up."""


class RecoveryCode(Base):
    """Takes the place of one code, once."""

    __tablename__ = "recovery_codes"
    __audited__ = False  # as second factors

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    digest: Mapped[bytes]
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id", "digest"),)


class LinkPurpose(StrEnum):
    """What a letter's link is for."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose


class OneTimeLink(Base):
    """A link that works once: only the digest of its secret opens it, the sealed copy is mailed."""

    __tablename__ = "one_time_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    vendor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("vendors.id"))
    """Who invites, or whose mail server sends it."""
    purpose: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    cipher: Mapped[bytes | None]
    """Gone as soon as the link is used or replaced."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("purpose IN ('invitation', 'password_reset')", name="purpose"),
        Index(None, "expires_at"),
    )


class Preference(Base):
    """What a person chose for one place of the cabinet, such as the columns of a list."""

    __tablename__ = "preferences"
    __audited__ = False  # how a screen looks is nobody else's business

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSONB)
