"""Customers of a vendor."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, tenant_args


class CustomerStatus(StrEnum):
    """A blocked customer's keys answer CUSTOMER_BLOCKED."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    ARCHIVED = "archived"


class Customer(TenantRow):
    """A company that bought something; normally it has one key."""

    __tablename__ = "customers"

    company: Mapped[str]
    contact_name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    tech_email: Mapped[str | None]
    inn: Mapped[str | None]
    external_ref1: Mapped[str | None]
    external_ref2: Mapped[str | None]
    comment: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=CustomerStatus.ACTIVE)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        CheckConstraint("status IN ('active', 'blocked', 'archived')", name="status"),
        Index("uq_customers_external_ref1", "vendor_id", "external_ref1", unique=True),
        Index(None, "vendor_id", "inn"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this customer."""
        return Subject(self.vendor_id, "customer", self.id, self.company)
