"""Who may write where: what is wrong with a folder's owner and rights, on either system."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from agent.errors import filled
from wire.problems import Sentence

SYSTEM, ADMINISTRATORS = "S-1-5-18", "S-1-5-32-544"
"""Well-known identifiers: Windows itself, and the group of administrators."""

EVERYBODY_ELSE_OUT = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
"""SYSTEM and administrators may do everything, nothing is inherited, nobody else gets in."""

_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
_CREATOR = "S-1-3-0"  # stands for whoever makes a file in there
_AT_HOME = frozenset({SYSTEM, ADMINISTRATORS, _INSTALLER})
# write data, append, write extended attributes and attributes, delete children, delete,
# change rights, take over, and all of GENERIC_WRITE and GENERIC_ALL
_WRITES = 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x10000 | 0x40000 | 0x80000 | 0x40000000 | 0x10000000
_READS = 0x1 | 0x80000000 | 0x10000000  # read data, and all of GENERIC_READ and GENERIC_ALL
_INHERIT_ONLY = 0x8

_OWNER = Sentence("владелец папки — {who}", "the folder belongs to {who}")
_WRITER = Sentence("в папку может писать {who}", "{who} can write into the folder")
_ANYBODY = Sentence("кто угодно", "anybody")
_INHERITS = Sentence("права наследуются от папки выше", "rights come from the folder above")
_NO_FOLDER = Sentence("это не папка", "this is no folder")


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who is let in."""

    sid: str
    mask: int
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Access:
    """Owner and access list of Windows; without a list everybody may do everything."""

    owner: str
    entries: tuple[Entry, ...] | None
    is_protected: bool  # nothing is inherited


@dataclass(frozen=True, slots=True)
class Weakness:
    """What others could do with the folder."""

    text: Sentence
    is_foreign: bool = False  # somebody else made it: nothing in it can be trusted
    is_serious: bool = True  # else only not as it should be


def weaknesses(access: Access, own: str) -> list[Weakness]:
    """What is wrong with rights on Windows; `own` is the identifier of this account."""
    trusted = _AT_HOME | {own}
    found = []
    if access.owner not in trusted:
        found.append(Weakness(filled(_OWNER, who=access.owner), is_foreign=True))
    if access.entries is None:
        return [*found, Weakness(filled(_WRITER, who=_ANYBODY))]
    writers = {
        entry.sid: None
        for entry in access.entries
        if entry.mask & _WRITES and entry.sid not in trusted and not _is_harmless(entry)
    }
    found += [Weakness(filled(_WRITER, who=sid)) for sid in writers]
    if not access.is_protected:
        found.append(Weakness(_INHERITS, is_serious=False))
    return found


def readers(access: Access, own: str) -> list[str]:
    """Who else can read there; what only an unreadable file protects must not be there then."""
    trusted = _AT_HOME | {own}
    if access.entries is None:
        return ["S-1-1-0"]
    return [
        entry.sid
        for entry in access.entries
        if entry.mask & _READS and entry.sid not in trusted and not _is_harmless(entry)
    ]


def weaknesses_of_mode(path: Path) -> list[Weakness]:
    """The same where files have a mode."""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return [Weakness(_NO_FOLDER, is_foreign=True)]
    if found.st_uid != os.geteuid():
        return [Weakness(filled(_OWNER, who=f"uid {found.st_uid}"), is_foreign=True)]
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return [Weakness(filled(_WRITER, who=f"mode {stat.S_IMODE(found.st_mode):o}"))]
    return []


def _is_harmless(entry: Entry) -> bool:
    """Whoever makes a file in there is one of those who can."""
    return entry.sid == _CREATOR and bool(entry.flags & _INHERIT_ONLY)
