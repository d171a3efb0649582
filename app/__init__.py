"""The server: two faces, the slices below them, and what assembles them."""

import gc

_OBJECTS, _AGES = 10_000, (20, 50)
# What a start makes stays: to look through it again and again was a quarter of its time.
gc.set_threshold(_OBJECTS, *_AGES)

__version__ = "0.1.0"
