"""Small pictures as programs write them."""

import struct
from zlib import compress, crc32


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))


def a_png(width: int = 1, height: int = 1, note: bytes = b"") -> bytes:
    """Grey; the note makes two of them differ."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"tEXt", b"Comment\0" + note) + chunk(b"IDAT", compress(bytes(2)))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


def a_jpeg(width: int = 1, height: int = 1, *, frame: int = 0xC0) -> bytes:
    """With a frame and a scan."""
    sides = struct.pack(">BBHBHHB", 0xFF, frame, 11, 8, height, width, 1) + b"\x01\x11\0"
    scan = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + b"\x12\xff\0\x34"
    return b"\xff\xd8\xff\xe0\0\x04ab" + sides + b"\xff" + scan + b"\xff\xd9"


def a_webp(kind: bytes = b"VP8 ", width: int = 1, height: int = 1) -> bytes:
    """Of one of the three kinds of WebP."""
    body = {
        b"VP8 ": b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height),
        b"VP8L": b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14) + b"\0",
        b"VP8X": bytes(4) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3],
    }[kind]
    file = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(file)) + file
