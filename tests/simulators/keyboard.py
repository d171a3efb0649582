"""A person at a keyboard: the real program in a real pseudo-terminal, read and typed at."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

ROOT = Path(__file__).parents[2]
CTRL_C, ENTER = "\x03", "\n"
_PATIENCE = 20.0  # seconds for one answer; only a hang takes so long
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

# Where agents run nobody has boto3, which TUF would load here at each start.
# The terminal becomes the program's own, so that Ctrl+C reaches it; `prelude` may bend the program.
_PROGRAM = """
import fcntl, sys, termios
sys.modules["boto3"] = None
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
{prelude}
from agent.__main__ import main
main()
"""


class Keyboard:
    """Use it with `with`; the program has ended when that is left."""

    def __init__(self, *arguments, columns=80, lines=24, prelude="", folder=None, **environment):
        self._ours, theirs = pty.openpty()
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        inherited = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(prelude=prelude), *map(str, arguments)],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder or ROOT,
            env={**inherited, "TERM": "xterm", "PYTHONPATH": str(ROOT), **environment},
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._raw, self._read = "", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    @property
    def raw(self):
        """All that the terminal was sent so far."""
        return self._raw

    @property
    def text(self):
        """The same as words, without colours and movements of the cursor."""
        return _STEERING.sub("", self._raw).replace("\r", "")

    @property
    def flat(self):
        """The words alone, wherever the lines of the screen end."""
        return " ".join(self.text.split())

    def sees(self, words):
        """Wait until these words come, after those of the last time."""
        while (found := self.flat.find(words, self._read)) < 0:
            assert self._more(), f"«{words}» never came:\n{self.text}"
        self._read = found + len(words)
        return self

    def types(self, line):
        os.write(self._ours, f"{line}\n".encode())
        return self

    def presses(self, key):
        os.write(self._ours, key.encode())
        return self

    def answers(self, *pairs):
        """Each question awaited, then its answer typed."""
        for question, answer in pairs:
            self.sees(question).types(answer)
        return self

    def ends(self):
        """Read to the end; the exit code."""
        while self._more():
            pass
        return self._process.wait(_PATIENCE)

    def _more(self):
        ready, _, _ = select.select([self._ours], [], [], _PATIENCE)
        assert ready, f"nothing came for {_PATIENCE} s:\n{self.text}"
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self._raw += data.decode("utf-8", "replace")
        return bool(data)
