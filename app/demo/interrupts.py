"""Ctrl+C and SIGTERM at moments when half of something would be left behind."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

INTERRUPTED: Final = 130
"""The return code by which shells know it."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def as_exceptions() -> None:
    """SIGTERM asks for the same ordered end as Ctrl+C: a KeyboardInterrupt."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def over() -> None:
    """We are ending already: an impatient second Ctrl+C changes nothing any more."""
    for name in _SIGNALS:
        signal.signal(name, signal.SIG_IGN)


@contextmanager
def postponed() -> Iterator[None]:
    """What is done inside is done to its end; an interruption meanwhile is raised after it."""
    caught: list[int] = []
    before = {
        name: signal.signal(name, lambda number, _: caught.append(number)) for name in _SIGNALS
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        if caught:  # whatever went wrong inside may well have been its doing
            raise KeyboardInterrupt
