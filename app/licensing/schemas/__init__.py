"""Commands about keys and seats, and the typed operations that change rights."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.kit.fields import BULK_MAX, Code, Line, Note, RequiredLine, Said, wrong
from app.kit.i18n import N_
from wire.extensions import Channel, InfobaseKind

MAX_DAYS = 36_500
Reason = Annotated[Note, StringConstraints(min_length=5, max_length=500)]
MAX_YEARS_AHEAD = 50
MAX_COUNT = 100_000
Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Comment = Annotated[Note, StringConstraints(max_length=1_000)]


class IssueKey(BaseModel):
    """A new, empty key for a customer."""

    customer_id: uuid.UUID
    comment: Comment = ""


class WithReason(BaseModel):
    """An act that has to be explained."""

    reason: Reason


class SuspendKeys(WithReason):
    """Several keys at once."""

    keys: Annotated[list[uuid.UUID], Field(min_length=1, max_length=BULK_MAX)]


class RotateKey(WithReason):
    """A new code; the old one goes on for some hours, by default the vendor's own number."""

    grace_hours: Annotated[int, Field(ge=0, le=72)] | None = None


class MoveKey(WithReason):
    """Another customer for the key."""

    customer_id: uuid.UUID


class FindKey(BaseModel):
    """A code as somebody typed it."""

    code: Said


class ImportedKey(BaseModel):
    """A key of another system: its code is kept as it is."""

    code: Annotated[Said, StringConstraints(max_length=200)]
    customer_id: uuid.UUID
    comment: Comment = ""


class ImportKeys(BaseModel):
    """Keys of another system, all or none."""

    keys: Annotated[list[ImportedKey], Field(min_length=1, max_length=1_000)]


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


class FeatureGrant(BaseModel):
    """A feature, and how much of it; no quantity is a switch, or no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feature: Code
    quantity: Count | None = None


class _Operation(BaseModel):
    """One typed change of a key's rights; immutable, as a coupon carries it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def stored(self) -> dict[str, object]:
        """As a coupon keeps it: only what was given, so that null seats stay null seats."""
        return self.model_dump(mode="json", exclude_unset=True) | {"op": getattr(self, "op", "")}


class ProductRow(_Operation):
    """A product with its terms; `seats` absent takes the product's default."""

    product: Code
    quantity: Count = 1
    term: Term
    updates: Term | None = None
    seats: Count | None = None
    features: Annotated[tuple[FeatureGrant, ...], Field(max_length=100)] | None = None
    channel: Channel = Channel.STABLE

    @property
    def unlimited_seats(self) -> bool:
        """An explicit null means unlimited; an absent member means the default."""
        return "seats" in self.model_fields_set and self.seats is None

    @model_validator(mode="after")
    def _each_feature_once(self) -> Self:
        features = self.features or ()
        if len({grant.feature for grant in features}) < len(features):
            raise wrong("feature_twice", N_("Name each feature once"))
        return self

    @model_validator(mode="after")
    def _updates_end(self) -> Self:
        if self.updates and self.updates.perpetual:
            raise wrong("updates", N_("Updates are never perpetual: give days or until"))
        return self


class AddProduct(ProductRow):
    """Puts a product into a key, or extends it."""

    op: Literal["add_product"] = "add_product"
    if_present: Literal["extend", "refuse"] = "extend"


class ExtendTerm(_Operation):
    """Moves the end of a paid product's term."""

    op: Literal["extend_term"] = "extend_term"
    product: Code
    term: Term


class ExtendUpdates(_Operation):
    """Moves the end of a product's updates."""

    op: Literal["extend_updates"] = "extend_updates"
    product: Code
    term: Term

    @model_validator(mode="after")
    def _updates_end(self) -> Self:
        if self.term.perpetual:
            raise wrong("updates", N_("Updates are never perpetual: give days or until"))
        return self


class AddSeats(_Operation):
    """More infobases for a product."""

    op: Literal["add_seats"] = "add_seats"
    product: Code
    seats: Count


