"""What a coupon would do to a key, and what it did."""

from dataclasses import dataclass, field

from wire.extensions import Channel
from wire.licenses import FeatureQuantity
from wire.trust import Trust


@dataclass(frozen=True, slots=True)
class RedemptionPreviewRequest:
    """Asks what the coupon would change in the key of the request."""

    coupon: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RedemptionRequest:
    """Applies the coupon to the key of the request."""

    coupon: str = field(repr=False)
    before_digest: str | None = None  # of the preview: refuse if the key changed since


@dataclass(frozen=True, slots=True)
class EntitlementState:
    """The rights of a product in a key, before or after."""

    valid_until: str | None  # date, inclusive; null: perpetual
    updates_until: str | None  # date, inclusive; null: follows valid_until
    seats: int | None  # null: unlimited
    channel: Channel
    features: list[FeatureQuantity]


@dataclass(frozen=True, slots=True)
class RedemptionEffect:
    """What one operation of the coupon does."""

    operation: str  # "add_product"
    product: str  # code
    effect: str  # applied, none
    before: EntitlementState | None  # null: the product was not in the key
    after: EntitlementState | None  # null: it no longer is


@dataclass(frozen=True, slots=True)
class RedemptionPreview:
    """What the coupon would change; nothing was written."""

    possible: bool
    code: str  # OK, or why it is not possible
    description: str  # the same for people
    effects: list[RedemptionEffect]
    ends_trials: list[str]  # codes of products
    before_digest: str | None  # of the rights shown; null: not possible
    server_time: str
    trust: Trust | None


@dataclass(frozen=True, slots=True)
class Redemption:
    """A coupon applied to a key."""

    id: str
    at: str
    replayed: bool  # it was applied before, this is the first result again
    effects: list[RedemptionEffect]


@dataclass(frozen=True, slots=True)
class RedemptionResponse:
    """The redemption on record."""

    redemption: Redemption
    server_time: str
    trust: Trust | None
