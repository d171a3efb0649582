"""Builds small valid .cfe files for the demo and the tests, step by step."""

import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha1
from struct import pack
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from onec.cfe.braces import BraceReader, Quoted, Value
from onec.cfe.container import ATTRIBUTES, CONFIGINFO, FORM_32, Form
from onec.cfe.contents import CLASS_UUIDS, Origin
from onec.cfe.metadata import (
    COMPATIBILITY,
    HEADER,
    KEEP_MAPPING,
    PREFIX,
    PURPOSE,
    SECTION,
    VENDOR,
    VERSION,
)

_NIL = str(UUID(int=0))
_BLOCK = 512
_INSTANT = 639_028_224_000_000
"""2026-01-01 in units of 100 microseconds since 0001-01-01; readers ignore it."""
_STORAGE = 216
"""Version of the storage in all known files."""

# What a section holds where an extension says nothing, for the longest known format.
_BLANK_BODY = (
    '0,0,"",1,{0},{0},{0},{0},{0},NIL,NIL,NIL,NIL,0,"","","",1,{0,0},1,{0,0},1,NIL,NIL,NIL,NIL,0,'
    "{0,0},0,0,NIL,NIL,NIL,{0},NIL,NIL,2,NIL,2,{0,0},{0},2,0,0,0,0,NIL,NIL,NIL,0,NIL,{0,0},{0,0},"
    "{0,0},{0},{0,0},{0,0},{0,0},{0,0},{0,0},{0,0}"
).replace("NIL", _NIL)
_BODY_LENGTHS = {52: 46, 53: 49, 56: 52, 59: 53, 62: 55, 63: 56, 67: 60, 68: 61}
_LANGUAGE, _BODY_COMPATIBILITY = 10, 26

# The other sections of a root entry; this writer lists all objects in the first one.
_EMPTY_SECTIONS = (
    "9fcd25a0-4822-11d4-9414-008048da11f9",
    "e3687481-0a87-462c-a166-9f34594f9bba",
    "9de14907-ec23-4a07-96f0-85521cb6b53b",
    "51f2d5d8-ea4d-4064-8892-82951750031e",
    "e68182ea-4237-4383-967f-90c1e3370bc7",
)


class NewObject(NamedTuple):
    """An object to put into an extension; the class is a value of `onec.cfe.contents.CLASSES`."""

    kind: str
    name: str
    origin: Origin = Origin.OWN


def make_cfe(  # noqa: PLR0913 - an extension has that many facts, and callers name them
    name: str,
    synonym: str | Mapping[str, str],
    version: str,
    vendor: str,
    prefix: str,
    *,
    compat: int = 80314,
    purpose: int = 1,
    root_uuid: str = "",
    language: str = "ru",
    fmt: int = 59,
    objects: Iterable[NewObject] = (),
    pad_entries: int = 0,
    comment: str = "",
    keep_mapping: bool = True,
) -> bytes:
    """An extension file; `purpose` is the position in `PURPOSES`, `compat` 80314 is 8.3.14.

    The root uuid follows from the name unless given, so releases of one extension share it.
    """
    root_uuid = root_uuid or str(uuid5(NAMESPACE_URL, name))
    synonyms = {language: synonym} if isinstance(synonym, str) else synonym
    language_entry = NewObject("Language", _language_name(language), Origin.ADOPTED)
    language_uuid = _uuid(root_uuid, language_entry)
    named = {language_uuid: language_entry} | {_uuid(root_uuid, item): item for item in objects}
    body = _body(fmt)
    body[HEADER] = ["0", _header(_uuid(root_uuid, name), name, synonyms, comment)]
    body[_LANGUAGE] = language_uuid
    body[VENDOR], body[VERSION], body[PREFIX] = Quoted(vendor), Quoted(version), Quoted(prefix)
    body[_BODY_COMPATIBILITY] = body[COMPATIBILITY] = str(compat)
    body[PURPOSE] = str(purpose)
    if len(body) > KEEP_MAPPING:
        body[KEEP_MAPPING] = str(int(keep_mapping))
    texts: dict[str, Value] = {root_uuid: _root(root_uuid, body, named)}
    texts |= {uuid: _object(uuid, item) for uuid, item in named.items()}
    texts |= {f"{_uuid(root_uuid, str(number))}.0": ["0"] for number in range(pad_entries)}
    raw = {entry: deflated(brace_text([text])) for entry, text in texts.items()}
    return container(sorted(with_configinfo(raw, root_uuid, tag=compat).items()))


def brace_text(values: Sequence[Value]) -> bytes:
    """The values as a text of 1C: UTF-8 with a byte order mark."""
    return b"\xef\xbb\xbf" + ",\r\n".join(map(_brace, values)).encode()


