"""Batches, coupons, and what became of them."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, tenant_args, tenant_fk


class CouponStatus(StrEnum):
    """What was decided about a coupon; dates and counts make the rest of its state."""

    ACTIVE = "active"
    DISABLED = "disabled"


class CouponBatch(TenantRow):
    """Coupons made at once, alike but for their codes: all of them exist or none."""

    __tablename__ = "coupon_batches"

    name: Mapped[str]
    preset: Mapped[str]
    count: Mapped[int]
    distributor_id: Mapped[uuid.UUID | None]
    created_by_id: Mapped[uuid.UUID | None]
    invoice_number: Mapped[str | None]
    invoice_date: Mapped[date | None]
    comment: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    products: Mapped[list[uuid.UUID] | None] = mapped_column(ARRAY(Uuid))
    """What its coupons are about; a trigger of the coupons writes it."""

    __table_args__ = tenant_args(
        CheckConstraint(
            "preset IN ('add_product', 'extend_trial', 'replace_products', 'custom')",
            name="preset",
        ),
        tenant_fk("distributor_id", "distributors"),
        CheckConstraint("count BETWEEN 1 AND 100000", name="count"),
        Index(None, "vendor_id", "invoice_number", "id"),
        Index(None, "vendor_id", "distributor_id", "id"),
        Index(None, "vendor_id", "preset"),
        Index("ix_coupon_batches_products", "products", postgresql_using="gin"),
        Index(None, "vendor_id", "created_at", "id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this batch."""
        return Subject(self.vendor_id, "coupon_batch", self.id, self.name)


class Coupon(TenantRow):
    """Ordered operations on a key, immutable; the count can never pass the maximum."""

    __tablename__ = "coupons"

    batch_id: Mapped[uuid.UUID]
    digest: Mapped[bytes] = mapped_column(unique=True)
    cipher: Mapped[bytes | None]
    hint: Mapped[str]
    operations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    max_redemptions: Mapped[int] = mapped_column(default=1)
    redemption_count: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    bound_key_id: Mapped[uuid.UUID | None]
    bound_customer_id: Mapped[uuid.UUID | None]
    comment: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=CouponStatus.ACTIVE)
    disabled_reason: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __table_args__ = tenant_args(
        tenant_fk("batch_id", "coupon_batches"),
        tenant_fk("bound_key_id", "license_keys"),
        tenant_fk("bound_customer_id", "customers"),
        CheckConstraint("status IN ('active', 'disabled')", name="status"),
        CheckConstraint("max_redemptions BETWEEN 1 AND 1000000", name="max_redemptions"),
        CheckConstraint(
            "redemption_count >= 0 AND redemption_count <= max_redemptions",
            name="redemption_count",
        ),
        CheckConstraint("bound_key_id IS NULL OR bound_customer_id IS NULL", name="bound_once"),
        Index(None, "vendor_id", "batch_id", "id"),
        Index(None, "vendor_id", "status", "id"),
        Index(None, "vendor_id", "hint"),
        Index(None, "vendor_id", "bound_key_id", "id"),
        Index(None, "vendor_id", "bound_customer_id", "id"),
        Index(None, "vendor_id", "created_at", "id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this coupon: by its hint, never by its code."""
        return Subject(self.vendor_id, "coupon", self.id, self.hint)


class Redemption(TenantRow):
    """A coupon applied to a key, with what it changed."""

    __tablename__ = "redemptions"

    coupon_id: Mapped[uuid.UUID]
    key_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID]
    actor: Mapped[str]
    ip: Mapped[str | None]
    effects: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reversed_at: Mapped[datetime | None]
    reversed_by: Mapped[str | None]
    reverse_reason: Mapped[str | None]

    __table_args__ = tenant_args(
        tenant_fk("coupon_id", "coupons"),
        tenant_fk("key_id", "license_keys"),
        tenant_fk("customer_id", "customers"),
        Index(
            "uq_redemptions_key",
            "coupon_id",
            "key_id",
            unique=True,
            postgresql_where="reversed_at IS NULL",
        ),
        Index(
            "uq_redemptions_customer",
            "coupon_id",
            "customer_id",
            unique=True,
            postgresql_where="reversed_at IS NULL",
        ),
        Index(
            "ix_redemptions_reversed", "vendor_id", "id", postgresql_where="reversed_at IS NOT NULL"
        ),
        Index(None, "vendor_id", "key_id", "id"),
        Index(None, "vendor_id", "coupon_id", "id"),
        Index(None, "vendor_id", "customer_id", "id"),
        Index(None, "vendor_id", "created_at", "id"),
    )
