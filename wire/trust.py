"""What a vendor signs about a release, where it stands, and how people compare roots."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import NamedTuple

from wire.codec import WireError, from_dict, to_dict
from wire.codes import ALPHABET

CUSTOM_MAX = 2_048  # bytes of the canonical JSON of one target's custom data
CUSTOM_FORMAT = 1
_CODE, _VERSION = r"[a-z0-9][a-z0-9-]{0,62}", r"[0-9]{1,5}(?:\.[0-9]{1,5}){0,3}"
_PATH = re.compile(rf"ext/({_CODE})/({_VERSION})/([a-z0-9][a-z0-9._-]{{0,99}}\.cfe)")
_FINGERPRINT_BITS, _GROUPS, _GROUP = 160, 8, 4
_FOLDS = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Trust:
    """The vendor's TUF repository at the moment of the answer."""

    repository: str  # id of the repository
    timestamp_version: int  # older metadata than this come from a stale mirror


class InstallFlag(StrEnum):
    """What installing a release asks for; the names are those of the offer."""

    EXCLUSIVE_REQUIRED = "exclusive_required"
    SAFE_MODE_OFF_REQUIRED = "safe_mode_off_required"
    UNSAFE_ACTION_PROTECTION_OFF = "unsafe_action_protection_off"
    RESTART_REQUIRED = "restart_required"
    BACKUP_REQUIRED = "backup_required"


class TargetStatus(StrEnum):
    """A pause is the server's own and stays signed as published."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class TargetCustom:
    """Everything signed about a release besides length and SHA-256: enough to match offline."""

    ext: str  # code of the extension
    name: str  # 1C name inside the .cfe
    uuid: str  # of the root object inside the .cfe
    ver: str  # our version, the only order of releases
    file_ver: str  # text inside the .cfe, compared for equality and never ordered
    channel: str  # a value of wire.extensions.Channel
    rules_v: int  # number of the rule set
    rules: list[dict[str, object]]  # as the interface has them, defaults left out
    purpose: str  # a value of wire.extensions.Purpose
    published_at: str
    status: TargetStatus
    v: int = CUSTOM_FORMAT  # of this very format
    flags: list[InstallFlag] = field(default_factory=list)  # those that are on
    conflicts: list[str] = field(default_factory=list)  # 1C names to remove first
    requires: list[str] = field(default_factory=list)  # 1C names to install first
    via: str | None = None  # oldest installed version that may be replaced
    critical: bool = False
    eula: str | None = None  # SHA-256 of the Russian text
    rollback_to: str | None = None  # version that replaces this one

    @property
    def is_unsafe(self) -> bool:
        """Whether it switches off a protection of the infobase."""
        off = {InstallFlag.SAFE_MODE_OFF_REQUIRED, InstallFlag.UNSAFE_ACTION_PROTECTION_OFF}
        return not off.isdisjoint(self.flags)


class CustomTooLargeError(ValueError):
    """More than CUSTOM_MAX bytes would be signed about one release."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes of custom data, at most {CUSTOM_MAX} fit")
        self.size = size


_LEFT_OUT: dict[str, object] = {
    each.name: [] if each.default is MISSING else each.default
    for each in fields(TargetCustom)
    if (each.default, each.default_factory) != (MISSING, MISSING) and each.name != "v"
}


def write_custom(custom: TargetCustom) -> dict[str, object]:
    """The JSON object to sign, defaults left out; CustomTooLargeError above CUSTOM_MAX."""
    said = to_dict(custom)
    kept = {name: said[name] for name in said if _LEFT_OUT.get(name, MISSING) != said[name]}
    size = len(canonical(kept))
    if size > CUSTOM_MAX:
        raise CustomTooLargeError(size)
    return kept


def read_custom(value: object) -> TargetCustom:
    """The custom data of a verified target, or WireError; members not known yet are ignored."""
    custom = from_dict(TargetCustom, value)
    if custom.v != CUSTOM_FORMAT:
        raise WireError("/v", "is of another format")
    return custom


def rule_without_defaults(rule: Mapping[str, object]) -> dict[str, object]:
    """A row of compatibility rules with only what it restricts."""
    return {
        name: value
        for name, value in rule.items()
        if value not in (None, "", []) and _RULE_DEFAULTS.get(name) != value
    }


_RULE_DEFAULTS: dict[str, object] = {
    "effect": "allow",
    "editions": ["prof"],
    "infobase_kind": "any",
}


def canonical(value: object) -> bytes:
    """JSON in one only way: sorted members, no spaces, UTF-8, only `\\` and `"` escaped.

    The "Canonical JSON" of OLPC, over which TUF signs; there are no fractions in it.
    ValueError for what it cannot say.
    """
    try:
        return _canonical(value).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _canonical(value: object) -> str:
    match value:
        case None | bool() | int():
            return json.dumps(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case list():
            return f"[{','.join(map(_canonical, value))}]"
        case dict():
            members = [f"{_canonical(name)}:{_canonical(value[name])}" for name in sorted(value)]
            return f"{{{','.join(members)}}}"
        case _:
            raise ValueError(f"{type(value).__name__} has no canonical JSON")


class TargetPath(NamedTuple):
    """Where a release stands in its vendor's repository."""

    extension: str  # code
    version: str  # as typed
    file: str  # name made by the server, ASCII

    @property
    def text(self) -> str:
        """`ext/<code>/<version>/<file>.cfe`."""
        return f"ext/{self.extension}/{self.version}/{self.file}"


def target_path(extension: str, version: str) -> str:
    """The path of a release's file; ValueError for what no extension or version looks like."""
    return parse_target_path(f"ext/{extension}/{version}/{extension}.cfe").text


def parse_target_path(text: str) -> TargetPath:
    """The parts of a path, or ValueError."""
    found = _PATH.fullmatch(text)
    if found is None:
        raise ValueError("no path of a release")
    return TargetPath(*found.groups())


def fingerprint(signed: bytes) -> str:
    """What people compare of a root: `XXXX-XXXX-…`, 8 groups of 4 Crockford symbols.

    The first 160 bits of SHA-256 over the canonical bytes of the root's `signed` part.
    """
    number = int.from_bytes(hashlib.sha256(signed).digest()) >> 256 - _FINGERPRINT_BITS
    shifts = range(_FINGERPRINT_BITS - 5, -1, -5)
    return _grouped("".join(ALPHABET[number >> shift & 31] for shift in shifts))


def root_fingerprint(root: Mapping[str, object]) -> str:
    """The fingerprint of a root.json, recomputed from what it holds."""
    return fingerprint(canonical(root["signed"]))


def read_fingerprint(text: str) -> str:
    """A fingerprint as people type it, or ValueError; O is 0, I and L are 1."""
    symbols = re.sub(r"[\s-]", "", text).upper().translate(_FOLDS)
    if len(symbols) != _GROUPS * _GROUP or not set(symbols) <= set(ALPHABET):
        raise ValueError("a fingerprint is 8 groups of 4 symbols")
    return _grouped(symbols)


def _grouped(symbols: str) -> str:
    return "-".join(symbols[at : at + _GROUP] for at in range(0, len(symbols), _GROUP))
