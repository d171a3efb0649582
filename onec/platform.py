"""The 1C:Enterprise platform: minimum versions per branch and compatibility modes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from onec.version import Version, VersionError

_BRANCH: Final = 3
# As 1C spells the enumeration РежимСовместимости / CompatibilityMode in both of its languages,
# and as people write it. The mode that is not used has no number.
_MODE: Final = re.compile(r"(?:версия|version)([0-9]+(?:_[0-9]+){1,2})", re.IGNORECASE)
_MODE_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+){1,2}")
_MODE_NOT_USED: Final = frozenset({"неиспользовать", "dontuse"})


@dataclass(frozen=True, slots=True)
class PlatformMinimum:
    """The lowest platform that fits, one entry per branch (the first three numbers), sorted."""

    entries: tuple[Version, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """From the vendor's list in any order; a branch named twice is a VersionError too."""
        entries = sorted(Version.parse(text) for text in texts)
        if len({_branch(entry) for entry in entries}) != len(entries):
            raise VersionError("one minimum per platform branch")
        return cls(tuple(entries))

    def entry_for(self, platform: Version) -> Version | None:
        """What a platform is measured against: its branch's entry, else the lowest; None is any."""
        for entry in self.entries:
            if _branch(entry) == _branch(platform):
                return entry
        return self.entries[0] if self.entries else None


def _branch(version: Version) -> tuple[int, ...]:
    return version.parts[:_BRANCH]


def mode_not_used(text: str) -> bool:
    """Whether the configuration runs in the mode of the platform itself."""
    return text.casefold() in _MODE_NOT_USED


def compatibility_mode(text: str) -> Version:
    """The version that a mode stands for: `Версия8_3_24`, `Version8_3_24` and `8.3.24` are 8.3.24.

    Raises VersionError for anything else, the mode that is not used included.
    """
    spelled = _MODE.fullmatch(text)
    number = spelled[1].replace("_", ".") if spelled else text
    if not _MODE_NUMBER.fullmatch(number):
        raise VersionError("a compatibility mode looks like Версия8_3_24, Version8_3_24 or 8.3.24")
    return Version(Version.parse(number).key, text)
