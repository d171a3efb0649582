"""Base types of text that people type: every schema and form is built from them."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.kit.clock import rfc3339
from app.kit.i18n import N_


def wrong(code: str, message: str) -> PydanticCustomError:
    """A field error with a sentence of our own, an English message id that repeats no input."""
    return PydanticCustomError(code, message, {"own": True})


FORMS: dict[str, str] = {}
"""What texts of a form look like, as message ids, by the pattern."""


def form(pattern: str, message: str, *, max_length: int | None = None) -> StringConstraints:
    """The constraint of a text that has a form; whoever misses it is told the form in words."""
    FORMS[pattern] = message
    return StringConstraints(pattern=pattern, max_length=max_length)


_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_CONTROLS_BUT_TAB_AND_LF = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# They reorder what a person reads without a visible trace (Unicode UAX #9, explicit formatting).
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # neither UTF-8 nor PostgreSQL has them

LINE_MAX = 200
NOTE_MAX = 10_000


def is_text(text: str) -> bool:
    """Whether all of it can be written to a page and into the database."""
    return _NO_TEXT.search(text) is None


def text_of(told: str) -> str:
    """What remains without the rest."""
    return _NO_TEXT.sub("", told)


def _whole(text: str) -> str:
    if not is_text(text):
        raise PydanticCustomError("control_characters", "control characters are not allowed")
    return text


def _line(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if _CONTROLS.search(text) or _BIDI.search(text):
        raise PydanticCustomError("control_characters", "control characters are not allowed")
    return text


def _note(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if _CONTROLS_BUT_TAB_AND_LF.search(text):
        raise PydanticCustomError("control_characters", "control characters are not allowed")
    return text


# The bound stands before and after: what NFC or trimming makes of the text counts,
# and nobody makes us normalise megabytes.
Line = Annotated[
    str,
    StringConstraints(max_length=LINE_MAX * 2),
    AfterValidator(_line),
    StringConstraints(max_length=LINE_MAX),
]
RequiredLine = Annotated[Line, StringConstraints(min_length=1)]
Text = Annotated[str, StringConstraints(max_length=1 << 20), AfterValidator(_note)]
Note = Annotated[Text, StringConstraints(max_length=NOTE_MAX)]
Reason = Annotated[Note, StringConstraints(min_length=5, max_length=500)]
# What is looked up, compared, hashed or decoded as it came, and kept by nobody.
Said = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_whole)]
LongSaid = Annotated[str, StringConstraints(max_length=1 << 20), AfterValidator(_whole)]
# Why a full code is shown once more; "other" has to be explained.
RevealCause = Literal["client_lost", "sending", "checking", "other"]
# What another system calls the same thing.
Reference = Annotated[Line, StringConstraints(min_length=1, max_length=100)]

# Codes that vendors give to their own things: products, extensions, features.
Code = Annotated[
    str,
    form(
        r"^[a-z0-9][a-z0-9-]{0,62}$",
        N_("1 to 63 small Latin letters, digits and hyphens, a letter or digit first"),
    ),
]

# Instants as programs read them in answers.
Instant = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]

PAGE_MAX, PAGE_DEFAULT = 200, 50
BULK_MAX = 10_000
"""Rows that one act of a person may change at once."""


def unchanged() -> Any:
    """A field of a partial update: absent leaves the value alone; null needs a type that has it."""
    return Field(default=None, json_schema_extra=_forget_default)


def _forget_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class ListQuery(BaseModel):
    """What every list may be asked for; its own filters are further fields.

    The days are the vendor's, both inclusive.
    """

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    cursor: LongSaid | None = None
    created_from: date | None = None
    created_to: date | None = None

    def filters(self) -> dict[str, object]:
        """What the rows have to be like, as far as it was said."""
        return self.model_dump(exclude={"limit", "cursor"}, exclude_none=True)


class Reveal(BaseModel):
    """The wish to see a full code again, with its reason."""

    cause: RevealCause
    reason: Reason | None = None

    @model_validator(mode="after")
    def _explain_the_unusual(self) -> Self:
        if self.cause == "other" and self.reason is None:
            raise wrong("reason_needed", N_("Say why, in 5 to 500 characters"))
        return self
