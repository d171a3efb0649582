"""Accepted agreements, downloads, and what agents report."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import Base, TenantRow, tenant_args, tenant_fk


class DownloadStatus(StrEnum):
    """Completion is the agent's word alone: no server knows of the last byte."""

    ISSUED = "issued"
    STARTED = "started"
    COMPLETED = "completed"
    ABORTED = "aborted"


class EulaAcceptance(TenantRow):
    """Who accepted exactly which text for which infobase; append-only."""

    __tablename__ = "eula_acceptances"

    eula_id: Mapped[uuid.UUID]
    key_id: Mapped[uuid.UUID]
    infobase_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID]
    locale: Mapped[str]
    text_sha256: Mapped[str]
    accepted_by: Mapped[str]
    ip: Mapped[str | None]
    agent_version: Mapped[str | None]

    __table_args__ = tenant_args(
        tenant_fk("eula_id", "eulas"),
        tenant_fk("key_id", "license_keys"),
        tenant_fk("infobase_id", "infobases"),
        tenant_fk("customer_id", "customers"),
        UniqueConstraint("eula_id", "key_id", "infobase_id"),
        Index(None, "vendor_id", "created_at", "id"),
        Index(None, "vendor_id", "key_id", "infobase_id"),
        Index(None, "vendor_id", "eula_id"),
        Index(None, "vendor_id", "infobase_id", "id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this acceptance."""
        return Subject(self.vendor_id, "eula_acceptance", self.id, self.accepted_by)


class Download(TenantRow):
    """The right to fetch one artifact for a day, and the record of it."""

    __tablename__ = "downloads"

    digest: Mapped[bytes] = mapped_column(unique=True)
    artifact_id: Mapped[uuid.UUID]
    release_id: Mapped[uuid.UUID]
    extension_id: Mapped[uuid.UUID]
    key_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID]
    activation_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default=DownloadStatus.ISSUED)
    expires_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]

    __table_args__ = tenant_args(
        tenant_fk("artifact_id", "artifacts"),
        tenant_fk("release_id", "releases"),
        tenant_fk("extension_id", "extensions"),
        tenant_fk("key_id", "license_keys"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("activation_id", "activations"),
        CheckConstraint("status IN ('issued', 'started', 'completed', 'aborted')", name="status"),
        Index(None, "vendor_id", "created_at", "id"),
        Index(None, "vendor_id", "key_id", "created_at", "id"),
        Index(None, "vendor_id", "customer_id", "created_at", "id"),
        Index(None, "vendor_id", "extension_id", "created_at", "id"),
        Index(None, "vendor_id", "release_id", "created_at", "id"),
        Index(None, "vendor_id", "activation_id", "created_at", "id"),
        Index(None, "vendor_id", "ip", "created_at", "id"),
        Index(None, "vendor_id", "status", "created_at", "id"),
        Index(None, "vendor_id", "user_agent", "created_at", "id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this download."""
        return Subject(self.vendor_id, "download", self.id, str(self.release_id))


class DownloadSlot(Base):
    """One of the transfers that a key may run at once; it is free when its time has passed."""

    __tablename__ = "download_slots"
    __audited__ = False

    key_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[uuid.UUID]
    held_until: Mapped[datetime]

    __table_args__ = (Index(None, "held_until"),)


def _current(column: str = "", those: str = "") -> Index:
    """For lists of what is installed: of few reports, and in their order."""
    name = "_".join(filter(None, ("ix_install_reports_current", column)))
    columns = ("vendor_id", *filter(None, [column]), "id")
    return Index(name, *columns, postgresql_where=f"is_current{those}")


class InstallReport(TenantRow):
    """What an agent did to an infobase, in its own words; `created_at` is when we received it."""

    __tablename__ = "install_reports"

    operation_id: Mapped[uuid.UUID]
    key_id: Mapped[uuid.UUID]
    infobase_id: Mapped[uuid.UUID]
    extension_id: Mapped[uuid.UUID | None]
    release_id: Mapped[uuid.UUID | None]
    activation_id: Mapped[uuid.UUID | None]
    operation: Mapped[str]
    outcome: Mapped[str]
    code: Mapped[str | None]
    failed_state: Mapped[str | None]
    com_hresult: Mapped[str | None]
    message: Mapped[str]
    previous_version: Mapped[str | None]
    version: Mapped[str | None]
    artifact_sha256: Mapped[str | None]
    configuration_name: Mapped[str | None]
    configuration_version: Mapped[str | None]
    platform_version: Mapped[str | None]
    durations_ms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    consents: Mapped[list[str]] = mapped_column(JSONB)
    agent_version: Mapped[str | None]
    occurred_at: Mapped[datetime]
    is_current: Mapped[bool] = mapped_column(server_default=true())
    """Whether it is the last word on an extension that is there still; a trigger keeps it."""

    __table_args__ = tenant_args(
        tenant_fk("key_id", "license_keys"),
        tenant_fk("infobase_id", "infobases"),
        tenant_fk("extension_id", "extensions"),
        tenant_fk("release_id", "releases"),
        tenant_fk("activation_id", "activations"),
        UniqueConstraint("vendor_id", "operation_id"),
        CheckConstraint(
            "operation IN ('install', 'upgrade', 'repair', 'downgrade', 'uninstall', 'rollback')",
            name="operation",
        ),
        CheckConstraint(
            "outcome IN ('done', 'done_restart_required', 'noop', 'failed', 'rolled_back', "
            "'rollback_failed')",
            name="outcome",
        ),
        Index(None, "vendor_id", "created_at", "id"),
        Index(None, "vendor_id", "key_id", "created_at", "id"),
        Index(None, "vendor_id", "release_id", "created_at", "id"),
        Index(None, "vendor_id", "infobase_id", "created_at", "id"),
        Index(None, "vendor_id", "infobase_id", "extension_id", "id"),
        Index(None, "vendor_id", "extension_id", "created_at", "id"),
        Index(None, "vendor_id", "outcome", "created_at", "id"),
        Index(None, "vendor_id", "code", "created_at", "id"),
        Index(None, "vendor_id", "operation", "created_at", "id"),
        Index(None, "vendor_id", "version", "created_at", "id"),
        Index(None, "vendor_id", "configuration_name", "created_at", "id"),
        Index(None, "vendor_id", "activation_id", "created_at", "id"),
        _current(),
        _current("extension_id"),
        _current("configuration_name"),
        _current("created_at"),
        _current("outcome"),
        _current("code", " AND code IS NOT NULL"),
    )

    @property
    def subject(self) -> Subject:
        """A report is a fact about the infobase."""
        return Subject(self.vendor_id, "infobase", self.infobase_id, self.operation)
