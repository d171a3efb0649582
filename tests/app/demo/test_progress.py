"""What the console says while a year goes by."""

import io
import itertools
from datetime import timedelta

from app.demo.history.walk import DAYS, Act
from app.demo.progress import Progress
from tests.factories.clock import NOON


class Terminal(io.StringIO):
    """Somebody watches it."""

    def isatty(self) -> bool:
        return True


def lived(out: io.StringIO) -> str:
    """A year of an act a day."""
    ticks = itertools.count()
    progress = Progress(NOON, out, lambda: next(ticks))
    for day in range(DAYS + 1):
        progress(Act(NOON - timedelta(days=DAYS - day), "x", lambda _: None))
    return out.getvalue()


def test_a_file_gets_four_lines():
    lines = lived(io.StringIO()).splitlines()
    assert [line.split()[:2] for line in lines] == [[f"{each}", "%"] for each in (25, 50, 75, 100)]
    assert [line.split("  ")[-1] for line in lines] == [f"{each} с / s" for each in (1, 2, 3, 4)]


def test_a_terminal_gets_one_line_that_ends_at_the_end():
    text = lived(Terminal())
    assert text.count("\r") == 100
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert "100 %" in text.rpartition("\r")[2]
