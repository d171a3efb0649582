"""Four hundred hostile files are refused within little memory and time."""

import json
import random
import subprocess
import sys
import zlib
from hashlib import sha1

import pytest

from onec.cfe.container import ATTRIBUTES, CONFIGINFO, FORM_32, FORM_64
from onec.cfe.errors import TEXTS
from onec.cfe_writer import NewObject, block, brace_text, container, deflated
from tests.factories.cfe import (
    ROOT_UUID,
    STRANGER,
    good_cfe,
    inflated,
    name,
    overwrite,
    raw_entries,
    rebuilt,
    relink,
    truncated,
    with_entries,
    with_root_text,
    with_true_entries,
)

# Reads every file of a folder and says which were accepted and how large the process became.
CHILD = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (512 * 1024 * 1024,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from onec.cfe import BadCfe, read_cfe
answers = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        answers[path.name] = "accepted " + read_cfe(path.read_bytes()).name
    except BadCfe as refusal:
        answers[path.name] = refusal.code
# Unlike ru_maxrss this knows nothing of the memory of the parent.
status = Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
print(json.dumps({"answers": answers, "peak": peak}))
"""

MIB = 1024 * 1024
TABLE = FORM_32.header_size
ROWS = TABLE + FORM_32.block_header_size
GOOD = good_cfe(objects=[NewObject("Catalog", "сп_Товары")], pad_entries=60)
CHANCE = random.Random("hostile")  # noqa: S311 - repeatable damage, not a secret


def rows(data):
    return list(FORM_32.triple.iter_unpack(data[ROWS : ROWS + 42 * 12]))


def headers():
    damaged = [
        overwrite(at + digit, b"x")(GOOD)
        for at in (TABLE, rows(GOOD)[0][0])
        for digit in (*range(2), *range(2, 27, 2), 28, 29, 30)
    ]
    damaged += [overwrite(at, b"\0")(GOOD) for at in range(4)]
    damaged += [overwrite(content, b"\n\r")(GOOD) for _, content, _ in rows(GOOD)[:20]]
    return damaged


def cycles():
    blocks = [TABLE, *(offset for row in rows(GOOD)[:4] for offset in row[:2])]
    return [relink(at, at)(GOOD) for at in blocks] + [
        relink(TABLE, blocks[1])(relink(blocks[1], TABLE)(GOOD))
    ]


def offsets():
    size = len(GOOD)
    wrong = [0, 1, 15, 17, ROWS, size, size - 1, size - 30, 0xFFFFFFFF, 0x7FFFFFFF]
    damaged = [
        overwrite(ROWS + 12 * 2 + place, number.to_bytes(4, "little"))(GOOD)
        for place in (0, 4)
        for number in wrong
    ]
    return damaged + [relink(TABLE, number)(GOOD) for number in [*wrong[:-1], TABLE + 1]]


def sizes():
    attributes, content, _ = rows(GOOD)[3]
    numbers = [b"00000000", b"00000001", b"00000013", b"7fffffff", b"ffffffff"]
    places = [TABLE + 2, attributes + 2, attributes + 11, content + 2]
    return [overwrite(place, number)(GOOD) for place in places for number in numbers]


def too_many():
    damaged = []
    for count in (20_001, 20_100, 25_000, 50_000, 100_000):
        table = FORM_32.triple.pack(TABLE, TABLE, FORM_32.end) * count
        damaged.append(GOOD[:TABLE] + block(FORM_32, table, len(table)))
    return damaged


def texts():
    return [
        with_root_text(text)(GOOD)
        for text in (
            b"{" * 1_000_000,
            b"{" * 201 + b"}" * 201,
            b"{" + b"," * 600_000 + b"}",
            b"{" + b"{}," * 500_001 + b"0}",
            b'{"' + b'""' * 1_000_000,
        )
    ]


def bombs():
    zeros = deflated(bytes(256 * MIB))
    # Noise repeated within the window of deflate: large, yet below the ratio.
    mild = {
        size: zlib.compress(CHANCE.randbytes(30_000) * (size * MIB // 30_000), 1, -15)
        for size in (20, 60, 65)
    }
    damaged = [
        rebuilt({**raw_entries(GOOD), place: raw})
        for place in (STRANGER, ROOT_UUID)
        for raw in (zeros, deflated(bytes(2 * MIB)), mild[65])
    ]
    damaged += [with_true_entries({ROOT_UUID: mild[20]})(GOOD)]
    damaged += [with_entries(configinfo=raw)(GOOD) for raw in (zeros, mild[20])]
    many = {f"{number:08x}{STRANGER[8:]}": mild[60] for number in range(5)}
    damaged += [rebuilt({**raw_entries(GOOD), **many})]
    return [*damaged, tiny_blocks(260_000), claimed_again_and_again()]


def tiny_blocks(count):
    """A table in blocks of one byte each."""
    data = bytearray(GOOD[:TABLE])
    for number in range(count):
        following = FORM_32.end if number == count - 1 else len(data) + 32
        data += block(FORM_32, b"x", count if number == 0 else 0, following=following)
    return bytes(data)


def claimed_again_and_again():
    """Twenty thousand entries, all of them the same megabyte."""
    table = bytearray()
    names = bytearray()
    start = ROWS + 20_000 * 12 + FORM_32.block_header_size + MIB
    for number in range(20_000):
        entry = ATTRIBUTES.pack(0, 0, 0) + f"{number:08x}{STRANGER[8:]}".encode("utf-16-le")
        table += FORM_32.triple.pack(start + len(names), ROWS + 20_000 * 12, FORM_32.end)
        names += block(FORM_32, entry, len(entry))
    content = block(FORM_32, bytes(MIB), MIB)
    return GOOD[:TABLE] + block(FORM_32, bytes(table), len(table)) + content + bytes(names)


def traversals():
    up = ["../" * depth + "x" for depth in range(1, 11)] + [
        "..\\" * depth + "x" for depth in range(1, 11)
    ]
    rooted = [
        "/etc/passwd",
        "C:\\x",
        "C:x",
        "\\\\host\\share\\x",
        "//host/x",
        "file:///x",
        "~/x",
        "CON",
    ]
    inside = [
        STRANGER + tail
        for tail in ("/..", "/x", "\\x", ".0/x", "..", ".", "./", " ", "\t", ".0 ", ":x", ".\u0430")
    ]
    return [name(each)(GOOD) for each in up + rooted + inside]


def duplicates():
    entries = list(raw_entries(GOOD).items())
    return [container([*entries, entries[at]]) for at in range(5)]


def malformed_64_bit():
    data = rebuilt(raw_entries(GOOD), FORM_64)
    table = FORM_64.header_size
    row = table + FORM_64.block_header_size
    wrong = (1, len(data), 2**63 - 1, 2**63, 2**64 - 1)
    damaged = [
        overwrite(row + at, number.to_bytes(8, "little"))(data) for at in (0, 8) for number in wrong
    ]
    damaged += [overwrite(table + 2, b"%016x" % number)(data) for number in wrong[1:]]
    damaged += [overwrite(table + 36, b"%016x" % number)(data) for number in (0, table, 2**63)]
    return [*damaged, truncated(20)(data), truncated(70)(data), FORM_64.magic + GOOD[8:]]


def truncations():
    # The last bytes of a block are padding, which a reader may do without.
    end = len(GOOD) - 512
    return [truncated(end * part // 100)(GOOD) for part in range(100)]


def wrong_types():
    beginnings = [
        b"PK\x03\x04", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"MZ",
        b"\x7fELF", b"\x1f\x8b\x08", b"BZh9", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"<?xml",
        b"<html>", b"[1]", b"\xef\xbb\xbf{1}", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0",
        b"1CDBMSV8",
    ]  # fmt: skip
    return [begin + CHANCE.randbytes(2000) for begin in beginnings] + [bytes(5000), b"\xff" * 5000]


def odd_utf16():
    tails = [b"\x00\xd8", b"\x00\xdc", b"x", b"\xfe\xff", b"\x2e\x20", b"\x0b\x20", b"\x41\x30"]
    spellings = [STRANGER.encode("utf-16-le")[:-2] + tail for tail in tails]
    spellings += [b"\xff\xfe" + STRANGER.encode("utf-16-le"), STRANGER.encode("utf-16-be")]
    spellings += [STRANGER.encode(), b"", b"\x00", b"\x00\x00", b"\xff" * 72, b"\x00\xd8" * 36]
    spellings += [CHANCE.randbytes(72) for _ in range(5)]
    return [with_attributes(ATTRIBUTES.pack(0, 0, 0) + each) for each in spellings]


def with_attributes(attributes):
    """One more row of the table, whose attributes are these bytes."""
    start = ROWS + 24
    offset = start + FORM_32.block_header_size + len(attributes)
    table = FORM_32.triple.pack(start, offset, FORM_32.end) * 2
    return (
        GOOD[:TABLE]
        + block(FORM_32, table, len(table))
        + block(FORM_32, attributes, len(attributes))
        + block(FORM_32, b"\x03\x00", 2)
    )


def digest_lists():
    text = inflated(GOOD, CONFIGINFO)
    head, _, listed = text.rpartition(b"{")
    items = listed.rstrip(b"}").split(b",")
    digest = sha1(b"", usedforsecurity=False).hexdigest().encode()
    changed = [
        [], items[:1], items[1:], items[:-1], items[:-2], [*items, b"0"], [*items, *items[1:3]],
        [b"0", *items[1:]], [b"-1", *items[1:]], [b"9" * 5000, *items[1:]], [b"x", *items[1:]],
        [items[0], *items[3:], b'"../x"', items[2]], [items[0], items[3], items[2], *items[3:]],
        [items[0], items[1], digest, *items[3:]], [items[0], items[1], b"", *items[3:]],
        [items[0], b"{}", *items[2:]], [items[0], items[1], b"{}", *items[3:]],
    ]  # fmt: skip
    lists = [head + b"{" + b",".join(each) + b"}" for each in changed]
    lists += [head.rstrip(b",\r\n"), b"{0}", b""]
    return [with_entries(configinfo=deflated(each))(GOOD) for each in lists]


def empty_or_foreign():
    empty = [GOOD[:TABLE] + bytes(length) for length in range(31, 631, 60)]
    short = [GOOD[:length] for length in range(0, 47, 6)]
    foreign = [
        container(sorted((each, deflated(b"0")) for each in names))
        for names in (
            ["root"], ["version"], ["versions"], ["root", "version", "versions", STRANGER],
            [], [STRANGER], [CONFIGINFO], [CONFIGINFO, STRANGER], ["info", "text"],
        )
    ]  # fmt: skip
    roots = [
        b"",
        b"{}",
        b"{2}",
        b"0",
        brace_text([["2", [ROOT_UUID], "1", ["x"]]]),
        b"{2,{" + b"0" * 99 + b"}}",
    ]
    return empty + short + foreign + [with_root_text(root)(GOOD) for root in roots]


CORPUS = {
    headers: 60,
    cycles: 10,
    offsets: 30,
    sizes: 20,
    too_many: 5,
    texts: 5,
    bombs: 12,
    traversals: 40,
    duplicates: 5,
    malformed_64_bit: 20,
    truncations: 100,
    wrong_types: 20,
    odd_utf16: 20,
    digest_lists: 20,
    empty_or_foreign: 33,
}


def read_in_a_child(folder):
    child = subprocess.run(
        [sys.executable, "-c", CHILD, folder], check=True, capture_output=True, text=True
    )
    return json.loads(child.stdout)


@pytest.mark.parametrize("kind", CORPUS, ids=lambda kind: kind.__name__)
def test_hostile_files_are_refused_in_little_memory(tmp_path, kind):
    files = {f"{number:03}": data for number, data in enumerate(kind())}
    for file, data in (files | {"sound": GOOD}).items():
        (tmp_path / file).write_bytes(data)
    found = read_in_a_child(tmp_path)
    answers = found["answers"]
    assert [file for file in answers if answers[file] not in TEXTS] == ["sound"]
    assert len(answers) == len(files) + 1
    assert found["peak"] < 256 * MIB


def test_the_corpus_has_its_four_hundred_files():
    assert sum(CORPUS.values()) == 400
    cheap = set(CORPUS) - {bombs}
    assert {kind: len(kind()) for kind in cheap} == {kind: CORPUS[kind] for kind in cheap}


def test_the_largest_sound_file_is_read_in_little_memory(tmp_path):
    noise = zlib.compress(CHANCE.randbytes(63 * MIB), 0, -15)
    (tmp_path / "largest").write_bytes(with_true_entries({STRANGER: noise})(good_cfe()))
    found = read_in_a_child(tmp_path)
    assert found["answers"] == {"largest": "accepted СкладскойПомощник"}
    assert found["peak"] < 256 * MIB