def deflated(data: bytes) -> bytes:
    """A raw deflate stream, as every entry is stored."""
    return zlib.compress(data, level=9, wbits=-zlib.MAX_WBITS)


def with_configinfo(raw: Mapping[str, bytes], root_uuid: str, tag: int = 80314) -> dict[str, bytes]:
    """Entries together with the one that names the root and lists the digest of each other."""
    digests: list[Value] = [str(len(raw))]
    for name, data in raw.items():
        digest = sha1(data, usedforsecurity=False).digest()
        digests += [Quoted(name), b64encode(digest).decode()]
    storage: list[Value] = ["0", [str(_STORAGE), "0", [str(tag), "0"]]]
    return {**raw, CONFIGINFO: deflated(brace_text([storage, ["2", root_uuid, ""], digests]))}


def container(entries: Sequence[tuple[str, bytes]], form: Form = FORM_32) -> bytes:
    """Deflated entries in the given order, behind a table that is chained when it is long."""
    chunks = _chunks(len(entries) * form.triple.size)
    start = form.header_size + len(chunks) * (form.block_header_size + _BLOCK)
    documents, table = bytearray(), bytearray()
    for name, data in entries:
        attributes = ATTRIBUTES.pack(_INSTANT, _INSTANT, 0) + name.encode("utf-16-le") + bytes(4)
        first = start + len(documents)
        documents += block(form, attributes, len(attributes))
        second = start + len(documents)
        documents += block(form, data, len(data), size=max(len(data), _BLOCK))
        table += form.triple.pack(first, second, form.end)
    parts = bytearray(form.magic + pack("<3I", _BLOCK, len(entries), 0))
    for number, (begin, end) in enumerate(chunks):
        last = number == len(chunks) - 1
        following = form.end if last else len(parts) + form.block_header_size + _BLOCK
        size = len(table) if number == 0 else 0
        parts += block(form, bytes(table[begin:end]), size, size=_BLOCK, following=following)
    return bytes(parts + documents)


def block(
    form: Form, data: bytes, document_size: int, *, size: int = 0, following: int | None = None
) -> bytes:
    """One block: header, data, zeros up to `size`; the chain ends unless `following` is given."""
    numbers = (document_size, size or len(data), form.end if following is None else following)
    header = "".join(f"{number:0{form.digits}x} " for number in numbers)
    return f"\r\n{header}\r\n".encode() + data.ljust(size, b"\0")


def _chunks(size: int) -> list[tuple[int, int]]:
    return [(begin, begin + _BLOCK) for begin in range(0, max(size, 1), _BLOCK)]


def _brace(value: Value) -> str:
    if isinstance(value, Quoted):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, str):
        return value
    return (
        "{"
        + ",".join(("\r\n" if isinstance(item, list) else "") + _brace(item) for item in value)
        + "}"
    )


def _uuid(root_uuid: str, item: NewObject | str) -> str:
    name = item if isinstance(item, str) else f"{item.kind}.{item.name}"
    return str(uuid5(UUID(root_uuid), name))


def _language_name(language: str) -> str:
    return {"ru": "Русский", "en": "English"}.get(language, language)


def _header(
    uuid: str, name: str, synonyms: Mapping[str, str], comment: str, origin: str = "0"
) -> Value:
    pairs = [Quoted(part) for pair in synonyms.items() if pair[1] for part in pair]
    localised: list[Value] = [str(len(pairs) // 2), *pairs]
    return ["1", ["1", "0", uuid], Quoted(name), localised, Quoted(comment), origin, "0", _NIL]


def _object(uuid: str, item: NewObject) -> Value:
    origin = "1" if item.origin is Origin.ADOPTED else "0"
    return ["1", ["0", _header(uuid, item.name, {}, "", origin)], "0"]


def _body(fmt: int) -> list[Value]:
    length = max((size for known, size in _BODY_LENGTHS.items() if known <= fmt), default=46)
    return [str(fmt), *BraceReader().parse(_BLANK_BODY)[1:length]]


def _root(root_uuid: str, body: list[Value], named: Mapping[str, NewObject]) -> Value:
    by_class: dict[str, list[Value]] = {}
    for uuid, item in named.items():
        by_class.setdefault(CLASS_UUIDS[item.kind], []).append(uuid)
    lists: list[Value] = [[kind, str(len(uuids)), *uuids] for kind, uuids in by_class.items()]
    sections: list[Value] = [[SECTION, ["1", body, str(len(lists)), *lists]]]
    sections += [[uuid, ["1", ["0"], "0"]] for uuid in _EMPTY_SECTIONS]
    end: Value = [["0", Quoted(), Quoted()]]
    return ["2", [root_uuid], str(len(sections)), *sections, end]
