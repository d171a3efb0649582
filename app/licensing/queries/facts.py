"""What decisions ask of a key and of all that it holds, whoever has read it and how."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HeldFeature:
    """A feature of a product in a key; no quantity is a switch, or no limit."""

    code: str
    name: str
    quantity: int | None
    unit: str


class VendorFacts(Protocol):
    """Whose key it is."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def expiring_days(self) -> int: ...


class CustomerFacts(Protocol):
    """Who bought it."""

    @property
    def status(self) -> str: ...
    @property
    def company(self) -> str: ...


class KeyFacts(Protocol):
    """The key without its secret."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def hint(self) -> str: ...


class EntitlementFacts(Protocol):
    """A product's terms in the key."""

    @property
    def status(self) -> str: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def updates_until(self) -> date | None: ...
    @property
    def seats(self) -> int | None: ...
    @property
    def active_count(self) -> int: ...
    @property
    def channel(self) -> str: ...
    @property
    def is_trial(self) -> bool: ...


class ProductFacts(Protocol):
    """What is sold."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def after_expiry(self) -> str: ...


class SeatFacts(Protocol):
    """The seat of the infobase that is spoken of."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def installed_release_id(self) -> uuid.UUID | None: ...


class InfobaseFacts(Protocol):
    """The infobase that is spoken of."""

    @property
    def id(self) -> uuid.UUID: ...


class Held(Protocol):
    """A product of the key; `activation` is this infobase's seat, if it has one."""

    @property
    def entitlement(self) -> EntitlementFacts: ...
    @property
    def product(self) -> ProductFacts: ...
    @property
    def activation(self) -> SeatFacts | None: ...
    @property
    def features(self) -> Sequence[HeldFeature]: ...


class Rights(Protocol):
    """Everything that decides what a key may do today."""

    @property
    def key(self) -> KeyFacts: ...
    @property
    def customer(self) -> CustomerFacts: ...
    @property
    def vendor(self) -> VendorFacts: ...
    @property
    def entitlements(self) -> Sequence[Held]: ...
    @property
    def infobase(self) -> InfobaseFacts | None: ...
    @property
    def now(self) -> datetime: ...
    @property
    def today(self) -> date: ...
    def of_product(self, product_id: uuid.UUID) -> Held | None:
        """The product in this key, withdrawn or not."""
