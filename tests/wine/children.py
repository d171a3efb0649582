"""The agent's child process in Windows, led from here by the agent's own end of the line."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.com.connector import V83
from agent.com.link import ChildLink, Manner
from agent.com.protocol import Answer, Args, ConnectorChoice, File, Opening
from agent.com.timeouts import Timeouts
from agent.infobase import Properties, StoredExtension
from tests.wine import prefix
from tests.wine.onec import Infobase
from tests.wine.windows import PYTHON, Windows, windows_path
from wire.extensions import InfobaseKind

COMMAND = (str(prefix.WINE), PYTHON, "-m", "agent.com.host")


class Child:
    """A session with an infobase, as the agent has it."""

    def __init__(self, link: ChildLink) -> None:
        self.link = link

    def ask(self, call: str, **args: object) -> Answer:
        """One call of the port."""
        return self.link.ask(call, Args(**args))

    def create(self, file: Path, **properties: object) -> StoredExtension | None:
        return self.ask("create", file=handed(file), properties=Properties(**properties)).extension

    def found(self, name: str) -> list[StoredExtension]:
        return self.ask("extensions", name=name).extensions


def handed(file: Path) -> File:
    """A file as it is named to the child."""
    return File(windows_path(file), hashlib.sha256(file.read_bytes()).hexdigest())


def opening_of(infobase: Infobase, dll: str | None = None, more: str = "") -> Opening:
    choice = ConnectorChoice(clsid=V83.clsid, activation="path" if dll else "registry", dll=dll)
    text = f'File="{infobase.path}";{more}'
    return Opening(1, choice, InfobaseKind.FILE, connection=text)


@contextmanager
def child(windows: Windows, opening: Opening, timeouts: Timeouts | None = None) -> Iterator[Child]:
    """A child of this process in Windows."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in windows.environment.items():
            patch.setenv(name, value)
        link = ChildLink(opening, Manner(timeouts or Timeouts(), command=COMMAND))
    try:
        yield Child(link)
    finally:
        link.close()
