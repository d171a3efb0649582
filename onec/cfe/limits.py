"""How much of a hostile file the reader is ready to look at."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one reading, in bytes and pieces; real extensions stay far below all of them."""

    file_size: int = 64 * _MIB
    entries: int = 20_000
    blocks: int = 250_000
    """Blocks of all documents together: a file of tiny blocks costs time, not memory."""
    entry_inflated: int = 64 * _MIB
    all_inflated: int = 256 * _MIB
    ratio: int = 200
    """Inflated to deflated, for an entry above `ratio_from`; the highest one seen is 15."""
    ratio_from: int = _MIB
    text_size: int = 8 * _MIB
    """Bytes of one text that is parsed: a decoded string may take four times as much."""
    depth: int = 200
    tokens: int = 500_000
    all_tokens: int = 1_000_000
    """Tokens of all texts together, so that thousands of large entries cannot take minutes."""


DEFAULT = Limits()
