"""The figures of docs/reliability.md: written down by the tests that measure them.

A test takes the fixture `figures` and says `figures("bad_input_5xx", 0, of=2_400)`: the name is one
of FIGURES, `of` says how many were looked at. `--figures FILE` keeps it, a line of JSON each.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

NOT_RUN = "NOT RUN"
Record = Callable[..., None]
"""`record(name, value, of=1)`: `value` in the unit of the figure."""


@dataclass(frozen=True)
class Figure:
    """One row: measured values are added up if they are counts, else the worst one is shown."""

    title: str
    bar: str
    unit: str = ""
    digits: int = 0
    most: float | None = None
    """What the bar allows; a share has to reach 100 % instead."""

    def shown(self, value: float, of: int) -> str:
        """What was measured, as the table says it."""
        if self.unit == "%":
            share = f"{100 * value / of:.1f}".removesuffix(".0") if of else "0"
            return f"{share} % ({value:,} of {of:,})"
        if self.unit:
            return f"{value:,.{self.digits}f} {self.unit}" + (f", worst of {of:,}" * (of > 1))
        return f"{value:,}" + f" of {of:,}" * (self.most is not None)

    def verdict(self, value: float, of: int) -> str:
        """Whether that is as good as it has to be, where the bar is a number."""
        if self.unit == "%":
            return "met" if value == of else "MISSED"
        if self.most is None:
            return ""
        return "met" if value <= self.most else "MISSED"


FIGURES = {
    "acknowledged_lost": Figure("acknowledged writes lost", "0", most=0),
    "over_redemptions": Figure("over-redemptions", "0", most=0),
    "over_activations": Figure("over-activations", "0", most=0),
    "history_violations": Figure("violations in recorded histories", "0", most=0),
    "app_kills": Figure("kills of the application", "—"),
    "database_kills": Figure("kills of PostgreSQL", "—"),
    "bare_5xx": Figure("answers while PostgreSQL is gone that are no 503", "0", most=0),
    "database_return": Figure("normal after the database returns", "≤ 5 s", "s", 2, 5),
    "bad_input_5xx": Figure("5xx in all bad input", "0", most=0),
    "fuzz_errors": Figure("inputs that a parser neither reads nor refuses", "0", most=0),
    "damaged_refused": Figure("damaged packages refused", "100 %", "%"),
    "sent_twice": Figure("bytes sent twice per cut", "≤ 65,536 B", "B", 0, 65_536),
    "publish_500": Figure("publish with 500 releases", "≤ 100 ms", "ms", 0, 100),
    "first_contact": Figure("first trust contact", "≤ 25,000 B", "B", 0, 25_000),
    "unchanged_check": Figure("unchanged trust check", "≤ 1,000 B", "B", 0, 1_000),
    "restore_drill": Figure("restore drill", "≤ 15 min", "min", 1, 15),
    "revision": Figure("a revision of a filled database goes up", "≤ 60 s", "s", 1, 60),
    "let_through": Figure("requests let through after revoke or withdraw", "0", most=0),
    "refusal": Figure("time from revoke or withdraw to refusal", "next request", "ms", 0),
}


def recorder(file: Path | None, test: str) -> Record:
    """Writes down what a test measures; without a file it only checks the names."""

    def record(name: str, value: float, of: int = 1) -> None:
        assert name in FIGURES, name
        if file is None:
            return
        line = json.dumps({"figure": name, "value": value, "of": of, "test": test}) + "\n"
        end = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(end, line.encode())  # in one piece, for processes may write at once
        finally:
            os.close(end)

    return record


def recorded(file: Path) -> list[dict[str, object]]:
    """The lines of a file; none if nothing was measured."""
    return (
        [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    )


def rows(lines: Iterable[dict[str, object]]) -> Iterator[tuple[str, str, str, str]]:
    """Of each figure: title, bar, what was measured and whether that is good enough."""
    lines = list(lines)
    for name, figure in FIGURES.items():
        found = [line for line in lines if line["figure"] == name]
        if not found:
            yield figure.title, figure.bar, NOT_RUN, ""
            continue
        join = sum if figure.unit in ("", "%") else max
        value, of = join(line["value"] for line in found), sum(line["of"] for line in found)
        yield figure.title, figure.bar, figure.shown(value, of), figure.verdict(value, of)


def table(lines: Iterable[dict[str, object]]) -> str:
    """The table, in Markdown."""
    head = [("Figure", "Bar", "Measured", ""), ("---",) * 4]
    return "\n".join("| " + " | ".join(row) + " |" for row in [*head, *rows(lines)]) + "\n"
