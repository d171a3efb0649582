"""Letters: what was asked to be sent to whom, and what became of it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, tenant_args


class Letter(TenantRow):
    """One letter of a vendor; it holds ids, and whoever sends it writes the text from them."""

    __tablename__ = "letters"
    __audited__ = False  # the verb that asks for a letter records it; sending is the worker's

    kind: Mapped[str]
    recipient: Mapped[str]
    copy_to: Mapped[str | None]
    locale: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    subject_label: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = tenant_args(
        CheckConstraint("locale IN ('ru', 'en')", name="locale"),
        Index(None, "vendor_id", "subject_id", "created_at"),
        Index(None, "created_at"),
    )

    @property
    def subject(self) -> Subject:
        """What the letter is about, as events name it."""
        return Subject(self.vendor_id, self.subject_kind, self.subject_id, self.subject_label)

    @property
    def changed_at(self) -> datetime:
        """Since when it is what `status` says."""
        return self.sent_at or self.failed_at or self.created_at

    @property
    def status(self) -> str:
        """`queued`, `sent` or `failed`."""
        if self.sent_at is not None:
            return "sent"
        return "queued" if self.failed_at is None else "failed"
