"""What is whose in the dataset, by arithmetic: a load client knows every key without asking."""

import uuid
from dataclasses import dataclass
from hashlib import sha256

from wire.codes import ALPHABET, check_symbols

MAIN_LINES, OTHER_LINES = 10, 5
"""Products, each with one extension, of the main vendor and of every other."""
HELD = 3
"""Products in a key."""
CONFIGURATIONS = (
    ("БухгалтерияПредприятия", "3.0"),
    ("УправлениеТорговлей", "11.5"),
    ("ЗарплатаИУправлениеПерсоналом", "3.1"),
    ("Розница", "2.3"),
)
FITS = 3
"""Neighbouring releases of an extension that fit one version of a configuration."""
FIRST_BUILD = 100
BLOCKED = 50
"""Every so many keys one is suspended: 2 %."""
_CHUNK = 15  # bits of three symbols
_TRIPLES = [a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET]
_SPREAD = 0x2F0B4C47A9D6E1835C94D7B  # odd, so that no two numbers give one code
_WIDTH = 90


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is of everything."""

    keys: int
    vendors: int = 100
    releases: int = 5_000

    @property
    def customers(self) -> int:
        """Each has two keys."""
        return self.keys // 2

    @property
    def downloads(self) -> int:
        """All of the main vendor, as are the events."""
        return 5 * self.keys

    @property
    def main_releases(self) -> int:
        """A tenth of the releases is the main vendor's."""
        return self.releases // 10 if self.vendors > 1 else self.releases

    def ordinals(self, vendor: int) -> int:
        """How many releases each extension of a vendor has, at least."""
        if vendor == 1:
            return self.main_releases // MAIN_LINES
        return (self.releases - self.main_releases) // (self.vendors - 1) // OTHER_LINES

    def vendor_of_customer(self, customer: int) -> int:
        """Nine of ten customers are the main vendor's, number 1."""
        if self.vendors == 1 or customer % 10:
            return 1
        return 2 + (customer // 10 - 1) % (self.vendors - 1)

    def vendor_of(self, key: int) -> int:
        return self.vendor_of_customer((key + 1) // 2)


def mixed(number: int) -> int:
    """16 bits that look random; the statements of the dataset compute the same."""
    return (number * 2_654_435_761 % (1 << 32)) >> 16


def ident(kind: str, number: int) -> uuid.UUID:
    """The id of the n-th row of a kind, two hexadecimal digits."""
    return uuid.UUID(f"01900000-00{kind}-7000-8000-{number:012x}")


def lines_of(vendor: int) -> range:
    """Numbers of a vendor's products and extensions."""
    if vendor == 1:
        return range(1, MAIN_LINES + 1)
    first = MAIN_LINES + (vendor - 2) * OTHER_LINES
    return range(first + 1, first + OTHER_LINES + 1)


def held_by(scale: Scale, key: int) -> list[int]:
    """Numbers of the products in a key."""
    lines = lines_of(scale.vendor_of(key))
    return [lines[(mixed(key) + step) % len(lines)] for step in range(HELD)]


def is_blocked(key: int) -> bool:
    return key % BLOCKED == 7


def prefix_of(vendor: int, main: str) -> str:
    """What begins the codes of a vendor."""
    if vendor == 1:
        return main
    letters = (vendor // 676 % 26, vendor // 26 % 26, vendor % 26)
    return "B" + "".join(chr(ord("A") + letter) for letter in letters)


def code_of(number: int, head: str) -> str:
    """The n-th code behind a prefix, with its check symbols."""
    value = number * _SPREAD % (1 << _WIDTH)
    shifts = range(_WIDTH - _CHUNK, -1, -_CHUNK)
    symbols = "".join(_TRIPLES[value >> shift & 0x7FFF] for shift in shifts)
    body = symbols + _checks(symbols, value)
    return f"{head}-{body[:5]}-{body[5:10]}-{body[10:15]}-{body[15:]}"


def digest_of(code: str) -> bytes:
    return sha256(code.encode("ascii")).digest()


def _checks(symbols: str, value: int) -> str:
    known = _CHECKS.get(value % _PRIME)
    if known is None:
        known = _CHECKS[value % _PRIME] = check_symbols(symbols)
    return known


_PRIME = 1021  # the check symbols depend on the remainder alone
_CHECKS: dict[int, str] = {}


@dataclass(frozen=True, slots=True)
class Environment:
    """The infobase that asks with a key, and what it should be offered."""

    configuration: str
    version: str
    ordinal: int
    """The highest release of each of its extensions that fits."""


def environment_of(scale: Scale, key: int) -> Environment:
    bits = mixed(key)
    name, branch = CONFIGURATIONS[bits // 10 % len(CONFIGURATIONS)]
    ordinal = 1 + bits // 40 % scale.ordinals(scale.vendor_of(key))
    return Environment(name, f"{branch}.{FIRST_BUILD + ordinal}.7", ordinal)
