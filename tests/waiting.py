"""Waits for something to become so, however busy the machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 240.0
STEP = 0.02
"""Seconds: until somebody gives up who waits for anything, and between two looks."""


def until(holds: Callable[[], T], told: Callable[[], object] = lambda: "it did not come") -> T:
    """What it says as soon as it says anything; `told` says what was seen instead."""
    deadline = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, told()
        time.sleep(STEP)
    return found
