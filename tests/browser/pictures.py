"""Screenshots made small: few colours are enough for pages, and PNG keeps an index of them."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
_CHANNELS = {2: 3, 6: 4}
"""By colour type (PNG, section 11.2.1): RGB and RGBA, what browsers write."""
Colour = tuple[int, int, int]


def slim(png: bytes) -> bytes:
    """The same picture with at most 256 colours, the rarer ones as the nearest of the others."""
    width, height, pixels = decoded(png)
    counts = Counter(pixels)
    kept = [colour for colour, _ in counts.most_common(COLOURS)]
    index = {colour: number for number, colour in enumerate(kept)}
    for colour in counts.keys() - index.keys():
        index[colour] = min(range(len(kept)), key=lambda number: _distance(colour, kept[number]))
    numbers = bytes(index[pixel] for pixel in pixels)
    lines = b"".join(b"\0" + numbers[row * width :][:width] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = bytes(channel for colour in kept for channel in colour)
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9))]
    return SIGNATURE + b"".join(_chunk(*part) for part in [*parts, (b"IEND", b"")])


def decoded(png: bytes) -> tuple[int, int, list[Colour]]:
    """Width, height and pixels of a picture with 8 bits for each of its channels."""
    chunks = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    assert depth == 8
    size = _CHANNELS[kind]
    raw = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    stride, before, pixels = width * size, bytearray(width * size), []
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, before, size)
        pixels += zip(line[0::size], line[1::size], line[2::size], strict=True)
        before = line
    return width, height, pixels


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    """Undoes the filter of a line in place (PNG, section 9.2)."""
    if kind == 0:
        return
    for place in range(len(line)):
        left = line[place - size] if place >= size else 0
        corner = above[place - size] if place >= size else 0
        up = above[place]
        guess = (left, up, (left + up) // 2, _paeth(left, up, corner))[kind - 1]
        line[place] = (line[place] + guess) & 0xFF


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
