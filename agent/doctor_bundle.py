"""A bundle for support: findings, logs and journal, with nothing in it that is a secret."""

import getpass
import io
import json
import platform
import re
import sqlite3
import zipfile
from contextlib import closing, suppress
from importlib.metadata import distributions
from pathlib import Path

from agent import VERSION
from agent.clock import utc_now
from agent.files import write_whole
from agent.logs import mask, short_secrets

_LOG_MAX = 5 * 1024 * 1024  # bytes of one log
_USERS = re.compile(r"(?i)([A-Z]:[\\/]+(?:Users|Documents and Settings)[\\/]+)[^\\/\"'\r\n:*?<>|]+")
_HOMES = re.compile(r"(/home/|/Users/)[^/\s\"':]+")
_SECRET_NAMES = re.compile(
    r"(?i)\b(pass(?:word|wd)?|pwd|uc|secret|token|пароль|код разрешения)\b(\s*[=:]\s*)"
    r"(\"(?:[^\"]|\"\")*\"|[^\s;,]+)"
)
_SHORTEST_NAME = 3  # a shorter name of a person would blot out parts of words
_TABLES = {
    "operations": "SELECT id, infobase, onec_name, started_at, finished_at, outcome, code"
    " FROM operations ORDER BY started_at",
    "steps": "SELECT operation, seq, state, entered_at, left_at FROM steps ORDER BY operation, seq",
    "spool": "SELECT kind, ref, created_at, attempts, rejected FROM spool ORDER BY created_at",
}
"""Only what holds neither paths nor people: places, labels, plans and messages stay here."""


def write_bundle(path: Path, home: Path, checks: object) -> None:
    """Write the zip whole or not at all; whatever is in it went through `scrub`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("doctor.json", _json(checks))
        bundle.writestr("versions.json", _json(_versions()))
        bundle.writestr("journal.json", _json(_journal(home / "state.db")))
        for log in sorted((home / "logs").glob("agent.log*")):
            with log.open("rb") as file:
                text = file.read(_LOG_MAX).decode("utf-8", "replace")
            bundle.writestr(f"logs/{log.name}", scrub(text))
    write_whole(path.absolute(), buffer.getvalue())


def scrub(text: str) -> str:
    """The text without secrets, names of people and their folders."""
    text = _SECRET_NAMES.sub(r"\1\2***", mask(text))
    text = _HOMES.sub(r"\1***", _USERS.sub(r"\1***", text))
    for name, instead in [*_own_names(), *((secret, "***") for secret in short_secrets())]:
        text = re.sub(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", instead, text)
    return text


def _own_names() -> list[tuple[str, str]]:
    """This person's folder and name, and the name of this computer."""
    found = [(str(Path.home()), "~")]
    with suppress(KeyError, OSError):
        found.append((getpass.getuser(), "<user>"))
    found.append((platform.node(), "<computer>"))
    return [(name, instead) for name, instead in found if len(name) >= _SHORTEST_NAME]


def _json(value: object) -> str:
    return json.dumps(_scrubbed(value), ensure_ascii=False, indent=1)


def _scrubbed(value: object) -> object:
    """Each text by itself: quotation marks that JSON doubles would hide a password from `scrub`."""
    if isinstance(value, dict):
        return {str(key): _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    return scrub(value) if isinstance(value, str) else value


def _versions() -> dict[str, object]:
    libraries = {one.metadata["Name"]: one.version for one in distributions()}
    return {
        "made_at": utc_now(),
        "agent": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": dict(sorted(libraries.items())),
    }


def _journal(path: Path) -> dict[str, object]:
    """What was done, as far as it can be read."""
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return {
                name: [dict(row) for row in db.execute(query)] for name, query in _TABLES.items()
            }
    except sqlite3.Error as error:
        return {"error": str(error)}
