"""Customers of a vendor."""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, event, literal_column
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.actor import Subject
from app.kit.db import TenantRow, by_hash, tenant_args, tenant_fk
from app.kit.search import SEARCHED, normalised, search_index, searched

PHONE_DIGITS = literal_column("regexp_replace(phone, '[^0-9]', '', 'g')", String())
"""A phone as search compares it; written out, so that its index is found."""


class CustomerStatus(StrEnum):
    """A blocked customer's keys answer CUSTOMER_BLOCKED."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    ARCHIVED = "archived"


class DistributorStatus(StrEnum):
    """An archived distributor brings no new customers."""

    ACTIVE = "active"
    ARCHIVED = "archived"


_SEARCHED_FIELDS = (
    "company",
    "contact_name",
    "inn",
    "comment",
    "external_ref1",
    "external_ref2",
)


def _found_by(values: Mapping[str, Any]) -> str:
    """What a person may look for in a customer, as its words."""
    texts = (values.get(name) for name in _SEARCHED_FIELDS)
    return searched(*texts, *(values.get("tags") or ()))


def _folded_name(context: Any) -> str:
    return normalised(context.get_current_parameters()["company"])


def _folded_words(context: Any) -> str:
    return _found_by(context.get_current_parameters())


class Customer(TenantRow):
    """A company that bought something; normally it has one key."""

    __tablename__ = "customers"

    company: Mapped[str]
    name_norm: Mapped[str] = mapped_column(String(collation="C"), default=_folded_name)
    """What lists are ordered by: the company in one case, ё as е."""
    search_text: Mapped[str] = mapped_column(default=_folded_words)
    search_vector: Mapped[str] = mapped_column(TSVECTOR, SEARCHED)
    contact_name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    tech_email: Mapped[str | None]
    inn: Mapped[str | None]
    external_ref1: Mapped[str | None]
    external_ref2: Mapped[str | None]
    comment: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=CustomerStatus.ACTIVE)
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    distributor_id: Mapped[uuid.UUID | None]
    responsible: Mapped[str | None]
    merged_into_id: Mapped[uuid.UUID | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        tenant_fk("distributor_id", "distributors"),
        tenant_fk("merged_into_id", "customers"),
        CheckConstraint("status IN ('active', 'blocked', 'archived')", name="status"),
        Index(None, "vendor_id", "email"),
        Index("uq_customers_external_ref1", "vendor_id", "external_ref1", unique=True),
        Index(None, "vendor_id", "inn"),
        Index("ix_customers_tech_email", "vendor_id", "tech_email"),
        Index("ix_customers_phone", "vendor_id", PHONE_DIGITS),
        Index("ix_customers_name", "vendor_id", "name_norm", "id"),
        Index("ix_customers_status", "vendor_id", "status", "name_norm", "id"),
        Index(None, "vendor_id", "status", "id"),
        search_index("customers"),
        Index("ix_customers_distributor_id", "vendor_id", "distributor_id", "id"),
        Index("ix_customers_distributor_name", "vendor_id", "distributor_id", "name_norm", "id"),
        Index("ix_customers_responsible", "vendor_id", "responsible", "id"),
        Index(None, "vendor_id", "merged_into_id"),
        Index(None, "vendor_id", "created_at", "id"),
        by_hash("customers", "id"),
    )

    @property
    def subject(self) -> Subject:
        """How events name this customer."""
        return Subject(self.vendor_id, "customer", self.id, self.company)


@event.listens_for(Customer, "before_update")
def _fold_again(_mapper: object, _connection: object, customer: Customer) -> None:
    customer.name_norm = normalised(customer.company)
    customer.search_text = _found_by(
        {name: getattr(customer, name) for name in (*_SEARCHED_FIELDS, "tags")}
    )


class Distributor(TenantRow):
    """A partner who sells for the vendor; named on customers and on coupons."""

    __tablename__ = "distributors"

    name: Mapped[str]
    email: Mapped[str]
    external_guid: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=DistributorStatus.ACTIVE)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = tenant_args(
        CheckConstraint("status IN ('active', 'archived')", name="status"),
        Index("uq_distributors_external_guid", "vendor_id", "external_guid", unique=True),
    )

    @property
    def subject(self) -> Subject:
        """How events name this distributor."""
        return Subject(self.vendor_id, "distributor", self.id, self.name)
