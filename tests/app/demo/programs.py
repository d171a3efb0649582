"""Runs `python -m app.demo` as people do, in a folder where its leftovers would be seen."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Demo:
    """The program, with a folder of its own for everything temporary."""

    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app.demo", *arguments],
            env={**os.environ, "TMPDIR": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,  # a terminal interrupts everything that it has started
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return code, stdout and stderr."""
        with self.start(*arguments) as process:
            out, errors = process.communicate()
        return process.returncode, out, errors

    def left(self) -> list[str]:
        """Files that are still there, and processes that know of the folder."""
        found = [str(path) for path in self.folder.iterdir()]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            except OSError:  # ended in the meantime, or another user's
                continue
            if str(self.folder).encode() in known:
                found.append(f"{process.name} {known.decode(errors='replace')}")
        return found


def steps(out: str) -> list[dict[str, object]]:
    """The objects of a run with --json; anything else on stdout is an error here."""
    return [json.loads(line) for line in out.splitlines()]
