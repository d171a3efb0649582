"""Numeric versions of one to four parts: parsing, total order, rule ends and one signed key."""

import re
from dataclasses import dataclass, field
from typing import Final, Self

PARTS: Final = 4
MAX_FIRST: Final = 32_767
MAX_PART: Final = 65_535
MAX_KEY: Final = 2**63 - 1

_BITS: Final = 16
# `[0-9]`, never `\d`: full-width and Arabic digits are no version. `fullmatch`, never `$`:
# `$` would let a final line feed through.
_NUMERIC: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5}){0,3}")


class VersionError(ValueError):
    """Text that is no version, rule end or exclusion where one is required."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version of our releases, of a configuration or of the platform, compared by its key.

    The key holds 16 bits per part, so that one signed 64-bit column orders versions as tuples of
    integers do. A decimal weight does not: with 1,000 per part 8.3.26.1498 equals 8.3.27.498.
    Missing parts are 0, hence 1.2 equals 1.2.0. `text` stays as typed, for people.
    """

    key: int
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A version of one to four parts: ours, or the lower end of a rule. Raises VersionError."""
        return cls(_key(_parts(text)), text)

    @classmethod
    def known(cls, text: str) -> Self | None:
        """A customer's version of exactly four parts; None is an answer: the version is unknown.

        Configurations outside the standard library hold any text there, none of it an error.
        """
        try:
            parts = _parts(text)
        except VersionError:
            return None
        return cls(_key(parts), text) if len(parts) == PARTS else None

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """All four parts, the missing ones as 0."""
        key = self.key
        return key >> 48, key >> 32 & MAX_PART, key >> 16 & MAX_PART, key & MAX_PART

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions of `[from_key, end)`; `text` is what the vendor typed for it."""

    from_key: int
    end: int
    text: str = field(compare=False)

    @classmethod
    def up_to(cls, text: str) -> Self:
        """Everything up to an inclusive upper end; `3.0` and `3.0.*` reach to the end of 3.0."""
        parts = _parts(text.removesuffix(".*"))
        if text.endswith(".*") and len(parts) == PARTS:
            raise VersionError("an upper end has at most four parts")
        return cls(0, _end(parts), text)

    @classmethod
    def exclusion(cls, text: str) -> Self:
        """One excluded version of four parts, or all that begin so: `3.0.155.*`."""
        prefix = text.removesuffix(".*")
        parts = _parts(prefix)
        if (prefix == text) != (len(parts) == PARTS):
            raise VersionError("an exclusion is a four-part version or a prefix ending in .*")
        return cls(_key(parts), _end(parts), text)

    @classmethod
    def between(cls, first: str, last: str) -> Self:
        """Both ends inclusive, both may be short; with the ends swapped nothing is inside."""
        return cls(Version.parse(first).key, cls.up_to(last).end, f"{first} … {last}")

    @property
    def to_key(self) -> int:
        """The end as a bigint column can hold it: 2⁶³ - 1 stands for "no end"."""
        return min(self.end, MAX_KEY)

    def __contains__(self, version: Version) -> bool:
        return self.from_key <= version.key < self.end


def _parts(text: str) -> tuple[int, ...]:
    if not _NUMERIC.fullmatch(text):
        raise VersionError("a version is one to four numbers with dots between them")
    parts = tuple(int(part) for part in text.split("."))
    if parts[0] > MAX_FIRST or max(parts) > MAX_PART:
        raise VersionError(f"parts reach {MAX_PART}, the first one {MAX_FIRST}")
    return parts


def _key(parts: tuple[int, ...]) -> int:
    key = 0
    for part in parts:
        key = key << _BITS | part
    return key << _BITS * (PARTS - len(parts))


def _end(parts: tuple[int, ...]) -> int:
    """The key behind the last version that begins with these parts: one more in the last, carried.

    At most 2⁶³, one more than a bigint holds; it is kept exact here and cut in `to_key`.
    """
    return _key(parts) + (1 << _BITS * (PARTS - len(parts)))
