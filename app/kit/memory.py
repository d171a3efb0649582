"""Keeps the memory of a server flat: of the heaps of the C library, and of Python's collector."""

import ctypes
import gc
from contextlib import suppress
from typing import Final

HEAPS: Final = 2
_ARENA_MAX: Final = -8  # M_ARENA_MAX of mallopt(3)
OBJECTS: Final = 10_000
"""New ones between two looks at the youngest. A page of a cabinet leaves some 3,000 in circles."""
LOOKS: Final = (10, 5)
"""At the youngest between two at the middle-aged; at these between two at all."""


def bound_heaps() -> None:
    """For a process whose threads take turns anyway; to be called before it has any.

    By default there may be eight for each core, and each keeps what its largest page took. Where
    the C library is another one, it is left alone.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS)


def settle() -> None:
    """For a server that is whole: what it is made of stays, what requests leave does not.

    What is in use while the collector looks is counted among the old, and waits for a look at all
    of them. With all code and routes among them such a look takes 0.1 s and is rare: CPython puts
    it off until a quarter as many objects are new.
    """
    gc.freeze()
    gc.collect()  # of next to nothing, so that the quarter is one of that
    gc.set_threshold(OBJECTS, *LOOKS)
