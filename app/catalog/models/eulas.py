"""Licence agreements of products."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.audit.actor import Subject
from app.kit.db import TenantRow, tenant_args, tenant_fk


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
