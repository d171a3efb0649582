"""Settings of the agent: its folder, `agent.toml`, and the environment, which only this reads."""

import ipaddress
import json
import locale
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from agent.codes import Lang
from agent.com.timeouts import NAMES, Timeouts
from agent.discovery import Folders
from agent.errors import usage
from agent.files import write_whole
from agent.guard import made
from agent.policies import (
    BackupSettings,
    Group,
    Policy,
    read_backup,
    read_group,
    read_policy,
)
from agent.windows import Scope

_TEXTS = ("server", "proxy", "ca_file", "lang")
_SCOPES = {scope.value: scope for scope in Scope}
_SERVER_LINE = re.compile(r"^[ \t]*server[ \t]*=.*$", re.MULTILINE)
T = TypeVar("T")
_LONGEST_WAIT = 86_400.0  # a day
_FIRST_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What `agent.toml` says; absent means None."""

    path: Path
    server: str | None = None
    proxy: str | None = None
    ca_file: str | None = None
    lang: str | None = None
    vault: Scope = Scope.USER  # who may open what the agent keeps secret on Windows
    timeout: float | None = None  # seconds to wait for an answer of the server, retries included
    groups: Mapping[str, Group] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)  # of infobases that nobody said more of
    backup: BackupSettings = field(default_factory=BackupSettings)
    onec: Timeouts = field(default_factory=Timeouts)  # seconds that 1C may take


def home() -> Path:
    """The agent's folder: PODKLUCH_HOME, else the platform's place for it."""
    named = os.environ.get("PODKLUCH_HOME")
    if named:
        return made(Path(named).absolute())
    if sys.platform == "win32":
        return made(Path(os.environ["PROGRAMDATA"]) / "Podkluch")
    return made(Path.home() / ".podkluch")


def onec_folders() -> Folders:
    """Where 1C keeps its lists and programs on this computer; elsewhere than Windows nowhere."""
    told = {
        name: Path(value)
        for name in ("APPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432")
        if (value := os.environ.get(name))
    }
    lists = {name: folder / "1C" / "1CEStart" for name, folder in told.items()}
    programs = dict.fromkeys(told[name] for name in told if name.startswith("PROGRAM"))
    programs.pop(told.get("PROGRAMDATA", Path()), None)
    return Folders(lists.get("APPDATA"), lists.get("PROGRAMDATA"), tuple(programs))


def look_first_in(folder: Path) -> None:
    """Make `folder` the first place where this process, and it alone, looks for programs."""
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"


def system_language() -> Lang:
    """English where the system speaks it; Russian everywhere else."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    named = next((value for name in variables if (value := os.environ.get(name))), None)
    spoken = named or locale.getlocale()[0] or ""
    return "en" if spoken.lower().startswith("en") else "ru"


def load(path: Path, *, required: bool = False) -> Settings:
    """Read `agent.toml`; a missing file is empty unless it was asked for."""
    if not path.exists() and not required:
        return Settings(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise usage(
            f"Файл настроек {path} не читается: {why}", f"Cannot read settings {path}: {why}"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise usage(
            f"Файл настроек {path} не читается: {error}. Нужен TOML в UTF-8, русские имена в"
            ' кавычках: [groups."Розница"]',
            f"Cannot read settings {path}: {error}. It has to be TOML in UTF-8, with names in"
            ' quotes: [groups."Shops"]',
        ) from error
    texts = {name: _text(path, values, name) for name in _TEXTS}
    timeouts = values.get("timeouts", {})
    if not isinstance(timeouts, dict):
        raise _wrong(path, "timeouts")
    return Settings(
        path,
        vault=_scope(path, _text(path, values, "vault")),
        timeout=_seconds(path, timeouts, "server"),
        groups=_groups(path, values.get("groups", {})),
        policy=_read(path, "", lambda: read_policy(values)),
        backup=_read(path, "backup.", lambda: read_backup(_table(values.get("backup", {})))),
        onec=_onec(path, timeouts),
        **texts,
    )


def remember_server(path: Path, server: str) -> None:
    """Make `server` the one of `agent.toml`, leaving everything else as it is."""
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    line = f"server = {json.dumps(server)}"
    table = _FIRST_TABLE.search(text)
    top = text[: table.start()] if table else text
    rest = text[len(top) :]
    if _SERVER_LINE.search(top):
        top = _SERVER_LINE.sub(lambda _: line, top, count=1)
    else:
        top = f"{line}\n{top}"
    write_whole(path, (top + rest).encode())


def server_address(text: str) -> str:
    """The address in its one spelling; plain http only to this computer."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if not host or parts.scheme not in {"https", "http"} or " " in host:
        raise usage(
            f"Адрес сервера должен выглядеть как https://имя, а не «{_shown(text)}»",
            f'The server address must look like https://name, not "{_shown(text)}"',
        )
    if parts.username or parts.query or parts.fragment:
        raise usage(
            "В адресе сервера не должно быть имени пользователя и параметров",
            "The server address must hold no user name and no parameters",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise usage(
            "Ключ нельзя передавать открыто: http допустим только для этого компьютера,"
            " нужен адрес https://",
            "A key must not travel in the open: http is for this computer only, use https://",
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether the name means this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _text(path: Path, values: dict[str, object], name: str) -> str | None:
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise _wrong(path, name)


def _onec(path: Path, timeouts: dict[str, object]) -> Timeouts:
    named = {name: _seconds(path, timeouts, name) for name in NAMES}
    return Timeouts(**{name: value for name, value in named.items() if value is not None})


def _seconds(path: Path, timeouts: dict[str, object], name: str) -> float | None:
    value = timeouts.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(path, f"timeouts.{name}")
    if not 0 < value <= _LONGEST_WAIT:  # which no NaN is
        raise _wrong(path, f"timeouts.{name}")
    return float(value)


def _scope(path: Path, named: str | None) -> Scope:
    scope = _SCOPES.get(named or Scope.USER.value)
    if scope is None:
        raise _wrong(path, "vault")
    return scope


def _groups(path: Path, groups: object) -> dict[str, Group]:
    tables = _read(path, "groups", lambda: _table(groups))
    return {
        name: _read(path, f"groups.{name}.", partial(_group, name, table))
        for name, table in tables.items()
    }


def _group(name: str, table: object) -> Group:
    return read_group(name, _table(table))


def _table(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise ValueError("")


def _read(path: Path, where: str, read: Callable[[], T]) -> T:
    """What `read` makes of the file; its ValueError names the entry that is wrong."""
    try:
        return read()
    except ValueError as error:
        raise _wrong(path, f"{where}{error}".rstrip(".")) from error


def _wrong(path: Path, name: str) -> Exception:
    return usage(f"В {path} неверное значение {name}", f"Wrong value of {name} in {path}")


def _shown(text: str) -> str:
    return text.rsplit("@", 1)[-1][:80]
