"""Alarms: how each check of the server's health is for a vendor, and when its owners were told."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base


class HealthAlarm(Base):
    """One check and one vendor, from the first time that something was wrong on."""

    __tablename__ = "health_alarms"
    __audited__ = False  # what a clock notices every few minutes is nobody's act

    vendor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    since: Mapped[datetime]
    """When it was first seen in this state."""
    told_at: Mapped[datetime | None]
    """When owners were last written that it fails."""
    owes_end: Mapped[bool]
    """They were written that it fails, and not yet that it is over."""

    __table_args__ = (CheckConstraint("state IN ('ok', 'warn', 'fail')", name="state"),)
