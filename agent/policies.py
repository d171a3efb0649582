"""How an infobase is to be treated: groups, rings, maintenance windows, locks and backups."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

_WINDOW = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_LONGEST_WAIT = 24 * 365  # hours
_LONGEST_BACKUP = 24 * 3600.0  # seconds
E = TypeVar("E", bound=StrEnum)


class Ring(StrEnum):
    """When an infobase of a group gets a release."""

    TEST = "test"  # first
    PRODUCTION = "production"  # once a test infobase proved it


class LockMode(StrEnum):
    """What is done about the people who are in the infobase."""

    NONE = "none"
    ASK = "ask"
    TERMINATE = "terminate"


class BackupMode(StrEnum):
    """How the whole infobase is kept before a change; extensions are always kept."""

    NONE = "none"
    CONFIRM = "confirm"  # somebody says that a copy of their own is made
    DUMPIB = "dumpib"  # by 1C's Designer
    FILE_COPY = "file_copy"  # of 1Cv8.1CD
    COMMAND = "command"  # a program of the customer


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when infobases may be changed, local time; may pass midnight."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> "Window":
        """From `22:00-05:00`; raises ValueError for anything else and for an empty span."""
        found = _WINDOW.fullmatch(text.strip())
        if found is None:
            raise ValueError("no window")
        hours = [int(part) for part in found.groups()]
        opens, closes = time(hours[0], hours[1]), time(hours[2], hours[3])
        if opens == closes:
            raise ValueError("an empty window")
        return cls(opens, closes)

    def is_open(self, now: datetime) -> bool:
        """Whether `now`, a local time, lies within; the closing minute no longer does."""
        moment = now.time()
        if self.opens < self.closes:
            return self.opens <= moment < self.closes
        return moment >= self.opens or moment < self.closes

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True, slots=True)
class Policy:
    """Lock and backup; None is whatever stands behind it."""

    lock_mode: LockMode | None = None
    backup_mode: BackupMode | None = None

    def over(self, other: "Policy") -> "Policy":
        """This, completed by what `other` says."""
        return Policy(self.lock_mode or other.lock_mode, self.backup_mode or other.backup_mode)


DEFAULT_POLICY = Policy(LockMode.NONE, BackupMode.NONE)
"""What is done where nobody says anything."""


@dataclass(frozen=True, slots=True)
class Group:
    """Infobases that are kept alike: a table `[groups.NAME]` of agent.toml."""

    name: str
    window: Window | None = None  # None: at any time
    wait_after_test: float = 0.0  # hours between the test infobase and production
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """The table `[backup]` of agent.toml: how whole infobases are kept."""

    folder: Path | None = None  # None: below the agent's own
    timeout: float = 3600.0  # seconds for one infobase
    designer: Path | None = None  # 1cv8.exe; None: the build that fits the infobase
    allow_password_on_cmdline: bool = False  # others on this computer could read it there
    command: tuple[str, ...] = ()  # program and arguments; {infobase} becomes its name


def wants_own_copy(mode: BackupMode, *, is_required: bool) -> bool:
    """Whether somebody must say that a copy of their own is made."""
    return mode is BackupMode.CONFIRM or (is_required and mode is BackupMode.NONE)


def read_group(name: str, values: Mapping[str, object]) -> Group:
    """One group; raises ValueError naming the entry that is wrong or unknown."""
    _only(values, {"window", "wait_after_test", "lock_mode", "backup_mode"})
    window = _text(values, "window")
    try:
        parsed = Window.parse(window) if window is not None else None
    except ValueError as error:
        raise ValueError("window") from error
    wait = _number(values, "wait_after_test", 0.0, _LONGEST_WAIT)
    return Group(name, parsed, wait, read_policy(values))


def read_policy(values: Mapping[str, object]) -> Policy:
    """`lock_mode` and `backup_mode` of a table; raises ValueError naming the wrong one."""
    return Policy(
        _choice(LockMode, values, "lock_mode"), _choice(BackupMode, values, "backup_mode")
    )


def read_backup(values: Mapping[str, object]) -> BackupSettings:
    """The table `[backup]`; raises ValueError naming the entry that is wrong or unknown."""
    _only(values, {"folder", "timeout", "designer", "allow_password_on_cmdline", "command"})
    allow = values.get("allow_password_on_cmdline", False)
    if not isinstance(allow, bool):
        raise ValueError("allow_password_on_cmdline")  # noqa: TRY004 - a value, as a file has it
    command = values.get("command", [])
    if not isinstance(command, list) or not all(isinstance(one, str) for one in command):
        raise ValueError("command")
    folder, designer = _text(values, "folder"), _text(values, "designer")
    return BackupSettings(
        folder=Path(folder) if folder else None,
        timeout=_number(values, "timeout", 3600.0, _LONGEST_BACKUP),
        designer=Path(designer) if designer else None,
        allow_password_on_cmdline=allow,
        command=tuple(str(one) for one in command),
    )


def _only(values: Mapping[str, object], known: set[str]) -> None:
    """A mistyped name would leave a window or a wait out."""
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(unknown[0])


def _text(values: Mapping[str, object], name: str) -> str | None:
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(name)


def _number(values: Mapping[str, object], name: str, default: float, most: float) -> float:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(name)
    return float(value)


def _choice(kind: type[E], values: Mapping[str, object], name: str) -> E | None:
    text = _text(values, name)
    try:
        return kind(text) if text is not None else None
    except ValueError as error:
        raise ValueError(name) from error
