"""Compatibility rules, the versions of their sets, and the directory of configurations."""

import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import Base, TenantRow, tenant_args, tenant_fk


class RulesVersion(TenantRow):
    """One set of a release's rules: who made it and why; old sets are kept with their rules."""

    __tablename__ = "rules_versions"

    release_id: Mapped[uuid.UUID]
    rules_version: Mapped[int]
    reason: Mapped[str | None]
    created_by: Mapped[str]

    __table_args__ = tenant_args(
        tenant_fk("release_id", "releases"), UniqueConstraint("release_id", "rules_version")
    )

    @property
    def subject(self) -> Subject:
        """Rules are spoken of as part of their release."""
        return Subject(self.vendor_id, "release", self.release_id, str(self.rules_version))


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


class Configuration(Base):
    """A configuration that 1C publishes: shipped with the server, equal for all vendors.

    Rules hold names as text, so those that are not in here work as well.
    """

    __tablename__ = "configurations"
    __audited__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    synonym_ru: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    family: Mapped[str]
    edition: Mapped[str]

    __table_args__ = (
        CheckConstraint("edition IN ('base', 'prof', 'corp')", name="edition"),
        UniqueConstraint("key"),
    )
