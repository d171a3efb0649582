"""What a server that runs for long does with memory."""

import json
import os
import subprocess
import sys

from tests.waiting import PATIENCE

HEAPS = """
import ctypes, os, sys, threading
from app.kit.memory import bound_heaps

if sys.argv[1] == "bound":
    bound_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
libc.fdopen.argtypes, libc.fflush.argtypes = [ctypes.c_int, ctypes.c_char_p], [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
together = threading.Barrier(12)

def hold():
    together.wait()
    libc.malloc(100_000)
    together.wait()

threads = [threading.Thread(target=hold) for _ in range(12)]
[each.start() for each in threads]
[each.join() for each in threads]
file = libc.fdopen(os.dup(1), b"w")
libc.malloc_info(0, file)
libc.fflush(file)
"""


def heaps(how: str) -> int:
    command = [sys.executable, "-c", HEAPS, how]
    environment = {name: text for name, text in os.environ.items() if "MALLOC" not in name}
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=PATIENCE, env=environment
    )
    return told.stdout.count("<heap nr=")


def test_threads_share_two_heaps_and_not_one_each():
    assert heaps("as it is") > 2
    assert heaps("bound") == 2


REQUESTS = """
import gc, json, sys
from collections import deque
import app.main
from app.kit.memory import settle

if sys.argv[1] == "settled":
    settle()

class Part:
    pass

def page():
    parts = [Part() for _ in range(1_000)]
    for one, other in zip(parts, [*parts[1:], parts[0]]):
        one.other = other
    return parts

began = len(gc.get_objects())
running = deque(maxlen=4)  # requests at the same time: what the collector meets is in use
for _ in range(3_000):
    running.append(page())
running.clear()
gc.collect(0)
print(json.dumps(len(gc.get_objects()) - began))
"""


def left(how: str) -> int:
    """Objects that requests have left behind."""
    command = [sys.executable, "-c", REQUESTS, how]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return json.loads(told.stdout)


def test_what_requests_leave_in_circles_does_not_grow_old():
    kept, forgotten = left("as it is"), left("settled")
    assert forgotten * 2 < kept, (forgotten, kept)
