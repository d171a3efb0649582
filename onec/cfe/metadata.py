"""What the root entry says of the extension: name, version, vendor, purpose, compatibility."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from onec.cfe.braces import Quoted, Value, dig
from onec.cfe.errors import BadCfe

SECTION = "9cd510cd-abfc-11d4-9434-004095e12fc7"
"""The section of the root entry that describes the configuration itself."""

KNOWN_FORMATS = range(52, 69)
PURPOSES = ("Patch", "Customization", "AddOn")

# Positions in the list of the section; equal in all known formats.
HEADER, VENDOR, VERSION, PREFIX, COMPATIBILITY, PURPOSE, KEEP_MAPPING = 1, 14, 15, 42, 43, 44, 49

_NUMBER = re.compile(r"[0-9]{1,9}")
_COMPATIBILITY = re.compile(r"(8)([0-9]{2})([0-9]{2})")
_IDENTIFIER = re.compile(r"[^\W\d]\w{0,127}")


@dataclass(frozen=True, slots=True)
class Strings:
    """Texts exactly as the file has them: for equality with an infobase, never for display."""

    name: str
    synonym: Mapping[str, str]
    comment: str
    vendor: str
    version: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Metadata:
    format: int
    raw: Strings
    compatibility: str
    """As people write it: `8.3.14`."""
    purpose: str
    """In 1C's spelling, one of `PURPOSES`."""
    keep_mapping: bool | None
    """Objects are matched with the extended ones by id; None in formats before 56."""


def read_metadata(root: Value | None) -> Metadata:
    """From the parsed root entry; raises `BadCfe`, UNKNOWN_FORMAT when it makes no sense."""
    body = dig(_section(root), 1, 1)
    number = dig(body, 0)
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise _no_metadata()
    storage_format = int(number)
    metadata = _read_body(body, storage_format)
    if metadata is not None:
        return metadata
    if storage_format in KNOWN_FORMATS:
        raise _no_metadata()
    raise BadCfe("UNKNOWN_FORMAT", number)


def for_people(text: str) -> str:
    """Untrusted text made fit to be shown: NFC, nothing invisible, at most 255 characters."""
    return "".join(map(_visible, unicodedata.normalize("NFC", text)))[:255]


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    # Marks of direction and other formatting could make a name look like another one.
    return "" if category.startswith("C") else character


def _section(root: Value | None) -> Value | None:
    sections = root if isinstance(root, list) else []
    return next((section for section in sections if dig(section, 0) == SECTION), None)


def _read_body(body: Value | None, storage_format: int) -> Metadata | None:
    header = dig(body, HEADER, 1)
    raw = _strings(body, header)
    compatibility = _COMPATIBILITY.fullmatch(_token(body, COMPATIBILITY))
    purpose = dict(zip("012", PURPOSES, strict=True)).get(_token(body, PURPOSE))
    if raw is None or compatibility is None or purpose is None:
        return None
    return Metadata(
        format=storage_format,
        raw=raw,
        compatibility=".".join(str(int(part)) for part in compatibility.groups()),
        purpose=purpose,
        keep_mapping={"0": False, "1": True}.get(_token(body, KEEP_MAPPING)),
    )


def _strings(body: Value | None, header: Value | None) -> Strings | None:
    texts = [dig(header, 2), dig(header, 4)]
    texts += [dig(body, position) for position in (VENDOR, VERSION, PREFIX)]
    quoted = [str(text) for text in texts if isinstance(text, Quoted)]
    synonym = dig(header, 3)
    if len(quoted) < len(texts) or not isinstance(synonym, list):
        return None
    name, comment, vendor, version, prefix = quoted
    if not _IDENTIFIER.fullmatch(unicodedata.normalize("NFC", name)):
        return None
    return Strings(name, _localised(synonym), comment, vendor, version, prefix)


def _localised(value: list[Value]) -> dict[str, str]:
    """`{count,"language","text",...}`."""
    texts = [str(item) for item in value[1:] if isinstance(item, Quoted)]
    return dict(zip(texts[::2], texts[1::2], strict=False))


def _token(body: Value | None, position: int) -> str:
    token = dig(body, position)
    return token if isinstance(token, str) and not isinstance(token, Quoted) else ""


def _no_metadata() -> BadCfe:
    return BadCfe(
        "BAD_TEXT",
        "в корневой записи нет сведений о расширении",
        "the root entry does not describe an extension",
    )
