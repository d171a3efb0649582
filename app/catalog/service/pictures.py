"""Pictures: what kind a file is and how large it is drawn, from its own structure alone."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from zlib import crc32

Sides = Callable[[bytes], tuple[int, int]]
SIDE_MAX: Final = 4_096
"""Pixels: a small file may ask a browser for gigabytes."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture; the sides are in pixels."""

    media_type: str
    width: int
    height: int

    @property
    def is_too_large(self) -> bool:
        """Whether a side is longer than pages of ours ever draw."""
        return max(self.width, self.height) > SIDE_MAX


class BrokenPictureError(ValueError):
    """No PNG, JPEG or WebP, or one that is cut short or goes on behind its end."""


def picture(data: bytes) -> Picture:
    """What a file is; BrokenPictureError where its structure is not whole."""
    for media_type, begins, sides in _KINDS:
        if begins(data):
            return _whole(media_type, sides, data)
    raise BrokenPictureError


def _whole(media_type: str, sides: Sides, data: bytes) -> Picture:
    try:
        width, height = sides(data)
    except (struct.error, IndexError):
        raise BrokenPictureError from None
    if not width or not height:
        raise BrokenPictureError
    return Picture(media_type, width, height)


def _png(data: bytes) -> tuple[int, int]:
    """PNG (W3C, third edition) §5: the header first, then data, the end last."""
    kinds: list[bytes] = []
    sides = (0, 0)
    for kind, body in _png_chunks(data):
        if not kinds:
            if kind != b"IHDR" or len(body) != 13:  # noqa: PLR2004 - the header's own length
                raise BrokenPictureError
            sides = struct.unpack(">II", body[:8])
        kinds.append(kind)
    if b"IDAT" not in kinds or kinds[-1] != b"IEND":
        raise BrokenPictureError
    return sides


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, kind = len(_PNG), b""
    while at < len(data):
        if kind == b"IEND":
            raise BrokenPictureError
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (told,) = struct.unpack_from(">I", data, at + 8 + length)
        if crc32(kind + body) != told:
            raise BrokenPictureError
        yield kind, body
        at += 12 + length


def _jpeg(data: bytes) -> tuple[int, int]:
    """JPEG (ITU-T T.81) annex B: segments up to the first scan, then coded data up to the end."""
    at, sides = len(_JPEG), (0, 0)
    while True:
        marker, at = _jpeg_marker(data, at)
        if marker in _ALONE:
            continue
        if marker == _END:
            raise BrokenPictureError
        (length,) = struct.unpack_from(">H", data, at)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            sides = (width, height)
        at += length
        if marker == _SCAN:
            break
    if at >= len(data) - 2 or not data.endswith(b"\xff\xd9"):
        raise BrokenPictureError
    return sides


def _jpeg_marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker at a place, and the place behind it; any number of 0xFF may fill up before it."""
    if data[at] != 0xFF:  # noqa: PLR2004 - the byte that every marker begins with
        raise BrokenPictureError
    while data[at] == 0xFF:  # noqa: PLR2004
        at += 1
    return data[at], at + 1


def _webp(data: bytes) -> tuple[int, int]:
    """WebP (RFC 9649 §2.3-2.7): as long as its head says, the sides in its first chunk."""
    length, kind, first = struct.unpack_from("<I4x4sI", data, 4)
    if length + 8 != len(data) or 20 + first > len(data):
        raise BrokenPictureError
    if kind == b"VP8X":
        return _triple(data, 24) + 1, _triple(data, 27) + 1
    if kind == b"VP8L" and data[20] == 0x2F:  # noqa: PLR2004 - the signature
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise BrokenPictureError


def _triple(data: bytes, at: int) -> int:
    low, high = struct.unpack_from("<HB", data, at)
    return int(low) | int(high) << 16


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


_KINDS: Final[tuple[tuple[str, Callable[[bytes], bool], Sides], ...]] = (
    ("image/png", lambda data: data.startswith(_PNG), _png),
    ("image/jpeg", lambda data: data.startswith(_JPEG), _jpeg),
    ("image/webp", _is_webp, _webp),
)
