"""The container of 1C: a table of named documents, each of them a chain of blocks."""

import re
from dataclasses import dataclass, field
from mmap import mmap
from struct import Struct

from onec.cfe.errors import BadCfe
from onec.cfe.limits import DEFAULT, Limits

CONFIGINFO = "configinfo"
ENTRY_NAME = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.[0-9a-z]{1,3})?|" + CONFIGINFO
)
_NAMES_OF_A_CF = frozenset({"root", "version", "versions"})

ATTRIBUTES = Struct("<2QI")
"""Created, changed (units of 100 microseconds since 0001-01-01), zero; then comes the name."""

_NAME_BYTES = 256
"""Enough for any legal name (41 characters) to be recognised, and for a wrong one to be shown."""


@dataclass(frozen=True, slots=True)
class Form:
    """A layout of the container; the two that exist differ only in the width of numbers."""

    magic: bytes
    header_size: int
    digits: int
    triple: Struct
    end: int
    """The offset that means «no more blocks»."""
    block: re.Pattern[bytes] = field(init=False)
    block_header_size: int = field(init=False)

    def __post_init__(self) -> None:
        number = b"([0-9a-fA-F]{%d}) " % self.digits
        object.__setattr__(self, "block", re.compile(b"\r\n" + 3 * number + b"\r\n"))
        object.__setattr__(self, "block_header_size", 3 * (self.digits + 1) + 4)


FORM_32 = Form(b"\xff\xff\xff\x7f", 16, 8, Struct("<3I"), 0x7FFFFFFF)
FORM_64 = Form(b"\xff" * 8, 20, 16, Struct("<3Q"), 0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Entry:
    """A named document as it is stored: deflated without a header (RFC 1951)."""

    name: str
    raw: memoryview


@dataclass(frozen=True, slots=True)
class _Block:
    document_size: int
    start: int
    size: int
    following: int


class _Documents:
    """Reads chains of blocks and pays for each from budgets common to the whole file."""

    def __init__(self, data: bytes | mmap, form: Form, limits: Limits) -> None:
        self._data = data
        self._view = memoryview(data)
        self._form = form
        self._blocks_left = limits.blocks
        self._bytes_left = limits.file_size
        self._longest_chain = len(data) // form.block_header_size

    def read(self, offset: int) -> memoryview:
        block = self._block(offset)
        missing = self._reserve(block.document_size)
        parts: list[memoryview] = []
        seen = {offset}
        while True:
            if wanted := min(block.size, missing):
                parts.append(self._slice(block.start, wanted))
                missing -= wanted
            if block.following == self._form.end:
                break
            if block.following in seen or len(seen) >= self._longest_chain:
                raise BadCfe(
                    "LOOP",
                    f"цепочка блоков от смещения {offset} не кончается",
                    f"the chain of blocks from offset {offset} has no end",
                )
            seen.add(block.following)
            block = self._block(block.following)
        if missing:
            raise BadCfe(
                "SHORT_DOCUMENT",
                f"документу по смещению {offset} не хватает {missing} байт",
                f"the document at offset {offset} lacks {missing} bytes",
            )
        return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))

    def _block(self, offset: int) -> _Block:
        self._blocks_left -= 1
        if self._blocks_left < 0:
            raise BadCfe("BOMB")
        start = offset + self._form.block_header_size
        if start > len(self._data):
            raise self._beyond(offset)
        match = self._form.block.match(self._data, offset)
        if match is None:
            raise BadCfe(
                "BAD_BLOCK",
                f"по смещению {offset} нет заголовка блока",
                f"no header of a block at offset {offset}",
            )
        document_size, size, following = (int(number, 16) for number in match.groups())
        if max(document_size, size) > len(self._data):
            raise BadCfe(
                "SHORT_DOCUMENT",
                f"блок по смещению {offset} больше файла",
                f"the block at offset {offset} is larger than the file",
            )
        return _Block(document_size, start, size, following)

    def _reserve(self, size: int) -> int:
        # Documents may overlap, so many of them could claim the same bytes again and again.
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise BadCfe("BOMB")
        return size

    def _slice(self, start: int, size: int) -> memoryview:
        if start + size > len(self._data):
            raise self._beyond(start)
        return self._view[start : start + size]

    @staticmethod
    def _beyond(offset: int) -> BadCfe:
        return BadCfe(
            "SHORT_DOCUMENT",
            f"блок по смещению {offset} выходит за конец файла",
            f"the block at offset {offset} ends beyond the file",
        )


def probe_container(data: bytes | mmap, limits: Limits = DEFAULT) -> list[Entry]:
    """Entries in the order of the table, names checked, nothing inflated; raises `BadCfe`."""
    form = _form(data, limits)
    documents = _Documents(data, form, limits)
    table = documents.read(form.header_size)
    count, rest = divmod(len(table), form.triple.size)
    if count > limits.entries:
        raise BadCfe("TOO_MANY_ENTRIES")
    rows = list(form.triple.iter_unpack(table[: count * form.triple.size]))
    if rest or any(mark != form.end for _, _, mark in rows):
        raise BadCfe("BAD_BLOCK", "таблица записей разрушена", "the table of entries is broken")
    names = [_name(documents.read(attributes)) for attributes, _, _ in rows]
    _check_names(names)
    contents = (documents.read(content) for _, content, _ in rows)
    return [Entry(name, raw) for name, raw in zip(names, contents, strict=True)]


def _form(data: bytes | mmap, limits: Limits) -> Form:
    if len(data) > limits.file_size:
        raise BadCfe("TOO_BIG")
    form = next(
        (form for form in (FORM_32, FORM_64) if data[: len(form.magic)] == form.magic), None
    )
    if form is None:
        raise BadCfe("NOT_A_CONTAINER" if len(data) >= FORM_32.header_size else "TOO_SHORT")
    first_block = data[form.header_size : form.header_size + form.block_header_size]
    if len(first_block) < form.block_header_size:
        raise BadCfe("TOO_SHORT")
    if not any(first_block):
        raise BadCfe("EMPTY")
    return form


def _name(attributes: memoryview) -> str:
    if len(attributes) < ATTRIBUTES.size:
        raise BadCfe(
            "SHORT_DOCUMENT",
            "описание записи обрывается",
            "the attributes of an entry are cut short",
        )
    name = bytes(attributes[ATTRIBUTES.size :][:_NAME_BYTES]).decode("utf-16-le", "replace")
    return name.partition("\0")[0]


def _check_names(names: list[str]) -> None:
    if not _NAMES_OF_A_CF.isdisjoint(names):
        raise BadCfe("NOT_AN_EXTENSION")
    seen = set[str]()
    for name in names:
        if not ENTRY_NAME.fullmatch(name):
            shown = ascii(name[:80])
            raise BadCfe(
                "BAD_ENTRY_NAME",
                f"недопустимое имя записи {shown}",
                f"bad name of an entry {shown}",
            )
        if name in seen:
            raise BadCfe(
                "DUPLICATE_ENTRY", f"запись {name} повторяется", f"entry {name} is repeated"
            )
        seen.add(name)
