"""What is sold: products, and the features that they carry."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, tenant_args, tenant_fk

CODE = "code ~ '^[a-z0-9][a-z0-9-]{0,62}$'"


class AfterExpiry(StrEnum):
    """What a paid product still gives once its term is over."""

    KEEP_RELEASES = "keep_releases"
    BLOCK = "block"


class ProductStatus(StrEnum):
    """A draft is not sold yet, an archived one not any more."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class TrialKind(StrEnum):
    """What a product gives before it is paid for."""

    NONE = "none"
    CALENDAR_DAYS = "calendar_days"
    FREE_PERPETUAL = "free_perpetual"


class FeatureUnit(StrEnum):
    """What a feature's quantity counts; information only, seats alone are enforced."""

    INFOBASE = "infobase"
    USER = "user"
    HOST = "host"
    PROCESS = "process"
    TOKEN = "token"  # noqa: S105 - a unit


class Product(TenantRow):
    """What is sold; the gate of its extensions."""

    __tablename__ = "products"

    code: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default=ProductStatus.ACTIVE)
    default_term: Mapped[dict[str, Any]] = mapped_column(JSONB)
    default_seats: Mapped[int | None]
    seats_multiplied: Mapped[bool] = mapped_column(default=True)
    after_expiry: Mapped[str] = mapped_column(default=AfterExpiry.KEEP_RELEASES)
    external_guid: Mapped[str | None]
    trial_kind: Mapped[str] = mapped_column(default=TrialKind.NONE)
    trial_days: Mapped[int | None]
    transfer_quota: Mapped[int] = mapped_column(default=3)
    ends_trials: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        UniqueConstraint("vendor_id", "code"),
        CheckConstraint(CODE, name="code"),
        CheckConstraint("status IN ('draft', 'active', 'archived')", name="status"),
        CheckConstraint("after_expiry IN ('keep_releases', 'block')", name="after_expiry"),
        CheckConstraint(
            "trial_kind IN ('none', 'calendar_days', 'free_perpetual')", name="trial_kind"
        ),
        CheckConstraint("trial_days BETWEEN 1 AND 365", name="trial_days"),
        CheckConstraint(
            "(trial_kind = 'calendar_days') = (trial_days IS NOT NULL)", name="trial_days_kind"
        ),
        CheckConstraint("transfer_quota BETWEEN 0 AND 1000", name="transfer_quota"),
        Index("uq_products_external_guid", "vendor_id", "external_guid", unique=True),
        CheckConstraint("default_seats BETWEEN 1 AND 100000", name="default_seats"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this product."""
        return Subject(self.vendor_id, "product", self.id, self.name)


class Feature(TenantRow):
    """An option that products carry."""

    __tablename__ = "features"

    code: Mapped[str]
    name: Mapped[str]
    legacy_id: Mapped[int | None]
    retired: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        UniqueConstraint("vendor_id", "code"), CheckConstraint(CODE, name="code")
    )

    @property
    def subject(self) -> Subject:
        """How events name this feature."""
        return Subject(self.vendor_id, "feature", self.id, self.name)


class ProductFeature(TenantRow):
    """A feature of a product: how much of it comes with one of the product."""

    __tablename__ = "product_features"

    product_id: Mapped[uuid.UUID]
    feature_id: Mapped[uuid.UUID]
    quantity: Mapped[int | None]
    unit: Mapped[str] = mapped_column(default=FeatureUnit.USER)
    multiplied: Mapped[bool] = mapped_column(default=True)

    __table_args__ = tenant_args(
        tenant_fk("product_id", "products"),
        tenant_fk("feature_id", "features"),
        UniqueConstraint("product_id", "feature_id"),
        CheckConstraint("quantity BETWEEN 1 AND 100000", name="quantity"),
        CheckConstraint("unit IN ('infobase', 'user', 'host', 'process', 'token')", name="unit"),
    )
