"""Our own programs as real processes: what they are given, what they answer, how they end."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import app

Answer = dict[str, Any]
T = TypeVar("T")
PATIENCE: Final = 120.0
"""Seconds that any one process may take; it is ended then."""
_TAIL: Final = 15


class UnexpectedError(Exception):
    """Something came out otherwise than the demo has to show it."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(expected, got)
        self.expected, self.got = expected, got


def expect(holds: bool, expected: str, got: object) -> None:  # noqa: FBT001 - the claim itself
    """Goes on only if the claim holds."""
    if not holds:
        raise UnexpectedError(expected, str(got))


def together(*tasks: Callable[[], T]) -> list[T]:
    """Independent tasks side by side; their answers in the order given."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]


class Programs:
    """Starts `podkluch` and `podkluch-agent` on the data of one folder.

    They get nothing of the caller's environment: no database of his could come into play.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        needed = ("SystemRoot", "USERNAME") if os.name == "nt" else ()
        self._environment = {name: os.path.expandvars(f"%{name}%") for name in needed} | {
            "PATH": os.defpath,
            "PYTHONPATH": str(Path(app.__file__).resolve().parents[1]),
            "PYTHONUTF8": "1",
            "TMPDIR": tempfile.gettempdir(),
            "LANG": "ru_RU.UTF-8",
            "PODKLUCH_DATA": str(folder),
            "PODKLUCH_HOME": str(folder / "agent"),
        }
        # Who wants no bytecode beside the sources gets none there; without any, each start is slow.
        elsewhere = folder / "bytecode" if sys.dont_write_bytecode else sys.pycache_prefix
        if elsewhere:
            self._environment["PYTHONPYCACHEPREFIX"] = str(elsewhere)

    def podkluch(self, *arguments: str, said: str = "") -> Answer:
        """The answer of a vendor's command, which reads `said`; a refusal is UnexpectedError."""
        done = subprocess.run(  # noqa: S603 - our own program
            self._command("app.cli", *arguments, "--json"),
            cwd=self.folder,
            env=self._environment,
            input=said,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        try:
            answer: Answer = json.loads(done.stdout)
        except ValueError:
            answer = {}
        if done.returncode or not answer:
            said = _refusal(answer) or tail(done.stderr) or f"код возврата {done.returncode}"
            raise UnexpectedError(f"«podkluch {' '.join(_words(arguments))}» выполнится", said)
        return answer

    def start(self, module: str, *arguments: str, said: str = "", log: str) -> "Running":
        """A program that goes on; it reads `said`, its stderr goes into the file `log`."""
        return Running(self._command(module, *arguments), self.folder, self._environment, said, log)

    def _command(self, module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", module, *arguments]


class Running:
    """A process whose stdout is read line by line while it works."""

    def __init__(
        self, command: list[str], folder: Path, environment: dict[str, str], said: str, log: str
    ) -> None:
        with (folder / log).open("a", encoding="utf-8") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )
        self._impatience = threading.Timer(PATIENCE, self._process.kill)
        self._impatience.daemon = True
        self._impatience.start()
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(said)

    def documents(self) -> Iterator[Answer]:
        """The JSON objects it prints, one a line, until it ends."""
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        for line in self._process.stdout:
            yield json.loads(line)

    def calm(self) -> None:
        """From now on it may take as long as it likes."""
        self._impatience.cancel()

    def stop(self) -> None:
        """Ends it, if it has not ended; waits until it is gone."""
        self._impatience.cancel()
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._process.stdout.close()


def tail(text: str) -> str:
    """The last lines of a log."""
    return "\n".join(text.rstrip().splitlines()[-_TAIL:])


def _refusal(answer: Answer) -> str:
    """The code and the sentences of a problem."""
    words = (answer.get("title"), answer.get("detail"))
    return f"{answer['code']}: {'. '.join(filter(None, words))}" if "code" in answer else ""


def _words(arguments: tuple[str, ...]) -> list[str]:
    """The noun and the verb; options may hold anything."""
    return [each for each in arguments[:2] if not each.startswith("-")]
