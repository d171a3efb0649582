"""The connection string of an infobase: parse, build, and show without its passwords."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

_PAIR: Final = re.compile(
    r'\s*(?P<key>\w+)\s*=\s*(?:"(?P<quoted>(?:[^"]|"")*)"\s*|(?P<bare>[^";]*))(?:;\s*|\Z)'
)
# An unclosed quotation mark hides the rest: rather too little in a log than a password.
_SECRET: Final = re.compile(
    r'\b(?P<key>Pwd|UC)\s*=\s*(?:"(?:[^"]|"")*(?:"|\Z)|[^;\r\n]*)', re.IGNORECASE
)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_FIELDS: Final = {
    "file": "file",
    "srvr": "server",
    "ref": "ref",
    "usr": "user",
    "pwd": "password",
    "uc": "access_code",
    "locale": "locale",
}
_SECRET_KEYS: Final = frozenset({"Pwd", "UC"})
_HIDDEN: Final = "***"


class InfobaseKind(StrEnum):
    """Where an infobase lives: a folder, or a cluster of servers."""

    FILE = "file"
    SERVER = "server"


class ConnectionStringError(ValueError):
    """Text that is no connection string we can use; the message never repeats it."""


@dataclass(frozen=True, slots=True, repr=False)
class ConnectionString:
    """A file infobase (`file`) or one on a server (`server` and `ref`), and who enters it.

    No `user` means the account of the operating system. `access_code` (UC) passes a lock of
    sessions. Text for people and logs hides password and access code; only `reveal` shows them.
    """

    file: str = ""
    server: str = ""
    ref: str = ""
    user: str = ""
    password: str = ""
    access_code: str = ""
    locale: str = ""

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.server) or bool(self.server) != bool(self.ref):
            raise ConnectionStringError("either File, or Srvr together with Ref")
        if any(_CONTROLS.search(value) for _, value in self._pairs()):
            raise ConnectionStringError("control characters in a value")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From 1C's own grammar: `key=value;`, keys in any case, a quotation mark doubled inside.

        Raises ConnectionStringError, also for keys that we do not know (`ws=`, a web server).
        """
        values: dict[str, str] = {}
        for key, value in _split(text):
            name = _FIELDS.get(key.casefold())
            if name is None:
                raise ConnectionStringError("keys are File, Srvr, Ref, Usr, Pwd, UC and Locale")
            if name in values:
                raise ConnectionStringError("a key is given twice")
            values[name] = value
        return cls(**values)

    @property
    def kind(self) -> InfobaseKind:
        """File or server."""
        return InfobaseKind.FILE if self.file else InfobaseKind.SERVER

    def reveal(self) -> str:
        """The text for 1C, secrets included; empty values are left out."""
        return "".join(f"{key}={_quoted(value)};" for key, value in self._pairs())

    def __str__(self) -> str:
        # Not by `hide_passwords`: a user's name may hold what looks like a key.
        return "".join(
            f"{key}={_HIDDEN if key in _SECRET_KEYS else _quoted(value)};"
            for key, value in self._pairs()
        )

    def __repr__(self) -> str:
        return f"ConnectionString({self})"

    def _pairs(self) -> Iterator[tuple[str, str]]:
        pairs = (
            ("File", self.file),
            ("Srvr", self.server),
            ("Ref", self.ref),
            ("Usr", self.user),
            ("Pwd", self.password),
            ("UC", self.access_code),
            ("Locale", self.locale),
        )
        return ((key, value) for key, value in pairs if value)


def hide_passwords(text: str) -> str:
    """Any text for a log with the values of `Pwd=` and `UC=` replaced, also in a broken string."""
    return _SECRET.sub(lambda found: f"{found['key']}={_HIDDEN}", text)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _split(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        if pair is None:
            raise ConnectionStringError(
                "the form is key=value; with quotation marks doubled inside"
            )
        quoted = pair["quoted"]
        value = pair["bare"].strip() if quoted is None else quoted.replace('""', '"')
        yield pair["key"], value
        position = pair.end()
