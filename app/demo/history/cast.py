"""Who takes part: the vendor's people, customers with their keys, and infobases with agents."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from app.accounts.schemas import Role
from app.audit.actor import SYSTEM, Actor, Caller
from app.demo.history.goods import Ware
from app.demo.history.market import LINES, PLATFORMS
from app.demo.history.people import machine
from app.demo.history.walk import DAYS, Story
from app.licensing.service.keys import InstallerPrincipal

_NETWORKS: Final = ("198.51.100.0/24", "203.0.113.0/24")  # RFC 5737: of nobody
FOREVER: Final = DAYS * 10
"""Days, or seats, without an end that the story would come to."""
AGENTS: Final = ("0.9.4", "1.0.0", "1.0.2", "1.1.0")


@dataclass(frozen=True, slots=True)
class Out:
    """A release as it became known when its draft was made."""

    id: uuid.UUID
    artifact_id: uuid.UUID
    extension_id: uuid.UUID
    sha256: str
    size: int
    label: str
    """Of its file."""
    extension: str
    version: str


@dataclass(frozen=True, slots=True)
class Eula:
    """An agreement of a product, by its Russian text."""

    id: uuid.UUID
    number: int
    sha256: str


@dataclass(slots=True)
class World:
    """What exists by now; acts leave here what later acts need."""

    story: Story
    vendor_id: uuid.UUID = field(default_factory=lambda: uuid.UUID(int=0))
    out: dict[tuple[str, int], Out] = field(default_factory=dict)
    eulas: dict[str, list[Eula]] = field(default_factory=dict)
    """By product, oldest first."""
    coupons: dict[str, list[str]] = field(default_factory=dict)
    """Codes by the name of their batch."""
    demand: Counter[str] = field(default_factory=Counter)
    """How many coupons of a batch the story needs, known before it is made."""
    batches: dict[str, uuid.UUID] = field(default_factory=dict)
    distributors: list[uuid.UUID] = field(default_factory=list)
    stories: "dict[str, Key]" = field(default_factory=dict)
    """The keys of support's stories, by their names."""
    by_verbs: bool = False
    """Whether agents are asked for their rights at each step, though the story has planned them."""
    places: int = 0
    """Infobases of single cases so far."""
    tokens: dict[str, uuid.UUID] = field(default_factory=dict)
    staff: dict[Role, Actor] = field(default_factory=dict)
    """The vendor's people, once they are there."""
    crm: Actor = SYSTEM
    """The vendor's own program, once it has a token."""

    @property
    def owner(self) -> Actor:
        """Who decides."""
        return self.staff[Role.OWNER]

    @property
    def manager(self) -> Actor:
        """Who sells."""
        return self.staff[Role.MANAGER]

    @property
    def publisher(self) -> Actor:
        """Who keeps the catalogue."""
        return self.staff[Role.RELEASE]

    @property
    def support(self) -> Actor:
        """Who helps customers."""
        return self.staff[Role.SUPPORT]

    @property
    def chance(self) -> Random:
        """The one source of everything that might be otherwise."""
        return self.story.chance


@dataclass(slots=True)
class Customer:
    """A client company; the id comes with the act that makes it."""

    known: Mapping[str, object]
    day: int
    id: uuid.UUID = field(default_factory=lambda: uuid.UUID(int=0))


@dataclass(slots=True)
class Sold:
    """A product in a key as the story plans it: from one day to another, with its seats."""

    product: str
    day: int
    until: int
    seats: int
    trial: bool = False


@dataclass(slots=True)
class Key:
    """A licence key; `code` and `holder` come with the act that issues it."""

    customer: Customer
    day: int
    caller: Caller
    sold: Sold | None = None
    code: str = ""
    id: uuid.UUID = field(default_factory=lambda: uuid.UUID(int=0))
    holder: InstallerPrincipal | None = None
    redeemed: uuid.UUID | None = None
    spent: str = ""
    """Its last redemption, and the coupon of that."""

    @property
    def agent(self) -> InstallerPrincipal:
        """The agent that was given this key."""
        assert self.holder is not None  # noqa: S101 - issued before anybody uses it
        return self.holder


@dataclass(slots=True)
class Base:
    """An infobase, how its people look after it, and what its agent knows."""

    key: Key
    uid: uuid.UUID
    label: str
    kind: str
    line: str
    behind: int
    platform: str
    machine: str
    user: str
    agent_version: str
    seats: dict[str, InstallerPrincipal] = field(default_factory=dict)
    """By product: the agent with the token of its seat."""
    tokens: dict[str, str] = field(default_factory=dict)
    """By product: the token itself."""
    seats_planned: set[str] = field(default_factory=set)
    last_day: int = 0
    """On which its agent did something."""
    installed: dict[str, int] = field(default_factory=dict)
    """By extension, as planned so far: number of the release."""
    agreed: set[tuple[str, int]] = field(default_factory=set)
    version: str = ""
    """Of its configuration where it does not follow the calendar."""

    def configuration(self, day: int) -> dict[str, str]:
        """What it runs on a day."""
        version = self.version or LINES[self.line].on(day, self.behind)
        return {"name": self.line, "version": version}

    def described(self) -> dict[str, object]:
        """As its agent describes it for an activation."""
        return {"id": str(self.uid), "label": self.label, "kind": self.kind}

    def environment(self, day: int) -> dict[str, object]:
        """As its agent describes it to be offered something."""
        return {
            "infobase": {"id": str(self.uid)},
            "configuration": self.configuration(day),
            "platform_version": self.platform,
            "infobase_kind": self.kind,
        }


_LABELS: Final = ("Бухгалтерия", "Рабочая база", "Торговля", "Склад", "Основная", "Копия для проб")


def a_caller(chance: Random) -> Caller:
    """An office with an agent."""
    version = chance.choice(AGENTS)
    request = f"demo-{chance.getrandbits(48):012x}"
    return Caller(chance.choice(_NETWORKS), f"podkluch-agent/{version}", request)


def a_key(customer: Customer, day: int, chance: Random) -> Key:
    """A key to be issued on a day."""
    return Key(customer, day, a_caller(chance))


def a_base(key: Key, ware: Ware, number: int, chance: Random) -> Base:
    """An infobase for which an extension is made."""
    name, user = machine(number)
    return Base(
        key=key,
        uid=uuid.UUID(int=chance.getrandbits(128), version=4),
        label=f"{chance.choice(_LABELS)} {number % 7 + 1}",
        kind=chance.choice(("file", "server")),
        line=chance.choice(ware.homes),
        behind=chance.choice((0, 0, 1, 1, 2, 3)),
        platform=chance.choice(PLATFORMS),
        machine=name,
        user=user,
        agent_version=(key.caller.user_agent or "").rpartition("/")[2],
    )
