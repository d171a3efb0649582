"""Sessions of people in the cabinet."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base, new_id


class SessionStage(StrEnum):
    """After the password alone only the page that asks for the code opens."""

    CODE = "code"
    OPEN = "open"


class UserSession(Base):
    """A browser in which somebody signed in; of its secret only the digest is kept."""

    __tablename__ = "user_sessions"
    __audited__ = False  # signing in and out are events, being seen is none

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    vendor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vendors.id"))
    """The vendor that the person works for at the moment."""
    stage: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    otp_at: Mapped[datetime | None]
    """When the second factor was last shown."""
    ip: Mapped[str | None]
    device: Mapped[str]
    stash: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What one page leaves for the next and no address should carry."""

    __table_args__ = (
        CheckConstraint("stage IN ('code', 'open')", name="stage"),
        Index(None, "last_seen_at"),
    )


class KnownDevice(Base):
    """A browser in which somebody has signed in before; it keeps the secret, we its digest."""

    __tablename__ = "known_devices"
    __audited__ = False  # part of signing in, which is an event

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]

    __table_args__ = (Index(None, "created_at"),)
