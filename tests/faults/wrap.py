"""The disk below a folder and the commit, each of whose calls may fail, kill, or be forgotten."""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from botocore.client import BaseClient
from sqlalchemy.orm import Session

FUNCTIONS = ("open", "write", "fsync", "close", "replace", "mkdir", "unlink", "stat")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
Act = Callable[[int, str], None]
"""Hears the number of a call, from 1 on, and its name."""


def nothing(_: int, __: str) -> None:
    """Lets every call pass."""


def failing(number: int, place: int) -> Act:
    """The call at that place meets an error of the medium."""

    def act(call: int, _: str) -> None:
        if call == place:
            raise OSError(number, os.strerror(number))

    return act


def killing(place: int) -> Act:
    """The call at that place is the last that this process makes."""

    def act(call: int, _: str) -> None:
        if call == place:
            os.kill(os.getpid(), signal.SIGKILL)

    return act


@dataclass
class Disk:
    """What happens before and after each call that touches the folder."""

    folder: Path
    before: Act = nothing
    after: Act = nothing
    calls: int = 0
    descriptors: dict[int, Path] = field(default_factory=dict)
    heard: Callable[[str, tuple[object, ...], object], None] = lambda *_: None

    def call(self, name: str, real: Callable[..., object], *arguments: object, **more: object):
        """Makes one call; the acts hear of it where it is below the folder."""
        if not self._is_ours(arguments[0]):
            return real(*arguments, **more)
        self.calls += 1
        number = self.calls
        self.before(number, name)
        try:
            result = real(*arguments, **more)
        except FileNotFoundError:  # an answer like any other
            self.after(number, name)
            raise
        if name == "open":
            self.descriptors[result] = Path(arguments[0])
        self.heard(name, arguments, result)
        if name == "close":
            del self.descriptors[arguments[0]]
        self.after(number, name)
        return result

    def _is_ours(self, target: object) -> bool:
        if isinstance(target, int):
            return target in self.descriptors
        return isinstance(target, str | Path) and Path(target).is_relative_to(self.folder)


@contextmanager
def wrapped(disk: Disk, *, beyond: bool = False) -> Iterator[Disk]:
    """Puts the disk in the way of this process; `beyond` it, commits and a bucket's calls count."""
    with pytest.MonkeyPatch.context() as patch:
        for name in FUNCTIONS:
            patch.setattr(os, name, _through(disk, name))
        if beyond:
            patch.setattr(Session, "commit", _counted(disk, Session.commit, lambda *_: "commit"))
            call = _counted(disk, BaseClient._make_api_call, lambda _, name, *__: name)
            patch.setattr(BaseClient, "_make_api_call", call)
        yield disk


def _through(disk: Disk, name: str) -> Callable[..., object]:
    real = getattr(os, name)
    return lambda *arguments, **more: disk.call(name, real, *arguments, **more)


def _counted(
    disk: Disk, real: Callable[..., object], name_of: Callable[..., str]
) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        disk.calls += 1
        number, name = disk.calls, name_of(*arguments)
        disk.before(number, name)
        result = real(*arguments)
        disk.after(number, name)
        return result

    return call
