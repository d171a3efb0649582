"""Commands about keys and seats, and the typed operations that change rights."""

import uuid
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.kit.fields import Code, Line, Note, RequiredLine, wrong
from app.kit.i18n import N_
from wire.extensions import Channel, InfobaseKind

MAX_DAYS = 36_500
MAX_YEARS_AHEAD = 50
MAX_COUNT = 100_000
Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Comment = Annotated[Note, StringConstraints(max_length=1_000)]


class IssueKey(BaseModel):
    """A new, empty key for a customer."""

    customer_id: uuid.UUID
    comment: Comment = ""


class Term(BaseModel):
    """How long: days from the redemption, up to a date inclusive, or for ever; exactly one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = None
    until: date | None = None
    perpetual: Literal[True] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Term":
        if sum(value is not None for value in (self.days, self.until, self.perpetual)) != 1:
            raise wrong("term", N_("Give exactly one of days, until and perpetual"))
        return self


class AddProduct(BaseModel):
    """Puts a product into a key, or extends it; `seats` absent takes the product's default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    op: Literal["add_product"] = "add_product"
    product: Code
    quantity: Count = 1
    term: Term
    updates: Term | None = None
    seats: Count | None = None
    channel: Channel = Channel.STABLE
    if_present: Literal["extend", "refuse"] = "extend"

    @property
    def unlimited_seats(self) -> bool:
        """An explicit null means unlimited; an absent member means the default."""
        return "seats" in self.model_fields_set and self.seats is None

    @model_validator(mode="after")
    def _updates_end(self) -> "AddProduct":
        if self.updates and self.updates.perpetual:
            raise wrong("updates", N_("Updates are never perpetual: give days or until"))
        return self

    def stored(self) -> dict[str, object]:
        """As a coupon keeps it: only what was given, so that null seats stay null seats."""
        return self.model_dump(mode="json", exclude_unset=True) | {"op": self.op}


# One kind so far; a union discriminated by `op` when there are more.
Operation = AddProduct


class Configuration(BaseModel):
    """What an infobase runs, as 1C spells it: free text."""

    name: Line
    version: Line


class InfobaseFacts(BaseModel):
    """An infobase as its agent describes it."""

    id: uuid.UUID
    label: RequiredLine
    kind: InfobaseKind | None = None


class InfobaseReference(BaseModel):
    """An infobase by the random UUID that its agent made."""

    id: uuid.UUID


class CheckLicense(BaseModel):
    """Asks for a verdict; `products` must all be usable."""

    infobase: InfobaseReference | None = None
    products: Annotated[list[Line], Field(default_factory=list, max_length=1_000)]


class Activate(BaseModel):
    """Takes a seat of a product for an infobase; again for the same one changes nothing."""

    product: Code
    infobase: InfobaseFacts
    machine: Line = ""
    windows_user: Line = ""
    agent_version: Annotated[Line, StringConstraints(max_length=50)] | None = None
    configuration: Configuration | None = None
    platform_version: Line | None = None
