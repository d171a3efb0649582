"""Commands about customers and distributors, and how programs see them."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
)

from app.kit.fields import (
    Instant,
    Line,
    ListQuery,
    Note,
    Reason,
    Reference,
    RequiredLine,
    form,
    unchanged,
    wrong,
)
from app.kit.i18n import N_

CONTACTS = frozenset({"contact_name", "email", "phone", "tech_email"})
"""The names of everything by which a person can be reached."""

# Control digits of the Russian taxpayer number: 10 digits end with one, 12 with two.
_INN_WEIGHTS = {
    10: ((2, 4, 10, 3, 5, 9, 4, 6, 8),),
    12: ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)),
}


def _inn(text: str) -> str:
    digits = [int(symbol) for symbol in text]
    for weights in _INN_WEIGHTS.get(len(digits), ()):
        total = sum(weight * digit for weight, digit in zip(weights, digits, strict=False))
        if total % 11 % 10 != digits[len(weights)]:
            raise wrong("inn", N_("The check digits of the taxpayer number are wrong"))
    return text


Inn = Annotated[
    str,
    form(r"^[0-9]{10}([0-9]{2})?$", N_("A taxpayer number has 10 or 12 digits")),
    AfterValidator(_inn),
]
Phone = Annotated[Line, StringConstraints(max_length=50)]


Tag = Annotated[Line, StringConstraints(min_length=1, max_length=50)]
Tags = Annotated[list[Tag], Field(max_length=50)]


class CreateCustomer(BaseModel):
    """A client company; `email` is the buyer's, `tech_email` gets problems and releases."""

    company: RequiredLine
    email: EmailStr
    contact_name: Line = ""
    phone: Phone = ""
    tech_email: EmailStr | None = None
    inn: Inn | None = None
    external_ref1: Reference | None = None
    external_ref2: Reference | None = None
    distributor_id: uuid.UUID | None = None
    responsible: RequiredLine | None = None
    tags: Tags = []
    comment: Note = ""


class UpdateCustomer(BaseModel):
    """What is to become of a customer; what is absent stays."""

    company: RequiredLine = unchanged()
    email: EmailStr = unchanged()
    contact_name: Line = unchanged()
    phone: Phone = unchanged()
    tech_email: EmailStr | None = unchanged()
    inn: Inn | None = unchanged()
    external_ref1: Reference | None = unchanged()
    external_ref2: Reference | None = unchanged()
    distributor_id: uuid.UUID | None = unchanged()
    responsible: RequiredLine | None = unchanged()
    tags: Tags = unchanged()
    comment: Note = unchanged()


class BlockCustomer(BaseModel):
    """Every key of the customer stops working, for a reason that stays on record."""

    reason: Reason


class FindCustomers(ListQuery):
    """Which customers; `q` is beginnings of words of the company's name, its INN or a reference."""

    inn: Line | None = None
    external_ref1: Line | None = None
    email: Line | None = None
    q: RequiredLine | None = None
    status: Literal["active", "blocked", "archived"] | None = None


class ListCustomers(FindCustomers):
    """Customers as people look for them: `q` is words of the name, contact, INN or note."""

    distributor_id: uuid.UUID | None = None
    responsible: Line | None = None
    sort: Literal["company", "-company", "created_at", "-created_at"] = "company"


class MergeCustomers(BaseModel):
    """The customers that one customer takes in; `dry_run` only says what would move."""

    sources: Annotated[list[uuid.UUID], Field(alias="from", min_length=1, max_length=100)]
    dry_run: bool = False


class CustomerView(BaseModel):
    """A customer; the contacts are null for those who may not see them."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    company: str
    contact_name: str | None
    phone: str | None
    email: str | None
    tech_email: str | None
    inn: str | None
    external_ref1: str | None
    external_ref2: str | None
    distributor_id: uuid.UUID | None
    responsible: str | None
    tags: list[str]
    comment: str
    status: Literal["active", "blocked", "archived"]
    merged_into_id: uuid.UUID | None
    created_at: Instant
    row_version: int


class SavedCustomerView(CustomerView):
    """A customer just saved, and what else it might be: another one has the same INN or e-mail."""

    warnings: list[Literal["DUPLICATE_INN", "DUPLICATE_EMAIL"]] = []


class MergedCustomersView(BaseModel):
    """What came to the survivor, or in a dry run what would come."""

    model_config = ConfigDict(from_attributes=True)

    customer: CustomerView
    sources: Annotated[list[CustomerView], Field(serialization_alias="from")]
    keys: list[str]
    activations: int
    redemptions: int


class CreateDistributor(BaseModel):
    """A partner who sells; `external_guid` is what the vendor's CRM calls it."""

    name: RequiredLine
    email: EmailStr
    external_guid: Reference | None = None


class UpdateDistributor(BaseModel):
    """What is to become of a distributor; what is absent stays."""

    name: RequiredLine = unchanged()
    email: EmailStr = unchanged()
    external_guid: Reference | None = unchanged()
    status: Literal["active", "archived"] = unchanged()


class FindDistributors(ListQuery):
    """Which distributors."""

    external_guid: Line | None = None
    status: Literal["active", "archived"] | None = None


class DistributorView(BaseModel):
    """A distributor; the e-mail is null for those who may not see contacts."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    name: str
    email: str | None
    external_guid: str | None
    status: Literal["active", "archived"]
    created_at: Instant
    row_version: int


def without_contacts(value: Any) -> Any:
    """JSON whose members named like contacts are null, at any depth."""
    if isinstance(value, dict):
        return {
            name: None if name in CONTACTS else without_contacts(item)
            for name, item in value.items()
        }
    return [without_contacts(item) for item in value] if isinstance(value, list) else value
