"""Licence agreements of products."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, tenant_args, tenant_fk


class Eula(TenantRow):
    """A version of a product's licence agreement, immutable from its creation.

    Its texts may be as long as a book, so they are loaded together when one is asked for.
    """

    __tablename__ = "eulas"

    product_id: Mapped[uuid.UUID]
    number: Mapped[int]
    text_ru: Mapped[str] = mapped_column(deferred=True, deferred_group="texts")
    text_en: Mapped[str | None] = mapped_column(deferred=True, deferred_group="texts")
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
