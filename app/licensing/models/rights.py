"""Licence keys with their codes, entitlements with their ledger, trials."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.catalog.models import CHANNELS
from app.kit.db import TenantRow, by_hash, newest_by, tenant_args, tenant_fk
from wire.extensions import Channel

ENDLESS = date.max
"""The end of a key with a product that has none."""
_EMPTY = ("vendor_id", "id", "status", "customer_id")
_TERMS = ("vendor_id", "status", "lasts_until", "starts_last", "held", "customer_id")
_HELD = ("vendor_id", "product_id", "key_id")
_ENDS = ("vendor_id", "key_id", "valid_until")
_HOLDS = "status <> 'withdrawn'"


class KeyStatus(StrEnum):
    """Revoked is terminal."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class EntitlementStatus(StrEnum):
    """A withdrawn entitlement counts as absent; its row is used again."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class LicenseKey(TenantRow):
    """A container of products, empty when issued; normally one per customer."""

    __tablename__ = "license_keys"

    customer_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default=KeyStatus.ACTIVE)
    suspend_reason: Mapped[str | None]
    comment: Mapped[str] = mapped_column(default="")
    hint: Mapped[str]
    rights_version: Mapped[int] = mapped_column(default=0)
    row_version: Mapped[int] = mapped_column(default=1)
    held: Mapped[int] = mapped_column(server_default="0")
    """How many products it holds; this and what follows a trigger of the entitlements keeps."""
    lasts_until: Mapped[date | None]
    """The last end of the active ones, `ENDLESS` without an end; None where none is active."""
    starts_last: Mapped[date | None]
    """When the last of the active ones starts."""

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        tenant_fk("customer_id", "customers"),
        CheckConstraint("status IN ('active', 'suspended', 'revoked')", name="status"),
        *newest_by("customer_id", "status", "created_at"),
        by_hash("license_keys", "id"),
        # Counts of keys in a state are read from these alone.
        Index("ix_license_keys_empty", *_EMPTY, postgresql_where="held = 0"),
        Index("ix_license_keys_terms", *_TERMS),
        Index(None, "vendor_id", "starts_last"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this key: by its hint, never by its code."""
        return Subject(self.vendor_id, "license_key", self.id, self.hint)


class LicenseKeyCode(TenantRow):
    """One code of a key; the current one has no end."""

    __tablename__ = "license_key_codes"

    key_id: Mapped[uuid.UUID]
    digest: Mapped[bytes] = mapped_column(unique=True)
    hint: Mapped[str]
    cipher: Mapped[bytes | None]
    kind: Mapped[str] = mapped_column(default="native")
    expires_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        tenant_fk("key_id", "license_keys"),
        CheckConstraint("kind IN ('native', 'legacy')", name="kind"),
        Index(
            "uq_license_key_codes_current",
            "key_id",
            unique=True,
            postgresql_where="expires_at IS NULL",
        ),
        Index(None, "vendor_id", "hint"),
        Index(None, "vendor_id", "key_id", "id"),
        # Whether there is a legacy code at all is asked at every mistyped key.
        Index("ix_license_key_codes_legacy", "id", postgresql_where="kind = 'legacy'"),
        by_hash("license_key_codes", "digest"),
    )


