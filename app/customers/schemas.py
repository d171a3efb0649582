"""Commands about customers."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, EmailStr, StringConstraints

from app.kit.fields import Line, Note, RequiredLine, wrong
from app.kit.i18n import N_

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


Inn = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}([0-9]{2})?$"), AfterValidator(_inn)]
Phone = Annotated[Line, StringConstraints(max_length=50)]
Reference = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


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
    comment: Note = ""
