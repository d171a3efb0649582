"""The chain of audit events, one per vendor, and its head."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base, new_id


class Action(StrEnum):
    """The closed vocabulary: `subject.past_tense`; a refusal is the same action, denied."""

    VENDOR_CREATED = "vendor.created"
    VENDOR_SETTINGS_UPDATED = "vendor.settings_updated"
    VENDOR_RESTORED = "vendor.restored"
    USER_INVITED = "user.invited"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGNED_OUT = "user.signed_out"
    USER_ROLE_CHANGED = "user.role_changed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_PASSWORD_RESET_REQUESTED = "user.password_reset_requested"  # noqa: S105 - an action
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - an action
    USER_SECOND_FACTOR_CHANGED = "user.second_factor_changed"
    USER_SESSIONS_ENDED = "user.sessions_ended"
    API_TOKEN_CREATED = "api_token.created"  # noqa: S105 - an action
    API_TOKEN_REVOKED = "api_token.revoked"  # noqa: S105 - an action
    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_IMPORTED = "customer.imported"
    CUSTOMER_UPDATED = "customer.updated"
    CUSTOMER_BLOCKED = "customer.blocked"
    CUSTOMER_UNBLOCKED = "customer.unblocked"
    CUSTOMER_MERGED = "customer.merged"
    CUSTOMER_ARCHIVED = "customer.archived"
    DISTRIBUTOR_CREATED = "distributor.created"
    DISTRIBUTOR_UPDATED = "distributor.updated"
    DISTRIBUTOR_ARCHIVED = "distributor.archived"
    PRODUCT_CREATED = "product.created"
    PRODUCT_UPDATED = "product.updated"
    PRODUCT_ARCHIVED = "product.archived"
    FEATURE_CREATED = "feature.created"
    FEATURE_UPDATED = "feature.updated"
    EXTENSION_CREATED = "extension.created"
    EXTENSION_UPDATED = "extension.updated"
    EULA_PUBLISHED = "eula.published"
    RELEASE_CREATED = "release.created"
    RELEASE_UPDATED = "release.updated"
    RELEASE_PUBLISHED = "release.published"
    RELEASE_PAUSED = "release.paused"
    RELEASE_RESUMED = "release.resumed"
    RELEASE_WITHDRAWN = "release.withdrawn"
    RELEASE_ROLLOUT_CHANGED = "release.rollout_changed"
    RELEASE_RULES_CHANGED = "release.rules_changed"
    RELEASE_PROMOTED = "release.promoted"
    RELEASE_DELETED = "release.deleted"
    ARTIFACT_UPLOADED = "artifact.uploaded"
    ARTIFACT_REJECTED = "artifact.rejected"
    ARTIFACT_QUARANTINED = "artifact.quarantined"
    ARTIFACT_RESTORED = "artifact.restored"
    LICENSE_KEY_ISSUED = "license_key.issued"
    LICENSE_KEY_IMPORTED = "license_key.imported"
    LICENSE_KEY_ROTATED = "license_key.rotated"
    LICENSE_KEY_MOVED = "license_key.moved"
    LICENSE_KEY_SUSPENDED = "license_key.suspended"
    LICENSE_KEY_RESUMED = "license_key.resumed"
    LICENSE_KEY_REVOKED = "license_key.revoked"
    LICENSE_KEY_REVEALED = "license_key.revealed"
    LICENSE_KEY_SENT = "license_key.sent"
    ENTITLEMENT_GRANTED = "entitlement.granted"
    ENTITLEMENT_UPDATED = "entitlement.updated"
    ENTITLEMENT_SUSPENDED = "entitlement.suspended"
    ENTITLEMENT_RESUMED = "entitlement.resumed"
    ENTITLEMENT_WITHDRAWN = "entitlement.withdrawn"
    ENTITLEMENT_REMINDED = "entitlement.reminded"
    TRIAL_STARTED = "trial.started"
    TRIAL_EXTENDED = "trial.extended"
    TRIAL_ENDED = "trial.ended"
    COUPON_BATCH_GENERATED = "coupon_batch.generated"
    COUPON_BATCH_EXPORTED = "coupon_batch.exported"
    COUPON_BATCH_SENT = "coupon_batch.sent"
    COUPON_REDEEMED = "coupon.redeemed"
    COUPON_DISABLED = "coupon.disabled"
    COUPON_ENABLED = "coupon.enabled"
    COUPON_UPDATED = "coupon.updated"
    COUPON_REVEALED = "coupon.revealed"
    COUPON_SENT = "coupon.sent"
    REDEMPTION_REVERSED = "redemption.reversed"
    ACTIVATION_CREATED = "activation.created"
    ACTIVATION_REBOUND = "activation.rebound"
    ACTIVATION_RELEASED = "activation.released"
    ACTIVATION_REVOKED = "activation.revoked"
    EULA_ACCEPTED = "eula.accepted"
    DOWNLOAD_ISSUED = "download.issued"
    DOWNLOAD_STARTED = "download.started"
    DOWNLOAD_COMPLETED = "download.completed"
    EXTENSION_INSTALLED = "extension.installed"
    EXTENSION_UPGRADED = "extension.upgraded"
    EXTENSION_REPAIRED = "extension.repaired"
    EXTENSION_DOWNGRADED = "extension.downgraded"
    EXTENSION_REMOVED = "extension.removed"
    EXTENSION_ROLLED_BACK = "extension.rolled_back"
    EXTENSION_INSTALL_FAILED = "extension.install_failed"
    INFOBASE_REPORTED = "infobase.reported"
    TRUST_ROOT_CHANGED = "trust.root_changed"
    TRUST_KEY_ROTATED = "trust.key_rotated"
    TRUST_MASTER_CONFIRMED = "trust.master_confirmed"
    MAIL_FAILED = "mail.failed"
    JOB_RETRIED = "job.retried"
    LIST_EXPORTED = "list.exported"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_VERIFIED = "audit.verified"
    SUPPORT_CASE_OPENED = "support.case_opened"
    SUPPORT_ANNOTATED = "support.annotated"
    SUPPORT_RESOLVED = "support.resolved"


class Outcome(StrEnum):
    """Whether the act was done."""

    OK = "ok"
    DENIED = "denied"


class AuditEvent(Base):
    """One act; `seq` has no gaps per vendor, `hash` covers everything and the event before."""

    __tablename__ = "audit_events"
    __audited__ = False

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    vendor_id: Mapped[uuid.UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    actor_label: Mapped[str]
    action: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    subject_label: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    request_id: Mapped[str | None]
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]

    # No foreign keys: an event outlives what it speaks of.
    __table_args__ = (
        UniqueConstraint("vendor_id", "seq"),
        CheckConstraint("outcome IN ('ok', 'denied')", name="outcome"),
        Index(None, "vendor_id", "subject_kind", "seq"),
        Index(None, "vendor_id", "subject_id", "seq"),
        Index(None, "vendor_id", "actor_id", "seq"),
        Index(None, "vendor_id", "action", "seq"),
        Index(None, "vendor_id", "ip", "seq"),
        Index(None, "vendor_id", "outcome", "seq"),
        Index(None, "vendor_id", "at", "seq"),
        Index(None, "request_id"),
    )


class AuditHead(Base):
    """The last event of a vendor's chain; its row lock puts parallel commits into one order."""

    __tablename__ = "audit_heads"
    __audited__ = False

    vendor_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
