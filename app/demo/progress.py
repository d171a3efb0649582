"""How far the demo's year has come, on the console: one line that is rewritten, or four lines."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TextIO

from app.demo.history.walk import DAYS, Act

_STEPS: Final = 4
"""Lines where nobody watches: a file, a pipe."""


class Progress:
    """Called with every act; says something only when the percentage is another.

    `seconds` is a clock that only goes forward, to tell how long it takes.
    """

    def __init__(
        self, until: datetime, out: TextIO, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.begin, self.out = until - timedelta(days=DAYS), out
        self.watched = out.isatty()
        self.seconds, self.began = seconds, seconds()
        self.said = 0

    def __call__(self, act: Act) -> None:
        """Tells how much of the year lies behind."""
        steps = 100 if self.watched else _STEPS
        behind = int(steps * (act.at - self.begin) / timedelta(days=DAYS))
        if behind <= self.said:
            return
        self.said = min(behind, steps)
        spent = self.seconds() - self.began
        text = f"  {100 * self.said // steps:3} %  {act.at:%m.%Y}  {spent:.0f} с / s"
        self.out.write(f"\r{text}" if self.watched else f"{text}\n")
        if self.watched and self.said == steps:
            self.out.write("\n")
        self.out.flush()
