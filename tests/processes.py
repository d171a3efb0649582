"""Looks for processes that a test run has started and not ended."""

import os
import secrets
import time
from pathlib import Path

MARK = "PODKLUCH_TEST_RUN"
HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


def run_mark() -> str:
    """This run's own word: its processes inherit it, its private folders are named by it."""
    return os.environ.setdefault(MARK, secrets.token_hex(4))


def left_behind(patience: float = 5.0) -> list[str]:
    """Command lines of what still runs of this run when `patience` seconds for its end are over."""
    deadline = time.monotonic() + patience
    while (found := _marked(run_mark())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _marked(mark: str) -> list[str]:
    """Read from /proc, so that orphans are seen too; where there is none, nothing can be seen."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (
                (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
            environment = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:  # ended in the meantime, or another user's
            continue
        ours = f"{MARK}={mark}" in environment or mark in command
        if ours and int(folder.name) != os.getpid() and not any(h in command for h in HELPERS):
            found.append(f"{folder.name} {command}")
    return found
