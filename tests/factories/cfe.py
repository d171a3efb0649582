"""Sound extension files for tests, and every way in which they can be damaged."""

import zlib
from collections.abc import Callable

from onec.cfe import probe_container
from onec.cfe.container import CONFIGINFO, FORM_32, Form
from onec.cfe_writer import (
    container,
    deflated,
    make_cfe,
    with_configinfo,
)

How = Callable[[bytes], bytes]

ROOT_UUID = "6b1f7a52-3f6c-4c1d-9a54-0d7e2b9c8f10"
STRANGER = "0f2d9c1e-7a4b-4f0e-8f53-1c6f0b7a9d21"
"""A legal name that no entry of a sound file has."""

_TABLE = FORM_32.header_size


def good_cfe(**changes):
    """A sound file; the arguments of `make_cfe` that a test cares about."""
    facts = {
        "name": "СкладскойПомощник",
        "synonym": "Складской помощник",
        "version": "2.4.0",
        "vendor": 'ООО "Ромашка"',
        "prefix": "сп_",
        "root_uuid": ROOT_UUID,
    }
    return make_cfe(**{**facts, **changes})


def corrupt(data: bytes, how: How) -> bytes:
    return how(data)


# Bytes of the file


def truncated(length: int) -> How:
    return lambda data: data[:length]


def flip(offset: int, bit: int) -> How:
    def damage(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[offset] ^= 1 << bit
        return bytes(changed)

    return damage


def overwrite(offset: int, replacement: bytes) -> How:
    return lambda data: data[:offset] + replacement + data[offset + len(replacement) :]


def bad_hex(data: bytes) -> bytes:
    return overwrite(_TABLE + 2, b"0000000g")(data)


def huge_size(data: bytes) -> bytes:
    return overwrite(_TABLE + 2, b"7ffffffe")(data)


def relink(block: int, following: int) -> How:
    """Make the block at one offset be followed by the block at another."""
    return overwrite(block + 20, b"%08x" % following)


def self_loop(data: bytes) -> bytes:
    return relink(_TABLE, _TABLE)(data)


def loop(data: bytes) -> bytes:
    first_document = int.from_bytes(data[_TABLE + 31 :][:4], "little")
    return relink(first_document, _TABLE)(relink(_TABLE, first_document)(data))


def empty_container(data: bytes) -> bytes:
    return data[:_TABLE].ljust(686, b"\0")


# Entries of the container


def raw_entries(data: bytes) -> dict[str, bytes]:
    return {entry.name: bytes(entry.raw) for entry in probe_container(data)}


def inflated(data: bytes, name: str) -> bytes:
    return zlib.decompress(raw_entries(data)[name], -zlib.MAX_WBITS)


def rebuilt(raw: dict[str, bytes], form: Form = FORM_32) -> bytes:
    """A container of these entries with a true list of digests."""
    raw = {name: data for name, data in raw.items() if name != CONFIGINFO}
    return container(sorted(with_configinfo(raw, ROOT_UUID).items()), form)


def with_entries(**changes: bytes) -> How:
    """Entries replaced or added behind the back of the list of digests."""
    return lambda data: container(sorted({**raw_entries(data), **changes}.items()))


def with_true_entries(entries: dict[str, bytes]) -> How:
    return lambda data: rebuilt({**raw_entries(data), **entries})


def with_root_text(text: bytes) -> How:
    return with_true_entries({ROOT_UUID: deflated(text)})


def name(new_name: str) -> How:
    return with_true_entries({new_name: deflated(b"0")})


def bad_sha1(data: bytes) -> bytes:
    text = inflated(data, CONFIGINFO)
    digest = text[text.rindex(b",") + 1 :]
    return with_entries(configinfo=deflated(text.replace(digest, b"A" * 27 + b"=}")))(data)


def extra_entry(data: bytes) -> bytes:
    return with_entries(**{STRANGER: deflated(b"0")})(data)


def without(gone: str) -> How:
    return lambda data: container(
        [(entry, raw) for entry, raw in raw_entries(data).items() if entry != gone]
    )


def missing_entry(data: bytes) -> bytes:
    return without(next(entry for entry in raw_entries(data) if entry != ROOT_UUID))(data)


def no_configinfo(data: bytes) -> bytes:
    return without(CONFIGINFO)(data)


def duplicate(data: bytes) -> bytes:
    entries = list(raw_entries(data).items())
    return container([*entries, entries[0]])


def cf_entries(data: bytes) -> bytes:
    return with_entries(root=deflated(b"0"), version=deflated(b"0"), versions=deflated(b"0"))(data)


# What the entries hold


def bomb(data: bytes) -> bytes:
    return with_true_entries({STRANGER: deflated(bytes(8 * 1024 * 1024))})(data)


def no_end_of_stream(data: bytes) -> bytes:
    return with_true_entries({ROOT_UUID: raw_entries(data)[ROOT_UUID][:-2]})(data)


def not_utf8(data: bytes) -> bytes:
    return with_root_text("{2,Сервер}".encode("cp1251"))(data)


def deep_braces(data: bytes) -> bytes:
    return with_root_text(b"{" * 300 + b"}" * 300)(data)


def unbalanced(data: bytes) -> bytes:
    return with_root_text(inflated(data, ROOT_UUID)[:-1])(data)


def format_number(number: int) -> How:
    """The same file, said to be of another format."""

    def damage(data: bytes) -> bytes:
        return with_root_text(inflated(data, ROOT_UUID).replace(b"{59,", b"{%d," % number, 1))(data)

    return damage


def unknown_format(number: int) -> How:
    """A format in which the metadata stand at other places."""

    def damage(data: bytes) -> bytes:
        text = inflated(data, ROOT_UUID).replace(b"{59,", b"{%d,0,0," % number, 1)
        return with_root_text(text)(data)

    return damage


HOWS = {
    "truncated": (truncated(1000), "SHORT_DOCUMENT"),
    "truncated to a header": (truncated(40), "TOO_SHORT"),
    "truncated to nothing": (truncated(0), "TOO_SHORT"),
    "bad_sha1": (bad_sha1, "HASH_MISMATCH"),
    "missing_entry": (missing_entry, "HASH_MISMATCH"),
    "extra_entry": (extra_entry, "HASH_MISMATCH"),
    "loop": (loop, "LOOP"),
    "self_loop": (self_loop, "LOOP"),
    "huge_size": (huge_size, "SHORT_DOCUMENT"),
    "bomb": (bomb, "BOMB"),
    "name of a parent folder": (name("../../x"), "BAD_ENTRY_NAME"),
    "name of a drive": (name("C:\\x"), "BAD_ENTRY_NAME"),
    "duplicate": (duplicate, "DUPLICATE_ENTRY"),
    "bad_hex": (bad_hex, "BAD_BLOCK"),
    "no_configinfo": (no_configinfo, "HASH_MISMATCH"),
    "cf_entries": (cf_entries, "NOT_AN_EXTENSION"),
    "unknown_format": (unknown_format(70), "UNKNOWN_FORMAT"),
    "deep_braces": (deep_braces, "BAD_TEXT"),
    "unbalanced": (unbalanced, "BAD_TEXT"),
    "not_utf8": (not_utf8, "BAD_TEXT"),
    "empty_container": (empty_container, "EMPTY"),
    "no_end_of_stream": (no_end_of_stream, "SHORT_DOCUMENT"),
}
"""Each way of damage with the code it must be refused with."""
