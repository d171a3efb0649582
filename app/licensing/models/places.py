"""Infobases with their activations and tokens, transfers, and what agents were told."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, by_hash, newest_by, tenant_args, tenant_fk


class ActivationStatus(StrEnum):
    """Only an active one takes a seat."""

    ACTIVE = "active"
    RELEASED = "released"
    REVOKED = "revoked"


class Infobase(TenantRow):
    """An infobase as its agent names it (a random UUID) and last described it."""

    __tablename__ = "infobases"

    uid: Mapped[uuid.UUID]
    label: Mapped[str]
    kind: Mapped[str | None]
    configuration_name: Mapped[str | None]
    configuration_version: Mapped[str | None]
    platform_version: Mapped[str | None]
    agent_version: Mapped[str | None]
    last_seen_at: Mapped[datetime]

    __table_args__ = tenant_args(
        UniqueConstraint("vendor_id", "uid"),
        CheckConstraint("kind IN ('file', 'server')", name="kind"),
        *newest_by("created_at", "configuration_name", "kind"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this infobase."""
        return Subject(self.vendor_id, "infobase", self.id, self.label)


class Activation(TenantRow):
    """An entitlement bound to one infobase: one seat."""

    __tablename__ = "activations"

    entitlement_id: Mapped[uuid.UUID]
    infobase_id: Mapped[uuid.UUID]
    key_id: Mapped[uuid.UUID] = mapped_column(nullable=True)
    """As the entitlement says, for good, and never null; lists are read by it and the product."""
    product_id: Mapped[uuid.UUID] = mapped_column(nullable=True)
    machine: Mapped[str] = mapped_column(default="")
    windows_user: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=ActivationStatus.ACTIVE)
    last_seen_at: Mapped[datetime]
    installed_release_id: Mapped[uuid.UUID | None]
    release_cause: Mapped[str | None]
    released_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        tenant_fk("entitlement_id", "entitlements"),
        tenant_fk("infobase_id", "infobases"),
        tenant_fk("installed_release_id", "releases"),
        CheckConstraint("status IN ('active', 'released', 'revoked')", name="status"),
        CheckConstraint(
            "release_cause IN ('agent', 'customer', 'support', 'coupon', 'stale')",
            name="release_cause",
        ),
        CheckConstraint("(status = 'active') = (released_at IS NULL)", name="released_at"),
        Index(
            "uq_activations_seat",
            "entitlement_id",
            "infobase_id",
            unique=True,
            postgresql_where="status = 'active'",
        ),
        *newest_by("entitlement_id", "key_id", "product_id", "infobase_id", "status", "created_at"),
        Index(None, "vendor_id", "installed_release_id"),
        by_hash("activations", "infobase_id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this activation."""
        return Subject(self.vendor_id, "activation", self.id, self.machine)


class InstallationToken(TenantRow):
    """What an installed agent shows instead of the key; at most five live per activation."""

    __tablename__ = "installation_tokens"

    activation_id: Mapped[uuid.UUID]
    digest: Mapped[bytes] = mapped_column(unique=True)

    __table_args__ = tenant_args(
        tenant_fk("activation_id", "activations"),
        Index(None, "activation_id", "id"),
    )


class Transfer(TenantRow):
    """A seat given back or moved by an agent or a customer: what the transfer quota counts."""

    __tablename__ = "transfers"

    entitlement_id: Mapped[uuid.UUID]
    activation_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    from_infobase_id: Mapped[uuid.UUID]
    to_infobase_id: Mapped[uuid.UUID | None]
    actor: Mapped[str]

    __table_args__ = tenant_args(
        tenant_fk("entitlement_id", "entitlements"),
        tenant_fk("activation_id", "activations"),
        tenant_fk("from_infobase_id", "infobases"),
        tenant_fk("to_infobase_id", "infobases"),
        CheckConstraint("kind IN ('release', 'rebind')", name="kind"),
        Index(None, "entitlement_id", "created_at"),
    )


class LicenseCheck(TenantRow):
    """What an agent was told on a day: one row per infobase and answer, however often it asked.

    A record of questions, not a change of rights: it is no event and is forgotten in time.
    """

    __tablename__ = "license_checks"
    __audited__ = False

    key_id: Mapped[uuid.UUID]
    infobase_uid: Mapped[uuid.UUID | None]
    """As the agent names it: it asks before the server knows the infobase."""
    day: Mapped[date]
    kind: Mapped[str]
    answer: Mapped[str]
    """What makes two answers the same."""
    code: Mapped[str]
    valid: Mapped[bool]
    refusals: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Per extension that got nothing: the nearest release, the reason and its parameters."""
    configuration_name: Mapped[str | None]
    configuration_version: Mapped[str | None]
    platform_version: Mapped[str | None]
    infobase_kind: Mapped[str | None]
    agent_version: Mapped[str | None]
    ip: Mapped[str | None]
    request_id: Mapped[str | None]

    __table_args__ = tenant_args(
        tenant_fk("key_id", "license_keys"),
        CheckConstraint("kind IN ('check', 'offers')", name="kind"),
        Index(
            "uq_license_checks_once",
            "key_id",
            "infobase_uid",
            "day",
            "answer",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        *newest_by("created_at", "key_id", "infobase_uid", "ip"),
        Index(None, "request_id"),
    )
