"""Products, extensions, releases with their files and rules, agreements."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, tenant_args, tenant_fk
from wire.extensions import Channel


class AfterExpiry(StrEnum):
    """What a paid product still gives once its term is over."""

    KEEP_RELEASES = "keep_releases"
    BLOCK = "block"


class ProductStatus(StrEnum):
    """A draft is not sold yet, an archived one not any more."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class ReleaseStatus(StrEnum):
    """Published is immutable; withdrawn is final."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"


class ArtifactStatus(StrEnum):
    """Only a ready file is delivered."""

    UPLOADING = "uploading"
    READY = "ready"
    QUARANTINED = "quarantined"


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


CHANNELS = ", ".join(f"'{channel.value}'" for channel in Channel)
_CODE = "code ~ '^[a-z0-9][a-z0-9-]{0,62}$'"


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
        CheckConstraint(_CODE, name="code"),
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
        UniqueConstraint("vendor_id", "code"), CheckConstraint(_CODE, name="code")
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


class InstallFlags:
    """What an installation needs; an extension's defaults, copied into each release."""

    exclusive_required: Mapped[bool] = mapped_column(default=True)
    safe_mode_off_required: Mapped[bool] = mapped_column(default=False)
    unsafe_action_protection_off: Mapped[bool] = mapped_column(default=False)
    restart_required: Mapped[bool] = mapped_column(default=True)
    backup_required: Mapped[bool] = mapped_column(default=False)
    conflicts_with: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    requires: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)


class Extension(InstallFlags, TenantRow):
    """A line of releases; `onec_name` is the name inside every one of its files."""

    __tablename__ = "extensions"

    product_id: Mapped[uuid.UUID]
    code: Mapped[str]
    onec_name: Mapped[str]
    title_ru: Mapped[str]
    title_en: Mapped[str | None]
    description_ru: Mapped[str] = mapped_column(default="")
    description_en: Mapped[str | None]
    purpose: Mapped[str]
    docs_url: Mapped[str | None]
    published: Mapped[bool] = mapped_column(default=True)
    trial_product_id: Mapped[uuid.UUID | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        tenant_fk("product_id", "products"),
        tenant_fk("trial_product_id", "products"),
        UniqueConstraint("vendor_id", "code"),
        UniqueConstraint("vendor_id", "onec_name"),
        CheckConstraint(_CODE, name="code"),
        CheckConstraint("purpose IN ('patch', 'customization', 'addon')", name="purpose"),
        Index(None, "vendor_id", "product_id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this extension."""
        return Subject(self.vendor_id, "extension", self.id, self.code)


class Release(InstallFlags, TenantRow):
    """One version of an extension: `version` orders, `file_version` is what 1C shows."""

    __tablename__ = "releases"

    extension_id: Mapped[uuid.UUID]
    version: Mapped[str]
    version_key: Mapped[int] = mapped_column(BigInteger)
    file_version: Mapped[str]
    channel: Mapped[str] = mapped_column(default=Channel.STABLE)
    status: Mapped[str] = mapped_column(default=ReleaseStatus.DRAFT)
    published_at: Mapped[datetime | None]
    critical: Mapped[bool] = mapped_column(default=False)
    notes_ru: Mapped[str] = mapped_column(default="")
    notes_en: Mapped[str | None]
    eula_id: Mapped[uuid.UUID | None]
    rules_version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str]
    published_by: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        tenant_fk("extension_id", "extensions"),
        tenant_fk("eula_id", "eulas"),
        UniqueConstraint("extension_id", "version_key"),
        CheckConstraint(f"channel IN ({CHANNELS})", name="channel"),
        CheckConstraint("status IN ('draft', 'published', 'paused', 'withdrawn')", name="status"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published_at"),
        Index(None, "vendor_id", "status", "id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this release."""
        return Subject(self.vendor_id, "release", self.id, self.version)


class Artifact(TenantRow):
    """The bytes of a release, by the SHA-256 and length that the server computed."""

    __tablename__ = "artifacts"

    release_id: Mapped[uuid.UUID]
    extension_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(default="cfe")
    filename: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    status: Mapped[str] = mapped_column(default=ArtifactStatus.UPLOADING)
    parsed_name: Mapped[str]
    parsed_version: Mapped[str]
    parsed_vendor: Mapped[str]
    parsed_prefix: Mapped[str]
    parsed_purpose: Mapped[str]
    parsed_compatibility: Mapped[str]
    content_digest: Mapped[str]

    __table_args__ = tenant_args(
        tenant_fk("release_id", "releases"),
        tenant_fk("extension_id", "extensions"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("kind IN ('cfe', 'doc')", name="kind"),
        CheckConstraint("status IN ('uploading', 'ready', 'quarantined')", name="status"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        Index("uq_artifacts_release", "release_id", unique=True, postgresql_where="kind = 'cfe'"),
        Index(
            "uq_artifacts_extension_sha256",
            "extension_id",
            "sha256",
            unique=True,
            postgresql_where="kind = 'cfe'",
        ),
        Index(None, "sha256"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this file."""
        return Subject(self.vendor_id, "artifact", self.id, self.filename)


class CompatibilityRule(TenantRow):
    """One row of a release's rule set: text as typed, and keys that only narrow a search."""

    __tablename__ = "compatibility_rules"

    extension_id: Mapped[uuid.UUID]
    release_id: Mapped[uuid.UUID]
    rules_version: Mapped[int]
    number: Mapped[int]
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB)
    configuration_key: Mapped[str | None]
    from_key: Mapped[int] = mapped_column(BigInteger)
    to_key: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = tenant_args(
        tenant_fk("release_id", "releases"),
        tenant_fk("extension_id", "extensions"),
        UniqueConstraint("release_id", "rules_version", "number"),
        Index(None, "configuration_key", "extension_id", "from_key"),
    )

    @property
    def subject(self) -> Subject:
        """Rules are spoken of as part of their release."""
        return Subject(self.vendor_id, "release", self.release_id, str(self.number))


class Eula(TenantRow):
    """A version of a product's licence agreement, immutable from its creation."""

    __tablename__ = "eulas"

    product_id: Mapped[uuid.UUID]
    number: Mapped[int]
    text_ru: Mapped[str]
    text_en: Mapped[str | None]
    sha256_ru: Mapped[str]
    sha256_en: Mapped[str | None]
    effective_from: Mapped[date]

    __table_args__ = tenant_args(
        tenant_fk("product_id", "products"),
        UniqueConstraint("product_id", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this agreement."""
        return Subject(self.vendor_id, "eula", self.id, f"№ {self.number}")
