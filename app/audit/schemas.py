"""How programs ask for events and see them."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.kit.fields import Instant, Line, ListQuery


class FindAuditEvents(ListQuery):
    """Which events, oldest first; `after_seq` is the last one that the caller has."""

    after_seq: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    action: Line | None = None
    subject_kind: Line | None = None
    subject_id: uuid.UUID | None = None


class FindInLog(ListQuery):
    """Which events a person looks for, newest first."""

    actor_id: uuid.UUID | None = None
    action: Line | None = None
    subject_kind: Line | None = None
    subject_id: uuid.UUID | None = None
    outcome: Literal["ok", "denied"] | None = None
    ip: Line | None = None
    request_id: Line | None = None


class ActorView(BaseModel):
    """Who acted, named as it was at the time."""

    kind: str
    id: uuid.UUID | None
    label: str


class SubjectView(BaseModel):
    """What the act was about, named as it was at the time."""

    kind: str
    id: uuid.UUID
    label: str


class AuditEventView(BaseModel):
    """One act; `hash` covers it and, through `prev_hash`, all before it."""

    id: uuid.UUID
    seq: int
    at: Instant
    actor: ActorView
    action: str
    outcome: Literal["ok", "denied"]
    reason: str | None
    subject: SubjectView
    data: dict[str, Any]
    ip: str | None
    user_agent: str | None
    request_id: str | None
    prev_hash: str
    hash: str
