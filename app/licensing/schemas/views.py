"""How automation asks for keys, products in keys, trials and seats, and how it sees them."""

import uuid
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, StringConstraints

from app.customers.schemas import ListCustomers
from app.kit.fields import Code, Instant, Line, ListQuery
from wire.coupons import RedemptionEffect


class ListHolders(ListCustomers):
    """Customers as people look for them; `has_expiring`: a product of theirs ends soon."""

    has_expiring: bool | None = None


class AskedKeys(ListQuery):
    """Which keys; product and dates speak of one and the same product in the key."""

    customer_id: uuid.UUID | None = None
    product: Code | None = None
    expires_from: date | None = None
    expires_to: date | None = None


class FindKeys(AskedKeys):
    """Keys as automation looks for them, by the status of the key itself."""

    status: Literal["active", "suspended", "revoked"] | None = None


class ListKeys(AskedKeys):
    """Keys as people look for them: by what their badge says, by the last five symbols."""

    status: (
        Literal["empty", "active", "expiring", "expired", "suspended", "revoked", "blocked"] | None
    ) = None
    hint: Annotated[Line, StringConstraints(max_length=100)] | None = None
    is_legacy: bool | None = None
    has_free_seats: bool | None = None


class FindEntitlements(ListQuery):
    """Which products in keys; `expires_from` and `expires_to` are inclusive."""

    key_id: uuid.UUID | None = None
    product: Code | None = None
    status: Literal["active", "suspended", "withdrawn"] | None = None
    is_trial: bool | None = None
    expires_from: date | None = None
    expires_to: date | None = None


class FindTrials(ListQuery):
    """Which trials; the dates are those of their ends."""

    key_id: uuid.UUID | None = None
    product: Code | None = None
    status: Literal["running", "expired", "converted", "superseded", "reversed"] | None = None
    expires_from: date | None = None
    expires_to: date | None = None


class FindActivations(ListQuery):
    """Which seats."""

    key_id: uuid.UUID | None = None
    product: Code | None = None
    status: Literal["active", "released", "revoked"] | None = None


class CustomerName(BaseModel):
    """A customer for programs and for people."""

    id: uuid.UUID
    company: str


class ProductName(BaseModel):
    """A product for programs and for people."""

    code: str
    name: str


class CodeView(BaseModel):
    """A code of a key without its secret; one with an end was replaced by a newer one."""

    hint: str
    kind: Literal["native", "legacy"]
    expires_at: Instant | None


class KeyView(BaseModel):
    """A licence key; `state` says what vendor, customer and products make of it."""

    id: uuid.UUID
    hint: str
    status: Literal["active", "suspended", "revoked"]
    state: str
    suspend_reason: str | None
    comment: str
    customer: CustomerName
    codes: list[CodeView]
    created_at: Instant
    row_version: int


class IssuedKeyView(KeyView):
    """A key with its fresh code, which is shown only here."""

    code: str


class FeatureView(BaseModel):
    """An option that a product in a key has; no quantity is a switch, or no limit."""

    code: str
    name: str
    quantity: int | None
    unit: str


class SeatsView(BaseModel):
    """Seats of a product in a key; no maximum is no limit."""

    max: int | None
    used: int


class EntitlementView(BaseModel):
    """A product in a key; releases published up to `window_end` are covered, all if it is null."""

    id: uuid.UUID
    key_id: uuid.UUID
    key: str
    customer: CustomerName
    product: ProductName
    status: Literal["active", "suspended", "withdrawn"]
    state: str
    source: Literal["coupon", "manual", "import", "trial"]
    is_trial: bool
    starts_on: date
    valid_until: date | None
    updates_until: date | None
    window_end: date | None
    seats: SeatsView
    channel: str
    features: list[FeatureView]
    created_at: Instant
    row_version: int


class FullKeyView(KeyView):
    """A key with all that is in it, withdrawn products too."""

    entitlements: list[EntitlementView]


class TrialView(BaseModel):
    """A product tried out; `valid_until` is its last day."""

    id: uuid.UUID
    key_id: uuid.UUID
    key: str
    product: ProductName
    source: Literal["coupon", "agent", "manual"]
    status: Literal["running", "expired", "converted", "superseded", "reversed"]
    started_on: date
    days: int
    valid_until: date | None
    ended_on: date | None
    created_at: Instant


class ChangeView(BaseModel):
    """A row of the ledger: the rights to a product before and after one cause."""

    id: uuid.UUID
    entitlement_id: uuid.UUID
    product: ProductName
    seq: int
    operation: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    cause_kind: Literal["redemption", "reversal", "manual", "import", "trial"]
    cause_id: uuid.UUID | None
    actor: str
    at: Instant


class OperationsView(BaseModel):
    """What operations did to a key, or would do."""

    dry_run: bool
    description: str
    effects: list[RedemptionEffect]
    ends_trials: list[str]
    revoked_seats: int


class InfobaseView(BaseModel):
    """An infobase as its agent last described it."""

    id: uuid.UUID
    label: str
    kind: Literal["file", "server"] | None


class ActivationView(BaseModel):
    """A seat of a product, taken by one infobase or given back."""

    id: uuid.UUID
    key_id: uuid.UUID
    key: str
    product: ProductName
    infobase: InfobaseView
    machine: str
    windows_user: str
    status: Literal["active", "released", "revoked"]
    release_cause: Literal["agent", "customer", "support", "coupon", "stale"] | None
    released_at: Instant | None
    last_seen_at: Instant
    activated_at: Instant
