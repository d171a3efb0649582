"""`podkluch`, which waits in the middle of its progress until it is told to go on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.cli.__main__ import app
from app.cli.terminal import Terminal
from app.kit.i18n import Sentence


@contextmanager
def held(_: Terminal, __: Sentence, ___: int | None) -> Iterator[Callable[[int], None]]:
    def advance(number: int) -> None:
        sys.stderr.write(f"{number}\n")
        sys.stderr.flush()
        sys.stdin.readline()

    yield advance


Terminal.progress = held
app()
