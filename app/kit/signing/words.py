"""A 256-bit secret as lines of words that people write down and type in again."""

import re
from collections.abc import Sequence

from wire.codes import ALPHABET, check_symbols

LINES = 4
_BYTES, _BITS, _SYMBOLS, _WORD = 32, 5, 13, 5
_FOLDS = str.maketrans("OIL", "011")


class WrongWordsError(ValueError):
    """Lines, counted from 1, that were not written down or not typed right."""

    def __init__(self, lines: Sequence[int]) -> None:
        super().__init__(f"wrong lines: {', '.join(map(str, lines))}")
        self.lines = tuple(lines)


def to_words(secret: bytes) -> list[str]:
    """Four lines of three words: 13 symbols of the secret and 2 that check them and their place.

    52 symbols of Crockford's base 32 hold 260 bits; the first four are zero.
    """
    if len(secret) != _BYTES:
        raise ValueError("32 bytes are written as words")
    number = int.from_bytes(secret)
    shifts = range((LINES * _SYMBOLS - 1) * _BITS, -1, -_BITS)
    symbols = "".join(ALPHABET[number >> shift & 31] for shift in shifts)
    return [_line(n, symbols[n * _SYMBOLS :][:_SYMBOLS]) for n in range(LINES)]


def from_words(lines: Sequence[str]) -> bytes:
    """The secret, or WrongWordsError; case, spaces and dashes do not matter, O is 0, I and L are 1.

    1021, the modulus of the check, is prime: a line with one wrong symbol is always found. So is
    a line in another line's place, because its number is checked like a symbol.
    """
    given = [re.sub(r"[\s-]", "", line).upper().translate(_FOLDS) for line in lines]
    given += [""] * (LINES - len(given))
    wrong = [n for n, line in enumerate(given) if not _is_sound(n, line)]
    if wrong:
        raise WrongWordsError([n + 1 for n in wrong])
    number = 0
    for symbol in "".join(line[:_SYMBOLS] for line in given):
        number = number << _BITS | ALPHABET.index(symbol)
    try:
        return number.to_bytes(_BYTES)
    except OverflowError:  # well checked and never written by us
        raise WrongWordsError([1]) from None


def _line(n: int, symbols: str) -> str:
    text = symbols + check_symbols(f"{n + 1}{symbols}")
    return " ".join(text[at : at + _WORD] for at in range(0, len(text), _WORD))


def _is_sound(n: int, line: str) -> bool:
    return (
        n < LINES
        and set(line) <= set(ALPHABET)
        and len(line) == _SYMBOLS + 2
        and line[_SYMBOLS:] == check_symbols(f"{n + 1}{line[:_SYMBOLS]}")
    )
