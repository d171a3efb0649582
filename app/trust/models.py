"""Repositories of signed metadata, their keys, and every signed file."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import Base, TenantRow, tenant_args, tenant_fk

ROOT_FAULT: Final = timedelta(days=7)
ROOT_WARNINGS: Final[Sequence[timedelta]] = tuple(timedelta(days=n) for n in (120, 60, 30, 7))
"""How long before the end of a root people are reminded of it."""
TIMESTAMP_WARNING: Final = timedelta(days=2)
TIMESTAMP_FAULT: Final = timedelta(days=3)
"""After how long without a new signature; it is made every day."""


class TrustMode(StrEnum):
    """Who holds the key that signs releases: this server, or the vendor's own computer."""

    MANAGED = "managed"
    VENDOR_HELD = "vendor_held"


class KeyStatus(StrEnum):
    """A pending key waits for the root that names it, a retired one is named no more."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRED = "retired"


class MetadataRole(StrEnum):
    """The roles of a repository; `releases` and `online` are delegated by `targets`."""

    ROOT = "root"
    TARGETS = "targets"
    RELEASES = "releases"
    ONLINE = "online"
    SNAPSHOT = "snapshot"
    TIMESTAMP = "timestamp"


class TrustRepository(TenantRow):
    """A vendor's repository; `repo_id` is random, because paths must not be guessable.

    Without a root it waits for its first bundle. A conditional update of `timestamp_version`
    puts parallel publications into one order.
    """

    __tablename__ = "trust_repositories"
    __audited__ = False  # re-signing is daily noise; ceremonies record what they do

    repo_id: Mapped[str] = mapped_column(unique=True)
    mode: Mapped[str] = mapped_column(default=TrustMode.MANAGED)
    challenge: Mapped[bytes]
    root_version: Mapped[int] = mapped_column(default=0)
    root_expires_at: Mapped[datetime | None]
    timestamp_version: Mapped[int] = mapped_column(BigInteger, default=0)
    timestamp_signed_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        UniqueConstraint("vendor_id"),
        CheckConstraint("mode IN ('managed', 'vendor_held')", name="mode"),
        CheckConstraint("(root_version = 0) = (root_expires_at IS NULL)", name="root"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this repository."""
        return Subject(self.vendor_id, "trust_repository", self.id, self.repo_id)


class TrustKey(TenantRow):
    """A key of a repository; the private part is sealed, or is not here at all."""

    __tablename__ = "trust_keys"

    repository_id: Mapped[uuid.UUID]
    kid: Mapped[str]
    role: Mapped[str]
    public: Mapped[bytes]
    sealed_private: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(default=KeyStatus.PENDING)

    __table_args__ = tenant_args(
        tenant_fk("repository_id", "trust_repositories"),
        UniqueConstraint("repository_id", "kid"),
        CheckConstraint("role IN ('online', 'release')", name="role"),
        CheckConstraint("status IN ('pending', 'active', 'retired')", name="status"),
        CheckConstraint("length(public) = 32", name="public"),
        Index(
            "uq_trust_keys_active",
            "repository_id",
            "role",
            unique=True,
            postgresql_where="status = 'active'",
        ),
    )

    @property
    def subject(self) -> Subject:
        """How events name this key."""
        return Subject(self.vendor_id, "trust_key", self.id, self.kid)


class TrustMetadata(Base):
    """One signed file, byte for byte as it is served."""

    __tablename__ = "trust_metadata"
    __audited__ = False

    repository_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("trust_repositories.id"), primary_key=True
    )
    role: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    content: Mapped[bytes]
    sha256: Mapped[str]
    length: Mapped[int]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "role IN ('root', 'targets', 'releases', 'online', 'snapshot', 'timestamp')",
            name="role",
        ),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("length = octet_length(content)", name="length"),
    )
