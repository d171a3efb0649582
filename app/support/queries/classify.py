"""What a pasted text is, told from the text alone: a code, an id, a number, or words."""

import re
import uuid
from dataclasses import dataclass
from enum import StrEnum

from app.kit.networks import kept_of
from wire import codes
from wire.codes import ALPHABET, Code, CodeKind, MalformedCodeError

_PASTED_MAX = 200
_HINT = re.compile(rf"(?:.*[-…])?([{ALPHABET}]{{5}})")
_INN = re.compile(r"\d{10}(?:\d{2})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s()-]{7,20}")
_REQUEST = re.compile(r"[A-Za-z0-9._-]{8,64}")
_GROUPED = re.compile(r"\S{4,7}(?:[\s\W_]\S{5}){4}")
_FOLDS = str.maketrans("OIL", "011")


class Shape(StrEnum):
    """The forms that lead to different look-ups."""

    NOTHING = "nothing"
    KEY = "key"
    COUPON = "coupon"
    MISTYPED = "mistyped"
    ID = "id"
    ADDRESS = "address"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A text as it will be looked for; what is not there does not come into question."""

    shape: Shape
    text: str = ""
    code: Code | None = None
    legacy: Code | None = None
    """A key of another system; such have no check symbols."""
    id: uuid.UUID | None = None
    request_id: str | None = None
    inn: str | None = None
    email: str | None = None
    phone: str | None = None
    """Digits only."""
    hint_end: str | None = None
    """The five symbols that people see of a code."""
    network: str | None = None


def classify(pasted: str) -> Looked:
    """What it is; nothing is asked of anybody."""
    text = _visible(pasted).strip()[:_PASTED_MAX]
    if not text:
        return Looked(shape=Shape.NOTHING)
    return _code(text) or _id(text) or _address(text) or _words(text)


def _visible(text: str) -> str:
    """What a person sees of it: no control characters, any white space as a space."""
    spaced = (" " if symbol.isspace() else symbol for symbol in text)
    return "".join(symbol for symbol in spaced if symbol.isprintable())


def _code(text: str) -> Looked | None:
    for kind, shape in ((CodeKind.KEY, Shape.KEY), (CodeKind.COUPON, Shape.COUPON)):
        try:
            return Looked(shape=shape, text=text, code=codes.normalise(text, kind))
        except MalformedCodeError:
            continue
    if codes.shape_of(text) is None or _as_id(text):
        return None
    legacy = None if _GROUPED.fullmatch(text) else _legacy(text)
    return Looked(shape=Shape.MISTYPED, text=text, legacy=legacy)


def _legacy(text: str) -> Code | None:
    try:
        return codes.normalise_legacy(text)
    except MalformedCodeError:
        return None


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None


def _id(text: str) -> Looked | None:
    found = _as_id(text)
    return Looked(shape=Shape.ID, text=text, id=found, request_id=text) if found else None


def _address(text: str) -> Looked | None:
    """An address, or the network that is kept of one: /24, of IPv6 /48."""
    if "." not in text and ":" not in text:
        return None
    network = kept_of(text)
    return Looked(shape=Shape.ADDRESS, text=text, network=str(network)) if network else None


def _words(text: str) -> Looked:
    hint = _HINT.fullmatch(text.upper().translate(_FOLDS))
    digits = re.sub(r"\D", "", text)
    return Looked(
        shape=Shape.TEXT,
        text=text,
        legacy=_legacy(text),
        request_id=text if _REQUEST.fullmatch(text) else None,
        inn=text if _INN.fullmatch(text) else None,
        email=text if _EMAIL.fullmatch(text) else None,
        phone=digits if _PHONE.fullmatch(text) else None,
        hint_end=hint[1] if hint else None,
    )
