"""Releases of extensions and the files that belong to them."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.catalog.models.extensions import InstallFlags
from app.kit.db import TenantRow, tenant_args, tenant_fk
from app.kit.i18n import Sentence
from wire.extensions import Channel

CHANNELS = ", ".join(f"'{channel.value}'" for channel in Channel)


class ReleaseStatus(StrEnum):
    """Published is immutable; withdrawn is final."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"


class Advice(StrEnum):
    """What a vendor advises to those who have a withdrawn release."""

    STOP = "stop"
    ROLLBACK_TO = "rollback_to"


class ArtifactStatus(StrEnum):
    """Only a ready file is delivered."""

    UPLOADING = "uploading"
    READY = "ready"
    QUARANTINED = "quarantined"


class ArtifactKind(StrEnum):
    """What a file of a release is: the extension itself, or something to read about it."""

    CFE = "cfe"
    DOC = "doc"


class Release(InstallFlags, TenantRow):
    """One version of an extension: `version` orders, `file_version` is what 1C shows.

    A draft without a file may have no version yet: "" with the key NULL.
    """

    __tablename__ = "releases"

    extension_id: Mapped[uuid.UUID]
    version: Mapped[str]
    version_key: Mapped[int] = mapped_column(BigInteger, nullable=True)
    file_version: Mapped[str]
    channel: Mapped[str] = mapped_column(default=Channel.STABLE)
    status: Mapped[str] = mapped_column(default=ReleaseStatus.DRAFT)
    published_at: Mapped[datetime | None]
    critical: Mapped[bool] = mapped_column(default=False)
    notes_ru: Mapped[str] = mapped_column(default="")
    notes_en: Mapped[str | None]
    migration_notes_ru: Mapped[str | None]
    migration_notes_en: Mapped[str | None]
    post_install_steps_ru: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    post_install_steps_en: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    min_from_version: Mapped[str | None]
    min_from_key: Mapped[int | None] = mapped_column(BigInteger)
    rollout_percent: Mapped[int] = mapped_column(default=100)
    required_features: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    eula_id: Mapped[uuid.UUID | None]
    rules_version: Mapped[int] = mapped_column(default=1)
    paused_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason_ru: Mapped[str | None]
    withdrawn_reason_en: Mapped[str | None]
    internal_note: Mapped[str | None]
    advice: Mapped[str | None]
    rollback_to_id: Mapped[uuid.UUID | None]
    created_by: Mapped[str]
    published_by: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        tenant_fk("extension_id", "extensions"),
        tenant_fk("eula_id", "eulas"),
        tenant_fk("rollback_to_id", "releases"),
        UniqueConstraint("extension_id", "version_key"),
        CheckConstraint(f"channel IN ({CHANNELS})", name="channel"),
        CheckConstraint("status IN ('draft', 'published', 'paused', 'withdrawn')", name="status"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published_at"),
        CheckConstraint("status = 'draft' OR version_key IS NOT NULL", name="version_key"),
        CheckConstraint("(min_from_version IS NULL) = (min_from_key IS NULL)", name="min_from"),
        CheckConstraint("rollout_percent BETWEEN 1 AND 100", name="rollout_percent"),
        CheckConstraint("advice IN ('stop', 'rollback_to')", name="advice"),
        CheckConstraint(
            "(rollback_to_id IS NULL) = (advice IS NULL OR advice <> 'rollback_to')",
            name="rollback_to",
        ),
        *(
            Index(None, "vendor_id", name, "id")
            for name in ("status", "channel", "extension_id", "created_at")
        ),
        Index(None, "vendor_id", "version"),
        Index(None, "extension_id", "status", "channel", "version_key"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this release."""
        return Subject(self.vendor_id, "release", self.id, self.version)

    @property
    def withdrawn_reason(self) -> Sentence:
        """Why it was taken back, for those who have it."""
        russian = self.withdrawn_reason_ru or ""
        return Sentence(russian, self.withdrawn_reason_en or russian)


class Artifact(TenantRow):
    """A file of a release, by the SHA-256 and length that the server computed.

    What was read from a .cfe is "" for a document; `contents` is loaded only when it is asked for.
    """

    __tablename__ = "artifacts"

    release_id: Mapped[uuid.UUID]
    extension_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(default=ArtifactKind.CFE)
    filename: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    status: Mapped[str] = mapped_column(default=ArtifactStatus.UPLOADING)
    parsed_name: Mapped[str] = mapped_column(default="")
    parsed_version: Mapped[str] = mapped_column(default="")
    parsed_vendor: Mapped[str] = mapped_column(default="")
    parsed_prefix: Mapped[str] = mapped_column(default="")
    parsed_purpose: Mapped[str] = mapped_column(default="")
    parsed_compatibility: Mapped[str] = mapped_column(default="")
    content_digest: Mapped[str] = mapped_column(default="")
    root_uuid: Mapped[str] = mapped_column(default="")
    contents: Mapped[dict[str, Any] | None] = mapped_column(JSONB, deferred=True)
    """Storage format and objects of a .cfe: `{format, keep_mapping, objects: [{kind, uuid, name,
    origin, digest}]}`."""
    uploaded_by: Mapped[str] = mapped_column(default="")

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
