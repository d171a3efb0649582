"""Commands about products, and how programs see them."""

import uuid
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from app.kit.fields import (
    Code,
    Instant,
    Line,
    ListQuery,
    Reference,
    RequiredLine,
    unchanged,
    wrong,
)
from app.kit.i18n import N_

Seats = Annotated[int, Field(ge=1, le=100_000)]


_ProductStatus = Literal["draft", "active", "archived"]
_AfterExpiry = Literal["keep_releases", "block"]
_TrialKind = Literal["none", "calendar_days", "free_perpetual"]
_TrialDays = Annotated[int, Field(ge=1, le=365)]
_Transfers = Annotated[int, Field(ge=0, le=1_000)]
_Unit = Literal["infobase", "user", "host", "process", "token"]


class DefaultTerm(BaseModel):
    """How long a product is sold for, unless said otherwise: days, or for ever; exactly one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    perpetual: Literal[True] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.days is None) == (self.perpetual is None):
            raise wrong("default_term", N_("give either days or perpetual"))
        return self

    def stored(self) -> dict[str, object]:
        """As the product keeps it."""
        return self.model_dump(exclude_none=True)


class FeatureOfProduct(BaseModel):
    """How much of a feature comes with one of the product; no quantity is a switch."""

    feature: Code
    quantity: Seats | None = None
    unit: _Unit = "user"
    multiplied: bool = True


def _distinct(features: list[FeatureOfProduct]) -> list[FeatureOfProduct]:
    if len({row.feature for row in features}) != len(features):
        raise wrong("repeated_feature", N_("a feature is named twice"))
    return features


_FeaturesOfProduct = Annotated[
    list[FeatureOfProduct], Field(max_length=100), AfterValidator(_distinct)
]
_Codes = Annotated[list[Code], Field(max_length=100)]


class CreateProduct(BaseModel):
    """Something to sell, by default for ever and on any number of infobases."""

    code: Code
    name: RequiredLine
    external_guid: Reference | None = None
    status: Literal["draft", "active"] = "active"
    default_term: DefaultTerm = DefaultTerm(perpetual=True)
    default_seats: Seats | None = None
    seats_multiplied: bool = True
    trial_kind: _TrialKind = "none"
    trial_days: _TrialDays | None = None
    after_expiry: _AfterExpiry = "keep_releases"
    transfer_quota: _Transfers = 3
    ends_trials: _Codes = []
    features: _FeaturesOfProduct = []


class UpdateProduct(BaseModel):
    """What is to become of a product; what is absent stays, lists are replaced as a whole."""

    name: RequiredLine = unchanged()
    external_guid: Reference | None = unchanged()
    status: _ProductStatus = unchanged()
    default_term: DefaultTerm = unchanged()
    default_seats: Seats | None = unchanged()
    seats_multiplied: bool = unchanged()
    trial_kind: _TrialKind = unchanged()
    trial_days: _TrialDays | None = unchanged()
    after_expiry: _AfterExpiry = unchanged()
    transfer_quota: _Transfers = unchanged()
    ends_trials: _Codes = unchanged()
    features: _FeaturesOfProduct = unchanged()


class FindProducts(ListQuery):
    """Which products."""

    external_guid: Line | None = None
    status: _ProductStatus | None = None


class ProductFeatureView(FeatureOfProduct):
    """A feature of a product with what people call it."""

    name: str


class ProductView(BaseModel):
    """A product with its features and the codes of the extensions behind it."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    code: str
    name: str
    external_guid: str | None
    status: _ProductStatus
    default_term: dict[str, int | bool]
    default_seats: int | None
    seats_multiplied: bool
    trial_kind: _TrialKind
    trial_days: int | None
    after_expiry: _AfterExpiry
    transfer_quota: int
    ends_trials: list[str]
    features: list[ProductFeatureView] = []
    extensions: list[str] = []
    created_at: Instant
    row_version: int
