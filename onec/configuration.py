"""Names of configurations: one canonical form, the family and the edition."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Edition(StrEnum):
    """The edition of a 1C configuration, told by the suffix of its name."""

    BASE = "base"
    PROF = "prof"
    CORP = "corp"


# 1C names editions in the configuration's own name: БухгалтерияПредприятияБазовая (also Базовая1)
# and БухгалтерияПредприятияКОРП; ПРОФ has no suffix. A suffix alone is a name, not an edition.
_SUFFIX: Final = re.compile(r"(?<=.)(?:(?P<base>базовая\d*)|корп)\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration as its name tells it; `key` is the family's canonical form, met by rules."""

    name: str
    family: str
    edition: Edition
    key: str

    @classmethod
    def of(cls, typed: str) -> Self:
        """Any text is a name; an unknown one is simply met by no rule."""
        name = spelling(typed)
        family, edition = name, Edition.PROF
        if suffix := _SUFFIX.search(name):
            family = name[: suffix.start()]
            edition = Edition.BASE if suffix["base"] else Edition.CORP
        return cls(name, family, edition, canonical(family))


def spelling(typed: str) -> str:
    """The name as people see it: NFC and nothing invisible, in the letters' own case."""
    return unicodedata.normalize("NFC", "".join(filter(_visible, typed)))


def canonical(typed: str) -> str:
    """The form that names are compared in: the spelling without case.

    1C tells ё from е, and keeps apart what NFKC would merge: neither is folded.
    """
    return unicodedata.normalize("NFC", spelling(typed).casefold())


def _visible(symbol: str) -> bool:
    """Neither white space (NBSP is), nor of the category Cf: BOM and the zero-width characters."""
    return not symbol.isspace() and unicodedata.category(symbol) != "Cf"
