"""The codes people type: licence keys and coupons, forgiving about looks, strict about content.

A key is `PPPP-XXXXX-XXXXX-XXXXX-XXXXX`, a coupon `PPPPUPD-XXXXX-…`: the vendor's prefix, then 18
random symbols (90 bits) and 2 check symbols over them. The alphabet is Crockford's base 32.
A key that was taken over from another system is any 16 to 64 of A-Z and 0-9.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from wire.problems import ProblemCode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

_PREFIX, _RANDOM, _BODY, _GROUP = 4, 18, 20, 5
_KEY_LENGTH = _PREFIX + _BODY
_DIGITS = 2  # all but one in two hundred codes have as many
_COUPON_MARK = "UPD"
_LEGACY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LEGACY_LENGTHS = range(16, 65)
# a prime at which each usual slip moves the remainder: one wrong symbol, two neighbours swapped,
# two swapped around a third, a doubled symbol mistyped twice
_MODULUS = 1021

# far above any real code with separators, far below what normalising could make expensive
_LONGEST_INPUT = 200
# the last two have the Unicode property Dash, though not the category
_SEPARATORS = frozenset("_.\N{MINUS SIGN}\N{SWUNG DASH}")

_ASCII_SEPARATORS = dict.fromkeys(
    [at for at in range(128) if chr(at) in {*_SEPARATORS, "-"} or chr(at).isspace()]
)

_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
_KEYBOARD = str.maketrans("ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", "QWERTYUIOPASDFGHJKLZXCVBNM")
_BODY_FOLDS = str.maketrans("OIL", "011")
# of a root of trust: public, compared by eye, and in one of a few hundred a code seems to begin
_FINGERPRINT = re.compile(rf"(?<![-\w])(?:[{ALPHABET}]{{4}}-){{7}}[{ALPHABET}]{{4}}(?![-\w])")


class CodeKind(StrEnum):
    """What a code is for."""

    KEY = "key"
    COUPON = "coupon"


@dataclass(frozen=True, slots=True)
class Code:
    """A well-formed code; whether it exists only the server knows."""

    kind: CodeKind
    text: str = field(repr=False)  # canonical ASCII with hyphens: the secret itself

    @property
    def hint(self) -> str:
        """What may be shown and logged: `DEMO-…-567C7`; of another system's code only the end."""
        prefix, separator, _ = self.text.partition("-")
        end = f"…-{self.text[-_GROUP:]}"
        return f"{prefix}-{end}" if separator else end

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text, to store and look up; 90 random bits need no pepper."""
        return hashlib.sha256(self.text.encode("ascii")).digest()


class MalformedCodeError(ValueError):
    """Text that is no code of the kind asked for; found without asking anybody.

    `code` is KEY_MALFORMED or COUPON_MALFORMED. `given` is the other kind where the text is a
    sound code of that kind, else None. The text itself is not kept.
    """

    def __init__(self, wanted: CodeKind, given: CodeKind | None) -> None:
        is_key = wanted is CodeKind.KEY
        self.code = ProblemCode.KEY_MALFORMED if is_key else ProblemCode.COUPON_MALFORMED
        self.given = given
        super().__init__(self.code)


def normalise(text: str, kind: CodeKind) -> Code:
    """Read a code as people type it, or raise MalformedCodeError.

    Letters that look alike in Cyrillic count as Latin; else the whole text may have been typed
    with the Russian keyboard on. Codes of other systems are `normalise_legacy`'s.
    """
    plain = _strip(text)
    code = _read(plain.translate(_LOOK_ALIKES)) or _read(plain.translate(_KEYBOARD))
    if code is None:
        raise MalformedCodeError(kind, None)
    if code.kind is not kind:
        raise MalformedCodeError(kind, code.kind)
    return code


def normalise_legacy(text: str) -> Code:
    """Read a key of another system as people type it, or raise MalformedCodeError.

    Nothing but the shape can be checked. O is not 0 and I is not 1 here: foreign alphabets use
    all 36 symbols.
    """
    plain = _strip(text).translate(_LOOK_ALIKES)
    if len(plain) not in _LEGACY_LENGTHS or not _LEGACY.issuperset(plain):
        raise MalformedCodeError(CodeKind.KEY, None)
    return Code(CodeKind.KEY, plain)


def hide_codes(text: str, instead: str) -> str:
    """The text with every code in it replaced, however people spelled it there.

    The check symbols decide; two digits are asked for besides, so that words of prose are none.
    Fingerprints of roots stay.
    """
    if len(text) < _KEY_LENGTH:
        return text
    public = [found.span() for found in _FINGERPRINT.finditer(text)]
    places = [at for at, symbol in enumerate(text) if _matters(symbol)]
    plain = "".join(_folded(text[at]) for at in places)
    hidden, done = [], 0
    for first, last in _codes_in(plain, places, text):
        if first >= done and not any(first < end and last >= start for start, end in public):
            hidden += [text[done:first], instead]
            done = last + 1
    return "".join([*hidden, text[done:]])


def _codes_in(plain: str, places: list[int], text: str) -> Iterator[tuple[int, int]]:
    """Where in the text the codes begin and end; they begin where a word does."""
    for start, at in enumerate(places[: 1 - _KEY_LENGTH or None]):
        if at and text[at - 1].isalnum():
            continue
        for length in (_KEY_LENGTH + len(_COUPON_MARK), _KEY_LENGTH):
            part = plain[start : start + length]
            if len(part) == length and _is_code(part):
                yield at, places[start + length - 1]
                break


def _is_code(plain: str) -> bool:
    if sum(map(str.isdigit, plain)) < _DIGITS:
        return False
    return any(_read(plain.translate(table)) for table in (_LOOK_ALIKES, _KEYBOARD))


def tail(text: str) -> str:
    """The last five symbols of a code or of its hint, as people type them."""
    plain = "".join(symbol for symbol in text.upper() if symbol.isalnum())
    return plain.translate(_LOOK_ALIKES)[-_GROUP:]


def new_code(
    kind: CodeKind, prefix: str, random: Callable[[int], bytes] = secrets.token_bytes
) -> Code:
    """Make a fresh code; `prefix` is the vendor's, four letters A-Z.

    Raises ValueError for any other prefix. `random` gives that many uniform bytes.
    """
    if not _is_prefix(prefix):
        raise ValueError("a prefix is four letters A-Z")
    # 256 is a multiple of 32: every symbol is equally likely
    symbols = "".join(ALPHABET[byte % len(ALPHABET)] for byte in random(_RANDOM))
    return _code(kind, prefix, symbols + check_symbols(symbols))


def check_symbols(symbols: str) -> str:
    """Compute the two symbols that follow these."""
    number = 0
    for symbol in symbols:
        number = number * len(ALPHABET) + _VALUES[symbol]
    high, low = divmod(number % _MODULUS, len(ALPHABET))
    return ALPHABET[high] + ALPHABET[low]


def _strip(text: str) -> str:
    """Drop what only separates, and the differences of width and case."""
    if len(text) > _LONGEST_INPUT:
        return ""
    if text.isascii():  # the same, at once
        return text.translate(_ASCII_SEPARATORS).upper()
    return "".join(filter(_matters, unicodedata.normalize("NFKC", text))).upper()


def _folded(symbol: str) -> str:
    """The symbol without differences of width and case; what falls into several stays."""
    folded = unicodedata.normalize("NFKC", symbol).upper()
    return folded if len(folded) == 1 else symbol


def _matters(symbol: str) -> bool:
    # Cf: soft hyphen, zero-width characters, byte order mark; Pd: dashes
    separates = unicodedata.category(symbol) in {"Cf", "Pd"} or symbol in _SEPARATORS
    return not separates and not symbol.isspace()


def _read(text: str) -> Code | None:
    """Read a code without separators."""
    head, body = text[:-_BODY], text[-_BODY:].translate(_BODY_FOLDS)
    prefix, mark = head[:_PREFIX], head[_PREFIX:]
    kind = {"": CodeKind.KEY, _COUPON_MARK: CodeKind.COUPON}.get(mark)
    if kind is None or not _is_prefix(prefix) or not _is_body(body):
        return None
    return _code(kind, prefix, body)


def shape_of(text: str) -> CodeKind | None:
    """The kind of code that the text has the form of, its check symbols aside; or None.

    Who mistyped a code is told so, and nobody is asked for it.
    """
    plain = _strip(text)
    found = (_form(plain.translate(table)) for table in (_LOOK_ALIKES, _KEYBOARD))
    return next((kind for kind in found if kind is not None), None)


def _form(text: str) -> CodeKind | None:
    head, body = text[:-_BODY], text[-_BODY:].translate(_BODY_FOLDS)
    kind = {"": CodeKind.KEY, _COUPON_MARK: CodeKind.COUPON}.get(head[_PREFIX:])
    looks_so = _is_prefix(head[:_PREFIX]) and len(body) == _BODY and _VALUES.keys() >= set(body)
    return kind if looks_so else None


def _is_prefix(text: str) -> bool:
    return len(text) == _PREFIX and _LETTERS.issuperset(text)


def _is_body(text: str) -> bool:
    return (
        len(text) == _BODY
        and _VALUES.keys() >= set(text)
        and check_symbols(text[:_RANDOM]) == text[_RANDOM:]
    )


def _code(kind: CodeKind, prefix: str, body: str) -> Code:
    mark = _COUPON_MARK if kind is CodeKind.COUPON else ""
    groups = [body[at : at + _GROUP] for at in range(0, _BODY, _GROUP)]
    return Code(kind, "-".join([prefix + mark, *groups]))
