"""How many heaps the C library makes for threads."""

import os
import subprocess
import sys

PROGRAM = """
import ctypes, os, sys, threading
from app.kit.heaps import bound_heaps

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
    command = [sys.executable, "-c", PROGRAM, how]
    environment = {name: text for name, text in os.environ.items() if "MALLOC" not in name}
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    return told.stdout.count("<heap nr=")


def test_threads_share_two_heaps_and_not_one_each():
    assert heaps("as it is") > 2
    assert heaps("bound") == 2
