"""The tenant, and its automation's credentials."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import Base, TenantRow, new_id, tenant_args


class VendorStatus(StrEnum):
    """A suspended vendor's keys answer VENDOR_SUSPENDED."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Vendor(Base):
    """Owns products, customers and keys; `prefix` begins every code of its own."""

    __tablename__ = "vendors"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime]
    slug: Mapped[str]
    name: Mapped[str]
    legal_name: Mapped[str | None]
    inn: Mapped[str | None]
    prefix: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default=VendorStatus.ACTIVE)
    locale: Mapped[str] = mapped_column(default="ru")
    time_zone: Mapped[str] = mapped_column(default="Europe/Moscow")
    expiring_days: Mapped[int] = mapped_column(default=14)
    coupon_batch_max: Mapped[int] = mapped_column(default=10_000)
    rotation_grace_hours: Mapped[int] = mapped_column(default=24)
    stale_after_days: Mapped[int] = mapped_column(default=90)
    auto_release_after_days: Mapped[int | None]
    expiry_reminders: Mapped[bool] = mapped_column(default=True)
    second_factor_for_all: Mapped[bool] = mapped_column(default=False)
    retention_days: Mapped[int] = mapped_column(default=400)
    smtp: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Server and sender of the vendor's letters; what opens the server is sealed apart."""
    smtp_password: Mapped[bytes | None]
    catalogue_version: Mapped[int] = mapped_column(BigInteger, default=0)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = (
        Index("uq_vendors_slug", text("lower(slug)"), unique=True),
        CheckConstraint("prefix ~ '^[A-Z]{4}$'", name="prefix"),
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        CheckConstraint("rotation_grace_hours BETWEEN 0 AND 72", name="rotation_grace_hours"),
        CheckConstraint("stale_after_days >= 1", name="stale_after_days"),
        CheckConstraint(
            "auto_release_after_days >= stale_after_days", name="auto_release_after_days"
        ),
        CheckConstraint("coupon_batch_max BETWEEN 1 AND 100000", name="coupon_batch_max"),
        CheckConstraint("retention_days BETWEEN 30 AND 3650", name="retention_days"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this vendor."""
        return Subject(self.id, "vendor", self.id, self.name)


class ApiToken(TenantRow):
    """Automation's credential: permissions by scope, then by the role it was given."""

    __tablename__ = "api_tokens"

    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    hint: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    role: Mapped[str]
    allowed_addresses: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        CheckConstraint(
            "role IN ('owner', 'admin', 'manager', 'release', 'support', 'auditor')", name="role"
        ),
    )

    @property
    def subject(self) -> Subject:
        """How events name this token: by its name, never by its text."""
        return Subject(self.vendor_id, "api_token", self.id, self.name)


class Installation(Base):
    """One row for the whole server: whose word there is that MASTER's words are kept."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    master_kid: Mapped[str]
    """Of which MASTER it was said; another one makes it void."""
    master_confirmed_at: Mapped[datetime]
    master_confirmed_by: Mapped[uuid.UUID]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)
