"""Commands about coupons."""

import uuid
from datetime import date
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.kit.fields import Line, RequiredLine, wrong
from app.kit.i18n import N_
from app.licensing.schemas import Comment, Operation

InvoiceNumber = Annotated[Line, StringConstraints(min_length=1, max_length=50)]


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


class RedeemCoupon(BaseModel):
    """Applies a coupon to the caller's key; `before_digest` is what a preview promised."""

    coupon: Annotated[str, StringConstraints(max_length=1000)]
    before_digest: Annotated[str, StringConstraints(max_length=100)] | None = None
