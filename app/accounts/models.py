"""The tenant."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import Base, TenantRow, new_id, tenant_args


class VendorStatus(StrEnum):
    """A suspended vendor's keys answer VENDOR_SUSPENDED."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Role(StrEnum):
    """What a person or a token is to the vendor."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    RELEASE = "release"
    SUPPORT = "support"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What may be allowed; the names are the scopes of tokens."""

    SETTINGS_MANAGE = "settings.manage"
    USERS_MANAGE = "users.manage"
    TOKENS_MANAGE = "tokens.manage"
    VENDOR_MANAGE = "vendor.manage"
    TRUST_MANAGE = "trust.manage"
    TRUST_READ = "trust.read"
    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_WRITE = "customers.write"
    CONTACTS_READ = "contacts.read"
    KEYS_READ = "keys.read"
    KEYS_ISSUE = "keys.issue"
    KEYS_MANAGE = "keys.manage"
    KEYS_REVEAL = "keys.reveal"
    ENTITLEMENTS_WRITE = "entitlements.write"
    COUPONS_READ = "coupons.read"
    COUPONS_GENERATE = "coupons.generate"
    COUPONS_REDEEM = "coupons.redeem"
    COUPONS_REVERSE = "coupons.reverse"
    COUPONS_DISABLE = "coupons.disable"
    ACTIVATIONS_RELEASE = "activations.release"
    CATALOG_READ = "catalog.read"
    CATALOG_WRITE = "catalog.write"
    RELEASES_PUBLISH = "releases.publish"
    DOWNLOADS_READ = "downloads.read"
    INSTALLS_READ = "installs.read"
    SUPPORT_READ = "support.read"
    SUPPORT_ANNOTATE = "support.annotate"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    AUDIT_VERIFY = "audit.verify"
    LISTS_EXPORT = "lists.export"


_READERS = {
    Permission.CUSTOMERS_READ,
    Permission.KEYS_READ,
    Permission.COUPONS_READ,
    Permission.CATALOG_READ,
    Permission.DOWNLOADS_READ,
    Permission.INSTALLS_READ,
}
_ADMIN = set(Permission) - {Permission.VENDOR_MANAGE, Permission.TRUST_MANAGE}
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(_ADMIN),
    Role.MANAGER: frozenset(
        _READERS
        | {
            Permission.CONTACTS_READ,
            Permission.CUSTOMERS_WRITE,
            Permission.KEYS_ISSUE,
            Permission.KEYS_MANAGE,
            Permission.KEYS_REVEAL,
            Permission.ENTITLEMENTS_WRITE,
            Permission.COUPONS_GENERATE,
            Permission.COUPONS_REDEEM,
            Permission.COUPONS_REVERSE,
            Permission.COUPONS_DISABLE,
            Permission.ACTIVATIONS_RELEASE,
            Permission.LISTS_EXPORT,
        }
    ),
    Role.RELEASE: frozenset(
        {
            Permission.CATALOG_READ,
            Permission.CATALOG_WRITE,
            Permission.RELEASES_PUBLISH,
            Permission.DOWNLOADS_READ,
            Permission.INSTALLS_READ,
        }
    ),
    Role.SUPPORT: frozenset(
        _READERS
        | {
            Permission.CONTACTS_READ,
            Permission.ACTIVATIONS_RELEASE,
            Permission.SUPPORT_READ,
            Permission.SUPPORT_ANNOTATE,
        }
    ),
    Role.AUDITOR: frozenset(
        _READERS
        | {
            Permission.SUPPORT_READ,
            Permission.AUDIT_READ,
            Permission.AUDIT_EXPORT,
            Permission.AUDIT_VERIFY,
            Permission.LISTS_EXPORT,
        }
    ),
}
"""Who may do what: the one table that code, pages and tests read.

`contacts.read` is what an auditor lacks: e-mail and phone of customers.
"""
TOKEN_SCOPES: frozenset[Permission] = frozenset(
    _READERS
    | {
        Permission.CUSTOMERS_WRITE,
        Permission.KEYS_ISSUE,
        Permission.KEYS_MANAGE,
        Permission.ENTITLEMENTS_WRITE,
        Permission.COUPONS_GENERATE,
        Permission.COUPONS_REDEEM,
        Permission.COUPONS_REVERSE,
        Permission.COUPONS_DISABLE,
        Permission.ACTIVATIONS_RELEASE,
        Permission.CATALOG_WRITE,
        Permission.RELEASES_PUBLISH,
        Permission.AUDIT_READ,
        Permission.LISTS_EXPORT,
    }
)
"""What a token may hold: the permissions that have a route for programs."""


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
