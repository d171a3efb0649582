"""Keeps the memory of a server flat: glibc makes heaps for threads, and none of them shrinks."""

import ctypes
from contextlib import suppress
from typing import Final

HEAPS: Final = 2
_ARENA_MAX: Final = -8  # M_ARENA_MAX of mallopt(3)


def bound_heaps() -> None:
    """For a process whose threads take turns anyway; to be called before it has any.

    By default there may be eight for each core, and each keeps what its largest page took. Where
    the C library is another one, it is left alone.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS)
