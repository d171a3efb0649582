"""Commands of `podkluch`, each forked in no time and killed at the call that it is told.

Each line is a JSON object of `arguments`, `environment`, the `folder` whose calls count, and the
`place` of the last call, or 0. The answer is the exit code and how many calls there were.
"""

import json
import os
import sys
from pathlib import Path

from app.cli.__main__ import app
from app.kit.migrate import is_known
from tests.faults.wrap import Disk, killing, wrapped


def run(told: dict) -> tuple[int, int]:
    """What a child does: the command, with its disk and its commits watched."""
    os.environ.update(told["environment"])
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    disk = Disk(Path(told["folder"]), before=killing(told["place"]))
    with wrapped(disk, beyond=True):
        code = app([*told["arguments"], "--json"], standalone_mode=False)
    return int(code or 0), disk.calls


def main() -> None:
    assert is_known  # what every command loads is loaded before the first fork
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            code, calls = run(json.loads(line))
            os.write(writing, str(calls).encode())
            os._exit(code)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        calls = int(os.read(reading, 20) or 0)
        os.close(reading)
        sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(status), calls]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