class AddFeature(_Operation):
    """Switches a feature on, or adds to its quantity."""

    op: Literal["add_feature"] = "add_feature"
    product: Code
    feature: Code
    quantity: Count | None = None


class StartTrial(_Operation):
    """Starts a trial, or (extend) gives a running or an ended one more days."""

    op: Literal["start_trial"] = "start_trial"
    product: Code
    days: Annotated[int, Field(ge=1, le=365)] | None = None
    if_used: Literal["refuse", "extend"] = "refuse"


class SetChannel(_Operation):
    """Lets a product have less ripe releases; never takes them away."""

    op: Literal["set_channel"] = "set_channel"
    product: Code
    channel: Channel


def _without_names(value: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(value)
    except ValidationError:  # where it is wrong would be told by a name that the client chose
        raise PydanticCustomError("dict_type", "an object is expected") from None


_Shown = Annotated[
    dict[Said, Annotated[dict[Said, Any], Field(max_length=50)]],
    Field(max_length=200),
    WrapValidator(_without_names),
]


class ReplaceProducts(_Operation):
    """The whole set becomes `after`; refused if the key is no longer as `before` shows it."""

    op: Literal["replace_products"] = "replace_products"
    before: _Shown | None = None
    """Filled with what the key holds when the operation is made; refused if that differs."""
    after: Annotated[tuple[ProductRow, ...], Field(max_length=50)]

    @model_validator(mode="after")
    def _each_product_once(self) -> Self:
        if len({row.product for row in self.after}) < len(self.after):
            raise wrong("product_twice", N_("Name each product once"))
        return self


_KINDS: Mapping[str, type[_Operation]] = {
    "add_product": AddProduct,
    "extend_term": ExtendTerm,
    "extend_updates": ExtendUpdates,
    "add_seats": AddSeats,
    "add_feature": AddFeature,
    "start_trial": StartTrial,
    "set_channel": SetChannel,
    "replace_products": ReplaceProducts,
}


def _read(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """Reads the one kind that is meant, so that errors point at what was sent, not at kinds.

    An operation that does not say its kind adds a product.
    """
    if isinstance(value, Mapping):
        kind = _KINDS.get(str(value.get("op", "add_product")))
        if kind is not None:
            return kind.model_validate(value)
    return handler(value)


Operation = Annotated[
    AddProduct
    | ExtendTerm
    | ExtendUpdates
    | AddSeats
    | AddFeature
    | StartTrial
    | SetChannel
    | ReplaceProducts,
    Field(discriminator="op"),
    WrapValidator(_read),
]
OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Operation])
"""Reads the operations that a coupon keeps."""


class ChangeRights(BaseModel):
    """Operations by hand, with the reason that the ledger keeps."""

    operations: Annotated[list[Operation], Field(min_length=1, max_length=50)]
    reason: Reason

    @model_validator(mode="after")
    def _replacement_stands_alone(self) -> Self:
        replaces = any(isinstance(operation, ReplaceProducts) for operation in self.operations)
        if replaces and len(self.operations) > 1:
            raise wrong("replace_alone", N_("A replacement is the only operation"))
        return self


class WishedOperations(ChangeRights):
    """Operations by hand; a dry run changes nothing."""

    dry_run: bool = False


class BeginTrial(BaseModel):
    """A trial that the product itself offers."""

    product: Code


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


class Rebind(BaseModel):
    """Moves a seat to the infobase's new id, because the infobase was moved."""

    infobase: InfobaseFacts
    machine: Line = ""
    windows_user: Line = ""
    agent_version: Annotated[Line, StringConstraints(max_length=50)] | None = None


class Activate(BaseModel):
    """Takes a seat of a product for an infobase; again for the same one changes nothing."""

    product: Code
    infobase: InfobaseFacts
    machine: Line = ""
    windows_user: Line = ""
    agent_version: Annotated[Line, StringConstraints(max_length=50)] | None = None
    configuration: Configuration | None = None
    platform_version: Line | None = None
