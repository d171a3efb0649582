"""Buckets that count failures, in the database: all processes and hosts share them."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base


class ThrottleBucket(Base):
    """Tokens left of one bucket at an instant; refilled by the time that passed since."""

    __tablename__ = "throttle_buckets"
    __audited__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float]
    updated_at: Mapped[datetime]
