"""A running Windows of the prefix in one locale, and programs in it."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from tests.faults.service import ROOT
from tests.wine import prefix as places

PYTHON = r"C:\py311\python.exe"
LIBRARIES = r"C:\py311\warm.zip"
"""What Python and the agent import, but for packages with DLLs."""
CONNECTOR = r"C:\Program Files\1cv8\8.3.23.1739\bin\comcntr.dll"
"""The one that is registered."""
NEWER_CONNECTOR = CONNECTOR.replace("8.3.23.1739", "8.3.24.1")
ENGLISH, RUSSIAN = "C.UTF-8", "ru_RU.UTF-8"
BOTH = pytest.mark.parametrize("windows", [ENGLISH, RUSSIAN], indirect=True)
"""Of what a language may decide; all else is shown in a Russian Windows alone."""
OVERRIDES = "mscoree=;mshtml=;winemenubuilder.exe=;winedbg.exe="
WAITING = """
import ctypes, sys
ctypes.windll.user32.CreateWindowExW(0, "Static", "", 0, 0, 0, 1, 1, None, None, None, None)
print(flush=True)
sys.stdin.read()
"""
"""Its window starts the desktop, which holds the pipes of whoever started it for ever."""


def windows_path(path: Path) -> str:
    """A path of this machine as Windows sees it."""
    return str(PureWindowsPath("Z:" + str(path)))


def heard(process: subprocess.Popen[str], said: str = "", patience: float = 120) -> tuple[str, str]:
    """What a program says until its end; one that does not end in time is ended."""
    try:
        return process.communicate(said or None, timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


class Windows:
    """Wine over one prefix; ended by `stop`, after which none of its processes is left."""

    def __init__(self, prefix: Path, locale: str, code: Path = ROOT) -> None:
        """`code` is the checkout, or an archive of what is needed of it."""
        self.prefix, self.locale = prefix, locale
        self.environment = os.environ | {
            "WINEPREFIX": str(prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": OVERRIDES,
            "LOCPATH": str(places.cache() / "locale"),
            "LC_ALL": locale,
            "PYTHONPATH": f"{LIBRARIES};{windows_path(code)}",
            "PYTHONSAFEPATH": "1",  # the folder it starts in is the checkout, too
            "PYTHONPYCACHEPREFIX": r"C:\pycache",
        }
        self._waiting: subprocess.Popen[str] | None = None

    @property
    def drive(self) -> Path:
        """C: as this machine sees it."""
        return self.prefix / "drive_c"

    def start(self) -> None:
        """Whatever an interrupted run left goes; services then live as long as one process."""
        self._server("-k")
        self._server("-p")
        # The services that the first process starts keep its pipes; nobody else's may be among them
        self._waiting = self.popen(["-c", WAITING], stderr=subprocess.DEVNULL)
        self._waiting.stdout.readline()

    def stop(self) -> None:
        """Ends every process of this prefix and waits for it."""
        if self._waiting:
            self._waiting.stdin.close()
            self._waiting.stdout.close()
            self._waiting.wait()
        self._server("-k")
        self._server("-w")

    def popen(
        self, arguments: Sequence[str], variables: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.Popen[str]:
        """Windows Python with these arguments, its three streams as pipes: no file will do."""
        return self.program([PYTHON, *arguments], variables, **more)

    def program(
        self, command: Sequence[str], variables: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.Popen[str]:
        """Any program of Windows."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            [places.WINE, *command],
            cwd=ROOT,
            env=self.environment | (variables or {}),
            **{"encoding": "utf-8", "errors": "replace", **pipes, **more},
        )

    def run(self, command: Sequence[str]) -> None:
        """A program that must succeed."""
        with self.program(command) as process:
            said, complaint = heard(process)
        assert process.returncode == 0, said + complaint

    def fact(self, name: str, *arguments: object, **variables: str) -> Any:
        """What a function of tests/wine/facts.py returns in there."""
        told = [str(argument) for argument in arguments]
        with self.popen(["-X", "utf8", "-m", "facts", name, *told], variables) as asked:
            said, complaint = heard(asked)
        assert asked.returncode == 0, complaint
        return json.loads(said)

    def _server(self, word: str) -> None:
        subprocess.run(
            [places.SERVER, word],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # nothing to end is no failure
        )
