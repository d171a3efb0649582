"""Infobases that this computer knows: the lists that 1C's own starter shows to people."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from onec.connection import ConnectionString, ConnectionStringError
from wire.problems import Sentence

_LIST, _STARTER = "ibases.v8i", "1CEStart.cfg"
_LARGEST = 4 * 1024 * 1024  # bytes of one list; a long one has a few hundred KiB
_MOST_LISTS, _MOST_BASES = 50, 5000
_SECTION = re.compile(r"\[(.*)\]\s*")
_LINE_END = re.compile(r"\r\n|\r|\n")  # str.splitlines knows ends that may stand in a name
_LONGEST_NAME = 200
_DOTS_OF_A_BUILD = 3
_SLASHES = "/\\"
_BY_WEB = re.compile(r"\s*ws\s*=", re.IGNORECASE)
_WEB = Sentence(
    "опубликована на веб-сервере: расширения ставятся через папку базы или сервер 1С",
    "published on a web server: extensions go in through the folder or the 1C server",
)
_UNREADABLE = Sentence("строка соединения не читается", "the connection string cannot be read")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where 1C keeps lists and programs; nothing here looks elsewhere."""

    user: Path | None = None  # %APPDATA%\1C\1CEStart
    common: Path | None = None  # %ProgramData%\1C\1CEStart
    programs: tuple[Path, ...] = ()  # %ProgramFiles% and %ProgramFiles(x86)%


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a list; without `connection` it cannot be used, and `why` tells."""

    name: str
    connection: ConnectionString | None
    folder: str = "/"  # of the tree that people see
    platform: str | None = None  # as asked for there: 8.3 or 8.3.25.1286
    why: Sentence | None = None

    @property
    def build(self) -> str | None:
        """The exact build; 1C's list may hold 8.3 alone, which asks for nothing."""
        is_exact = self.platform is not None and self.platform.count(".") == _DOTS_OF_A_BUILD
        return self.platform if is_exact else None


def listed(folders: Folders) -> list[Listed]:
    """Every infobase of every list, each place once, in the order people see them."""
    found: dict[str, Listed] = {}
    for path in _lists(folders):
        for one in parse_list(read_text(path)):
            key = place_key(one.connection) if one.connection else f"?{one.name}"
            found.setdefault(key, one)
            if len(found) >= _MOST_BASES:
                return list(found.values())
    return list(found.values())


def place_key(at: ConnectionString) -> str:
    """The same for one infobase, whoever enters it and however its folder is written."""
    return f"{at.file.rstrip(_SLASHES)}|{at.server}|{at.ref}".casefold()


def parse_list(text: str) -> Iterator[Listed]:
    """Infobases of the text of an `ibases.v8i`; entries without `Connect` are folders."""
    for name, values in _sections(text):
        connect = values.get("connect", "")
        if connect:
            yield _listed(name, connect, values)


def starter_values(folders: Folders, name: str) -> list[str]:
    """What the settings of 1C's starter say under a name, the user's before everybody's."""
    found = []
    for folder in (folders.user, folders.common):
        if folder is not None:
            lines = _LINE_END.split(read_text(folder / _STARTER))
            pairs = (line.partition("=") for line in lines)
            found += [
                value.strip()
                for key, _, value in pairs
                if key.strip().casefold() == name.casefold() and value.strip()
            ]
    return found


def read_text(path: Path) -> str:
    """A file of 1C: UTF-16 or UTF-8 by its mark, else UTF-8, else cp1251; "" if there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        return ""
    return "" if len(data) > _LARGEST else _decoded(data)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if b"\x00" in data[1:2]:  # UTF-16LE without its mark: Latin letters first
        return data.decode("utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", "replace")


def _lists(folders: Folders) -> Iterator[Path]:
    """The user's own list, then those that the starter is told to show too."""
    if folders.user is not None:
        yield folders.user / _LIST
    named = (
        part.strip().strip('"')
        for value in starter_values(folders, "CommonInfoBases")
        for part in value.split(",")
    )
    for _, text in zip(range(_MOST_LISTS), filter(None, named), strict=False):
        yield Path(text)


def _sections(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    name, values = None, dict[str, str]()
    for line in _LINE_END.split(text):
        section = _SECTION.fullmatch(line.strip())
        if section:
            if name is not None:
                yield name, values
            name, values = section[1], {}
        else:
            key, _, value = line.partition("=")
            values.setdefault(key.strip().casefold(), value.strip())
    if name is not None:
        yield name, values


def _listed(name: str, connect: str, values: dict[str, str]) -> Listed:
    clean, folder = _shown(name) or "?", _shown(values.get("folder", "")) or "/"
    platform = values.get("version") or values.get("defaultversion")
    is_version = platform is not None and re.fullmatch(r"[0-9]+(\.[0-9]+){1,3}", platform)
    connection, why = None, _WEB if _BY_WEB.match(connect) else _UNREADABLE
    try:
        connection = ConnectionString.parse(connect)
    except ConnectionStringError:
        return Listed(clean, None, folder, why=why)
    return Listed(clean, connection, folder, platform if is_version else None)


def _shown(text: str) -> str:
    """A name that can neither break a line nor steer a terminal."""
    plain = "".join(symbol if symbol.isprintable() else " " for symbol in text)
    return plain.strip()[:_LONGEST_NAME]
