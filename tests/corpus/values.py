"""JSON values that no field expects; always the same, each text with a mark to look for."""

from collections.abc import Iterator
from typing import Any

COUNT = 48
MARK = "zq7mark"
TEXTS = (
    "", " \t\n", MARK, f"{MARK}\0", f"{MARK}\x1f", f"{MARK}\r\nX-A: b", f"\u202e{MARK}",
    f"\u200b{MARK}", f"{MARK}\uffff", "e\u0301" * 9, f"<script>{MARK}</script>", f"{{{{{MARK}}}}}",
    "{why}%s%n", f"'; DROP TABLE customers; -- {MARK}", f"../../C:\\{MARK}", MARK * 29, MARK * 58,
    "Ж" * 100_000,
)  # fmt: skip
LIKE_OTHERS = (
    "null", "0", "-1", "9" * 400, "65536.0.0.0", "٣.٠", "0000-00-00", "9999-12-31",
    "2026-12-31T23:59:60Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "00000000-0000-0000-0000-000000000000", "urn:uuid:6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412",
    "F" * 64,
)  # fmt: skip
NUMBERS = (0, -1, 2**31, 2**63, 10**4_000, 1.5, 1e308)
OTHERS: tuple[Any, ...] = (
    None, True, [], {}, [MARK] * 3, [[[]]], {MARK: MARK}, [0] * 2_000, {"a": {"b": MARK}},
)  # fmt: skip
VALUES = (*TEXTS, *LIKE_OTHERS, *NUMBERS, *OTHERS)


def hostile(body: Any) -> Iterator[Any]:
    """The body with one of its nodes replaced by each value, or without it, or with one more."""
    yield from VALUES
    yield from _inside(body)


def _inside(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield node | {MARK: MARK}
        for name, member in node.items():
            yield {other: kept for other, kept in node.items() if other != name}
            yield from (node | {name: changed} for changed in (*VALUES, *_inside(member)))
    elif isinstance(node, list):
        yield from ([changed] for item in node for changed in (*VALUES, *_inside(item)))