class Entitlement(TenantRow):
    """A product in a key: until when, with which updates, on how many infobases."""

    __tablename__ = "entitlements"

    key_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default=EntitlementStatus.ACTIVE)
    source: Mapped[str]
    starts_on: Mapped[date]
    valid_until: Mapped[date | None]
    updates_until: Mapped[date | None]
    seats: Mapped[int | None]
    active_count: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str] = mapped_column(default=Channel.STABLE)
    is_trial: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)

    __table_args__ = tenant_args(
        tenant_fk("key_id", "license_keys"),
        tenant_fk("product_id", "products"),
        UniqueConstraint("key_id", "product_id"),
        CheckConstraint("status IN ('active', 'suspended', 'withdrawn')", name="status"),
        CheckConstraint("source IN ('coupon', 'manual', 'import', 'trial')", name="source"),
        CheckConstraint(f"channel IN ({CHANNELS})", name="channel"),
        CheckConstraint("seats BETWEEN 1 AND 100000", name="seats"),
        CheckConstraint(
            "active_count >= 0 AND (seats IS NULL OR active_count <= seats)", name="active_count"
        ),
        *newest_by("valid_until", "product_id", "created_at", "status"),
        by_hash("entitlements", "key_id"),
        # How many keys hold a product is read from this alone: few pages, as its rows are alike.
        Index(None, "vendor_id", "product_id", "status"),
        Index("ix_entitlements_trials", "vendor_id", "id", postgresql_where="is_trial"),
        Index(
            "ix_entitlements_suspended",
            "vendor_id",
            "key_id",
            postgresql_where="status = 'suspended'",
        ),
        Index("ix_entitlements_held", *_HELD, postgresql_where=_HOLDS),
        # Keys by the ends of what they hold, in the order of their lists.
        Index("ix_entitlements_keys", *_ENDS, postgresql_where=_HOLDS),
    )

    @property
    def subject(self) -> Subject:
        """How events name this entitlement."""
        return Subject(self.vendor_id, "entitlement", self.id, str(self.product_id))


class EntitlementReminder(TenantRow):
    """That a customer was told of an end; each step before each date only once."""

    __tablename__ = "entitlement_reminders"

    entitlement_id: Mapped[uuid.UUID]
    valid_until: Mapped[date]
    step: Mapped[int]
    """Days before the end: 14 or 1."""

    __table_args__ = tenant_args(
        tenant_fk("entitlement_id", "entitlements"),
        UniqueConstraint("entitlement_id", "valid_until", "step"),
        CheckConstraint("step IN (1, 14)", name="step"),
    )


class EntitlementChange(TenantRow):
    """The ledger: every change of rights with full snapshots, append-only."""

    __tablename__ = "entitlement_changes"

    entitlement_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    operation: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    cause_kind: Mapped[str]
    cause_id: Mapped[uuid.UUID | None]
    actor: Mapped[str]

    __table_args__ = tenant_args(
        tenant_fk("entitlement_id", "entitlements"),
        UniqueConstraint("entitlement_id", "seq"),
        CheckConstraint(
            "cause_kind IN ('redemption', 'reversal', 'manual', 'import', 'trial')",
            name="cause_kind",
        ),
        Index(None, "vendor_id", "created_at", "id"),
        Index(None, "vendor_id", "cause_id"),
    )


class EntitlementFeature(TenantRow):
    """How much of a feature a product in a key has; no quantity is a switch or no limit."""

    __tablename__ = "entitlement_features"

    entitlement_id: Mapped[uuid.UUID]
    feature_id: Mapped[uuid.UUID]
    quantity: Mapped[int | None]

    __table_args__ = tenant_args(
        tenant_fk("entitlement_id", "entitlements"),
        tenant_fk("feature_id", "features"),
        UniqueConstraint("entitlement_id", "feature_id"),
        CheckConstraint("quantity BETWEEN 1 AND 1000000000", name="quantity"),
    )


class Trial(TenantRow):
    """A product tried out: once per key, unless its redemption was reversed."""

    __tablename__ = "trials"

    key_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    entitlement_id: Mapped[uuid.UUID]
    source: Mapped[str]
    started_on: Mapped[date]
    days: Mapped[int]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]

    __table_args__ = tenant_args(
        tenant_fk("key_id", "license_keys"),
        tenant_fk("product_id", "products"),
        tenant_fk("entitlement_id", "entitlements"),
        CheckConstraint("source IN ('coupon', 'agent', 'manual')", name="source"),
        CheckConstraint(
            "end_reason IN ('expired', 'converted', 'superseded', 'reversed')", name="end_reason"
        ),
        Index(
            "uq_trials_once",
            "key_id",
            "product_id",
            unique=True,
            postgresql_where="end_reason IS NULL OR end_reason <> 'reversed'",
        ),
        *newest_by("created_at", "key_id", "product_id", "end_reason"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this trial."""
        return Subject(self.vendor_id, "trial", self.id, str(self.product_id))
