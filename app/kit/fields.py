"""Base types of text that people type: every schema and form is built from them."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_CONTROLS_BUT_TAB_AND_LF = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# They reorder what a person reads without a visible trace (Unicode UAX #9, explicit formatting).
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")

LINE_MAX = 200
NOTE_MAX = 10_000


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

# Codes that vendors give to their own things: products, extensions, features.
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
