"""Commands about coupons, and how automation sees them."""

import uuid
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.kit.fields import (
    BULK_MAX,
    Code,
    Instant,
    Line,
    ListQuery,
    RequiredLine,
    Said,
    unchanged,
    wrong,
)
from app.kit.i18n import N_
from app.licensing.schemas import Comment, Operation, Reason, ReplaceProducts
from app.licensing.schemas.views import CustomerName
from wire.coupons import RedemptionEffect

Reference = Annotated[Line, StringConstraints(min_length=1, max_length=100)]
InvoiceNumber = Annotated[Line, StringConstraints(min_length=1, max_length=50)]

Preset = Literal["add_product", "extend_trial", "replace_products", "custom"]


class GenerateCoupons(BaseModel):
    """Makes a batch: every coupon carries the same operations in the same order."""

    name: RequiredLine
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    operations: Annotated[list[Operation], Field(min_length=1, max_length=50)]
    max_redemptions: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    valid_from: date | None = None
    valid_until: date | None = None
    bound_key_id: uuid.UUID | None = None
    bound_customer_id: uuid.UUID | None = None
    distributor_id: uuid.UUID | None = None
    distributor_guid: Reference | None = None
    invoice_number: InvoiceNumber | None = None
    invoice_date: date | None = None
    comment: Comment = ""

    @field_validator("valid_until")
    @classmethod
    def _not_before_it_begins(cls, until: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("valid_from")
        if until and first and until < first:
            raise PydanticCustomError("date_too_early", "the last day lies before the first")
        return until

    @model_validator(mode="after")
    def _bound_coupons_come_alone(self) -> Self:
        if self.bound_key_id and self.bound_customer_id:
            raise wrong("bound_once", N_("Bind it to a key or to a customer, not to both"))
        if self.count > 1 and (self.bound_key_id or self.bound_customer_id):
            raise wrong("bound_alone", N_("A bound coupon comes in a batch of one"))
        return self

    @model_validator(mode="after")
    def _replacement_is_made_for_one_key(self) -> Self:
        if any(isinstance(operation, ReplaceProducts) for operation in self.operations):
            if len(self.operations) > 1:
                raise wrong("replace_alone", N_("A replacement is the only operation"))
            if self.bound_key_id is None or self.max_redemptions > 1:
                raise wrong("replace_bound", N_("A replacement is for one key and one use"))
        return self


class DisableCoupon(BaseModel):
    """No further redemption; the reason stays on record."""

    reason: Reason


class DisableCoupons(DisableCoupon):
    """Several coupons at once."""

    coupons: Annotated[list[uuid.UUID], Field(min_length=1, max_length=BULK_MAX)]


class UpdateCoupon(BaseModel):
    """What may change after a coupon was made; absent members stay as they are."""

    valid_until: date | None = unchanged()
    comment: Comment = unchanged()


class ReverseRedemption(BaseModel):
    """Takes a redemption back; the reason stays on record."""

    reason: Reason


class WishedReversal(ReverseRedemption):
    """A reversal; a dry run changes nothing."""

    dry_run: bool = False


class WishedCoupons(GenerateCoupons):
    """A batch over the network, smaller than the command line's; a dry run makes nothing."""

    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    dry_run: bool = False


class FindCoupon(BaseModel):
    """A code as somebody typed it."""

    code: Said


class FindBatches(ListQuery):
    """Which batches."""

    invoice_number: Line | None = None
    distributor_id: uuid.UUID | None = None


class FindCoupons(ListQuery):
    """Which coupons."""

    batch_id: uuid.UUID | None = None
    status: Literal["active", "disabled"] | None = None
    bound_key_id: uuid.UUID | None = None
    bound_customer_id: uuid.UUID | None = None


class ListCoupons(FindCoupons):
    """Coupons as people look for them; `hint` is the last five symbols of a code."""

    hint: Annotated[Line, StringConstraints(max_length=100)] | None = None
    invoice_number: Line | None = None
    preset: Preset | None = None
    product: Code | None = None


class FindRedemptions(ListQuery):
    """Which redemptions."""

    coupon_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    customer_id: uuid.UUID | None = None
    is_reversed: bool | None = None


class RedeemCoupon(BaseModel):
    """Applies a coupon to the caller's key; `before_digest` is what a preview promised."""

    coupon: Said
    before_digest: Annotated[Said, StringConstraints(max_length=100)] | None = None


class RedeemForKey(RedeemCoupon):
    """Applies a coupon to a key of the vendor."""

    key: Said


class BatchView(BaseModel):
    """A batch in words; its coupons are alike but for their codes."""

    id: uuid.UUID
    name: str
    preset: Preset
    count: int
    description: str
    operations: list[dict[str, Any]]
    max_redemptions: int
    valid_from: date | None
    valid_until: date | None
    distributor_id: uuid.UUID | None
    invoice_number: str | None
    invoice_date: date | None
    comment: str
    created_by: str
    created_at: Instant


class MadeBatch(BaseModel):
    """A batch just made, or planned (no id); codes of up to 1,000 coupons, only here and now."""

    id: uuid.UUID | None
    preset: Preset
    count: int
    description: str
    codes: list[str] | None


class CouponView(BaseModel):
    """A coupon; of its code only the hint."""

    id: uuid.UUID
    hint: str
    batch_id: uuid.UUID
    batch: str
    description: str
    operations: list[dict[str, Any]]
    max_redemptions: int
    redemption_count: int
    valid_from: date | None
    valid_until: date | None
    bound_key_id: uuid.UUID | None
    bound_customer_id: uuid.UUID | None
    comment: str
    status: Literal["active", "disabled"]
    state: Literal["disabled", "not_started", "expired", "exhausted", "active"]
    disabled_reason: str | None
    created_at: Instant
    row_version: int


class RedemptionView(BaseModel):
    """A coupon applied to a key; `customer` is that of the time."""

    id: uuid.UUID
    coupon_id: uuid.UUID
    coupon: str
    key_id: uuid.UUID
    key: str
    customer: CustomerName
    actor: str
    at: Instant
    effects: list[RedemptionEffect]
    reversed_at: Instant | None
    reversed_by: str | None
    reverse_reason: str | None


class ReversalView(BaseModel):
    """What a reversal did, or would do; nothing where it was taken back before."""

    id: uuid.UUID
    dry_run: bool
    reversed_at: Instant | None
    effects: list[RedemptionEffect]
    revoked_seats: int


class SendCoupons(BaseModel):
    """Codes by mail, to one of a customer's own addresses and to nobody else."""

    customer_id: uuid.UUID
    to: Literal["email", "tech_email"] = "email"
    locale: Literal["ru", "en"] = "ru"
    connection_file: bool = True
