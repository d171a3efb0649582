"""The agent's folder is the agent's alone: made closed, looked at before anything in it is used."""

import sys
from contextlib import suppress
from pathlib import Path

from agent import windows
from agent.access import Weakness, readers, weaknesses, weaknesses_of_mode
from agent.codes import Code
from agent.errors import Failure, filled
from agent.files import private_folder
from agent.windows import Scope
from wire.problems import Sentence

_MEND = Sentence(
    "{what}. Выполните от имени администратора: podkluch-agent doctor --fix-acl",
    "{what}. Run as administrator: podkluch-agent doctor --fix-acl",
)
_READABLE = Sentence(
    "папку может читать {who}, а vault = machine держится на том, что никто не может",
    "{who} can read the folder, and vault = machine stands on nobody being able to",
)


def made(home: Path) -> Path:
    """The folder, made if there is none; on Windows an administrator's is closed to others."""
    is_new = not home.exists()
    private_folder(home)
    if is_new and sys.platform == "win32" and windows.is_administrator():
        with suppress(OSError):  # a file system without access lists; the check will say so
            windows.close_to_others(home)
    return home


def weaknesses_here(home: Path, scope: Scope = Scope.USER) -> list[Weakness]:
    """What others could do in the folder."""
    if sys.platform != "win32":
        return weaknesses_of_mode(home)
    access, own = windows.access_of(home), windows.own_sid()
    found = weaknesses(access, own)
    if scope is Scope.MACHINE:
        found += [Weakness(filled(_READABLE, who=sid)) for sid in readers(access, own)]
    return found


def require_ours(home: Path, scope: Scope = Scope.USER) -> None:
    """Raise HOME_UNUSABLE where others could have put what the agent is about to believe."""
    for weakness in weaknesses_here(home, scope):
        if weakness.is_serious:
            raise Failure(Code.HOME_UNUSABLE, path=home, why=filled(_MEND, what=weakness.text))


def mended(home: Path, stamp: str) -> Path | None:
    """Close the folder; where somebody else made it put it aside, and say where it is now."""
    aside = None
    if any(weakness.is_foreign for weakness in weaknesses_here(home)):
        aside = home.with_name(f"{home.name}.foreign-{stamp}")
        home.rename(aside)
        made(home)
    if sys.platform == "win32":
        windows.close_to_others(home)
    else:
        home.chmod(0o700)
    return aside
