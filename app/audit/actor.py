"""Who acts and on what: copied into events as they were at the time."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address


class ActorKind(StrEnum):
    """The kinds of those who can change something."""

    USER = "user"
    INSTALLER = "installer"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    SUPPORT = "support"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of a request before its credential is looked at."""

    ip: str | None = None
    """The network that events may keep."""
    user_agent: str | None = None
    request_id: str | None = None
    address: IPv4Address | IPv6Address | None = None
    """The exact address, which is only compared and never kept."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Built once per request by the authentication, per process by the command line."""

    kind: ActorKind
    label: str
    id: uuid.UUID | None = None
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about; the label is what people call it, never a secret."""

    vendor_id: uuid.UUID
    kind: str
    id: uuid.UUID
    label: str

    @property
    def subject(self) -> "Subject":
        """Itself: an event may name a row by another label than the row's own."""
        return self


SYSTEM = Actor(ActorKind.SYSTEM, "podkluch")
