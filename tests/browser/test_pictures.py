"""The pictures in the documentation: small, whole, and all that there are to be."""

import struct
import zlib
from pathlib import Path

from tests.browser.pictures import COLOURS, SIGNATURE, _chunk, decoded, slim
from tests.browser.shots import names

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 200 * 1024


def a_png(rows: list[tuple[int, bytes]], width: int, kind: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(rows), 8, kind, 0, 0, 0)
    lines = zlib.compress(b"".join(bytes([filtered]) + row for filtered, row in rows))
    parts = [(b"IHDR", header), (b"IDAT", lines), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(*part) for part in parts)


def test_every_filter_is_undone():
    rows = [
        (0, bytes([10, 20, 30, 40, 50, 60])),
        (1, bytes([1, 2, 3, 1, 1, 1])),
        (2, bytes([1] * 6)),
        (3, bytes([2] * 6)),
        (4, bytes([3] * 6)),
    ]
    width, height, pixels = decoded(a_png(rows, 2))
    assert (width, height) == (2, 5)
    assert pixels == [
        *[(10, 20, 30), (40, 50, 60)],
        *[(1, 2, 3), (2, 3, 4)],
        *[(2, 3, 4), (3, 4, 5)],
        *[(3, 3, 4), (5, 5, 6)],
        *[(6, 6, 7), (9, 9, 10)],
    ]


def test_a_picture_of_few_colours_stays_as_it_is():
    row = bytes([1, 2, 3, 255, 9, 8, 7, 255] * 3)
    png = a_png([(0, row)] * 4, 6, kind=6)
    assert indexed(slim(png)) == decoded(png)[2]


def test_rare_colours_become_their_neighbours():
    many = [(number % 256, number // 256 * 100, 0) for number in range(300)]
    row = bytes(channel for colour in many for channel in colour)
    shown = indexed(slim(a_png([(0, row)], 300)))
    assert len(set(shown)) == COLOURS
    for was, became in zip(many, shown, strict=True):
        assert sum(abs(a - b) for a, b in zip(was, became, strict=True)) <= 144


def indexed(png: bytes) -> list[tuple[int, int, int]]:
    """The pixels of a slim picture."""
    place, found = len(SIGNATURE), {}
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        found[png[place + 4 : place + 8]] = png[place + 8 : place + 8 + length]
        place += length + 12
    width, height = struct.unpack(">II", found[b"IHDR"][:8])
    raw, palette = zlib.decompress(found[b"IDAT"]), found[b"PLTE"]
    numbers = [raw[row * (width + 1) + 1 + x] for row in range(height) for x in range(width)]
    return [tuple(palette[3 * each :][:3]) for each in numbers]


def test_all_pictures_are_there_and_small():
    kept = {path.name: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert set(kept) == set(names())
    assert {name for name, size in kept.items() if size > LARGEST} == set()
