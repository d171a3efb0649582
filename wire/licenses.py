"""What a licence key gives and how an infobase takes a seat of it."""

from dataclasses import dataclass, field

from wire.extensions import Channel, InfobaseKind, InfobaseReference, InstalledConfiguration
from wire.trust import Trust

# Checks


@dataclass(frozen=True, slots=True)
class LicenseCheckRequest:
    """Asks whether the key of the request is good."""

    infobase: InfobaseReference | None = None
    products: list[str] = field(default_factory=list)  # codes that must all be usable; none: any


@dataclass(frozen=True, slots=True)
class KeySummary:
    """A licence key without its secret."""

    hint: str  # "DEMO-…-567C7"
    customer: str  # company


@dataclass(frozen=True, slots=True)
class ProductName:
    """A product for programs and for people."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SeatCount:
    """Seats of a product in a key."""

    max: int | None  # null: unlimited
    used: int


@dataclass(frozen=True, slots=True)
class EntitledFeature:
    """An option that a product in a key has."""

    code: str
    name: str
    quantity: int | None  # null: unlimited, or a switch
    unit: str  # infobase, user, host, process, token


@dataclass(frozen=True, slots=True)
class FeatureQuantity:
    """How much of an option there is."""

    code: str
    quantity: int | None  # null: unlimited, or a switch


@dataclass(frozen=True, slots=True)
class EntitlementSummary:
    """One product in a key."""

    product: ProductName
    status: str  # ACTIVE, EXPIRING or the code of what is wrong
    text: str  # the same for people
    valid_until: str | None  # date, inclusive; null: perpetual
    updates_until: str | None  # date, inclusive; null: follows valid_until
    window_end: str | None  # date: releases up to it are covered; null: all
    days_left: int | None  # null: perpetual
    trial: bool
    seats: SeatCount
    channel: Channel  # the least mature one allowed
    activated_here: bool  # the infobase of the request holds a seat
    features: list[EntitledFeature]


@dataclass(frozen=True, slots=True)
class LicenseCheckResponse:
    """The verdict; "no" has the same members as "yes"."""

    valid: bool  # every product asked for is usable; none asked for: at least one is
    code: str
    text: str  # the same for people
    key: KeySummary | None  # null: no key was found
    entitlements: list[EntitlementSummary]
    features: list[FeatureQuantity]  # sums over usable entitlements
    trials_available: list[str]  # codes of products
    server_time: str
    trust: Trust | None


# Seats


@dataclass(frozen=True, slots=True)
class ActivatedInfobase:
    """The infobase that takes a seat."""

    id: str  # random UUID that the agent made for it
    label: str  # how people call it
    kind: InfobaseKind


@dataclass(frozen=True, slots=True)
class ActivationRequest:
    """Asks for a seat of a product; repeating it takes no second one."""

    product: str  # code
    infobase: ActivatedInfobase
    machine: str  # name of the computer
    windows_user: str  # who runs the agent
    agent_version: str
    configuration: InstalledConfiguration | None = None
    platform_version: str | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """A seat of a product, bound to one infobase."""

    id: str
    product: str  # code
    label: str  # of the infobase
    activated_at: str


@dataclass(frozen=True, slots=True)
class ActivationResponse:
    """The seat, and a fresh token of this installation."""

    activation: Activation
    installation_token: str = field(repr=False)  # Bearer credential, shown only here
    seats: SeatCount
    server_time: str
    trust: Trust | None


@dataclass(frozen=True, slots=True)
class ListedActivation:
    """A seat of the key, whoever sits on it."""

    id: str
    product: str  # code
    label: str  # of the infobase
    machine: str  # name of the computer
    last_seen_at: str
    activated_at: str
    this_installation: bool  # the credential of the request is this seat's token


@dataclass(frozen=True, slots=True)
class ActivationList:
    """All seats of the key."""

    data: list[ListedActivation]
    server_time: str
    trust: Trust | None


@dataclass(frozen=True, slots=True)
class RebindRequest:
    """Moves the seat of the token to the infobase's new id: the infobase was moved."""

    infobase: ActivatedInfobase
    machine: str  # name of the computer
    windows_user: str  # who runs the agent
    agent_version: str


@dataclass(frozen=True, slots=True)
class TransferCount:
    """How often seats of a product may be moved in thirty days."""

    max: int
    used: int


@dataclass(frozen=True, slots=True)
class RebindResponse:
    """The same seat at its new place; the token stays valid."""

    activation: Activation
    moved: bool  # false: it was bound there already
    transfers: TransferCount
    seats: SeatCount
    server_time: str
    trust: Trust | None


# Trials


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """Asks for the trial that a product offers."""

    product: str  # code


@dataclass(frozen=True, slots=True)
class Trial:
    """What of a product the key may try out, and until when."""

    product: str  # code
    days: int | None  # null: it is free for ever
    counts: str  # calendar_days, free_perpetual
    valid_until: str | None  # date, inclusive; null: for ever
    text: str  # the same for people


@dataclass(frozen=True, slots=True)
class TrialResponse:
    """The trial, fresh or running."""

    trial: Trial
    server_time: str
    trust: Trust | None
