"""The tenant."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import Base, new_id


class VendorStatus(StrEnum):
    """A suspended vendor's keys answer VENDOR_SUSPENDED."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Vendor(Base):
    """Owns products, customers and keys; `prefix` begins every code of its own."""

    __tablename__ = "vendors"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime]
    slug: Mapped[str]
    name: Mapped[str]
    legal_name: Mapped[str | None]
    inn: Mapped[str | None]
    prefix: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default=VendorStatus.ACTIVE)
    locale: Mapped[str] = mapped_column(default="ru")
    time_zone: Mapped[str] = mapped_column(default="Europe/Moscow")
    expiring_days: Mapped[int] = mapped_column(default=14)
    coupon_batch_max: Mapped[int] = mapped_column(default=10_000)
    catalogue_version: Mapped[int] = mapped_column(BigInteger, default=0)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = (
        Index("uq_vendors_slug", text("lower(slug)"), unique=True),
        CheckConstraint("prefix ~ '^[A-Z]{4}$'", name="prefix"),
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        CheckConstraint("coupon_batch_max BETWEEN 1 AND 100000", name="coupon_batch_max"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this vendor."""
        return Subject(self.id, "vendor", self.id, self.name)
