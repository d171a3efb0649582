"""Extensions: lines of releases, what their installation needs, their pictures."""

import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.catalog.models.products import CODE
from app.kit.db import TenantRow, tenant_args, tenant_fk


class ImageKind(StrEnum):
    """Where a picture is shown."""

    LOGO = "logo"
    SCREENSHOT = "screenshot"


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
        CheckConstraint(CODE, name="code"),
        CheckConstraint("purpose IN ('patch', 'customization', 'addon')", name="purpose"),
        Index(None, "vendor_id", "product_id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this extension."""
        return Subject(self.vendor_id, "extension", self.id, self.code)


class ExtensionImage(TenantRow):
    """A picture of an extension, kept beside the artifacts under its SHA-256."""

    __tablename__ = "extension_images"

    extension_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]

    __table_args__ = tenant_args(
        tenant_fk("extension_id", "extensions"),
        UniqueConstraint("extension_id", "kind", "sha256"),
        Index(
            "uq_extension_images_logo",
            "extension_id",
            unique=True,
            postgresql_where="kind = 'logo'",
        ),
        CheckConstraint("kind IN ('logo', 'screenshot')", name="kind"),
        CheckConstraint(
            "media_type IN ('image/png', 'image/jpeg', 'image/webp')", name="media_type"
        ),
        CheckConstraint("size BETWEEN 1 AND 1048576", name="size"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        Index(None, "sha256"),
    )

    @property
    def subject(self) -> Subject:
        """Pictures are spoken of as part of their extension."""
        return Subject(self.vendor_id, "extension", self.extension_id, self.kind)
