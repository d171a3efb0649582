"""Answers to POSTs that carry an Idempotency-Key, kept for a day and replayed byte for byte."""

import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base, new_id


class IdempotentAnswer(Base):
    """One answered POST: whose, to what, and the sealed body of the answer."""

    __tablename__ = "idempotent_answers"
    __audited__ = False

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    principal: Mapped[str]
    key: Mapped[str]
    route: Mapped[str]
    body_sha256: Mapped[bytes]
    status: Mapped[int | None]
    media_type: Mapped[str | None]
    sealed_body: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("principal", "key"), Index(None, "expires_at"))
