"""Keys and coupons as people spell and misspell them; always the same."""

import random
from collections.abc import Callable, Iterator

from wire.codes import ALPHABET, check_symbols

COUNT = 2_000
READ, REFUSED = 1_200, 800
_LATIN, _CYRILLIC = "ABEKMHOPCTYX", "АВЕКМНОРСТУХ"
_KEYS = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", strict=True))
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212_. \u00a0\u2007\u202f\u3000"
_NOTHING = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e"
_TIMES = 100
Change = Callable[[random.Random, str], str]


def codes() -> Iterator[tuple[str, str]]:
    """A code and its canonical text, keys and coupons by turns."""
    chance = random.Random("codes")  # noqa: S311 - the same codes in every run
    while True:
        for prefix in ("DEMO", "DEMOUPD", "OILU", "ROMA"):
            body = "".join(chance.choices(ALPHABET, k=18))
            body += check_symbols(body)
            yield prefix + body, "-".join((prefix, *(body[at : at + 5] for at in range(0, 20, 5))))


def spelled(chance: random.Random, text: str) -> Iterator[str]:
    """Twelve ways to write one code."""
    plain = text.replace("-", "")
    yield text.lower()
    yield "".join(symbol.swapcase() if chance.random() < 0.5 else symbol for symbol in text)
    yield _replaced(chance, text, dict(zip(_LATIN, _CYRILLIC, strict=True)))
    yield _replaced(chance, text, dict(zip(_LATIN, _CYRILLIC, strict=True))).lower()
    yield "".join(_KEYS.get(symbol, symbol) for symbol in text)
    yield "".join(_KEYS.get(symbol, symbol) for symbol in text).lower()
    yield "".join(chance.choice(_DASHES) if symbol == "-" else symbol for symbol in text)
    yield "".join(symbol + chance.choice(("", *_NOTHING)) for symbol in text)
    yield plain
    yield "".join(symbol + chance.choice(("", "", "-", " ")) for symbol in plain)
    yield "".join(chr(ord(symbol) + 0xFEE0) if symbol != "-" else symbol for symbol in text)
    yield f"\r\n\t «{text}» \n".replace("«", "").replace("»", "")


def _replaced(chance: random.Random, text: str, table: dict[str, str]) -> str:
    return "".join(table.get(each, each) if chance.random() < 0.5 else each for each in text)


def _other(chance: random.Random, symbol: str) -> str:
    return chance.choice([each for each in ALPHABET if each != symbol])


def one_wrong(chance: random.Random, body: str) -> str:
    at = chance.randrange(len(body))
    return body[:at] + _other(chance, body[at]) + body[at + 1 :]


def swapped(distance: int) -> Change:
    def swap(chance: random.Random, body: str) -> str:
        places = [at for at in range(len(body) - distance) if body[at] != body[at + distance]]
        at = chance.choice(places)
        symbols = list(body)
        symbols[at], symbols[at + distance] = symbols[at + distance], symbols[at]
        return "".join(symbols)

    return swap


def twins(chance: random.Random, body: str) -> str:
    at = chance.randrange(len(body) - 1)
    twin = _other(chance, body[at])
    return (
        body[:at] + twin * 2 + body[at + 2 :]
        if body[at] == body[at + 1]
        else one_wrong(chance, body)
    )


def short(chance: random.Random, body: str) -> str:
    at = chance.randrange(len(body))
    return body[:at] + body[at + 1 :]


def long(chance: random.Random, body: str) -> str:
    at = chance.randrange(len(body))
    return body[:at] + chance.choice(ALPHABET) + body[at:]


def foreign(chance: random.Random, body: str) -> str:
    at = chance.randrange(len(body))
    return body[:at] + chance.choice("Uu!@#$Ж€²½٣\0\ud800\U0001f384") + body[at + 1 :]


def turned(_: random.Random, body: str) -> str:
    return body[::-1] if body != body[::-1] else body[1:]


MISTAKES: tuple[Change, ...] = (
    one_wrong, swapped(1), swapped(2), twins, short, long, foreign, turned,
)  # fmt: skip


def readable() -> list[tuple[str, str]]:
    """What a person wrote, and which code that is."""
    chance, source = random.Random("spelled"), codes()  # noqa: S311 - as above
    return [
        (typed, text)
        for _ in range(_TIMES)
        for _, text in (next(source),)
        for typed in spelled(chance, text)
    ]


def mistyped() -> list[str]:
    """What is one slip away from a code, and is none."""
    chance, source = random.Random("mistyped"), codes()  # noqa: S311 - as above
    made = []
    for mistake in MISTAKES:
        for _ in range(_TIMES):
            plain, _ = next(source)
            prefix, body = plain[:-20], plain[-20:]
            made.append(f"{prefix}-{mistake(chance, body)}")
    return made
