"""Where Windows thinks that 1C's COM connector is: per user and per machine, 32 and 64 bits."""

import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

if sys.platform == "win32":
    import winreg

_CLASSES = r"Software\Classes"
_HOST = re.compile(r"dllhost(?:\.exe)?\"?\s+/processid:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Connector:
    """A COM class by which 1C lets other programs in."""

    progid: str
    clsid: str


V83 = Connector("V83.COMConnector", "{181E893D-73A4-4722-B61D-D604B3D67D47}")
V85 = Connector("V85.COMConnector", "{BBAB44B3-6C80-43B1-AFEC-3094B12122BE}")
CONNECTORS = (V83, V85)


class Root(StrEnum):
    """Whose registration it is."""

    USER = "HKCU"
    MACHINE = "HKLM"


BITS = (64, 32)
"""The two views of the registry: programs of each width have their own."""


class Hive(Protocol):
    """The registry as far as we read it."""

    def value(self, root: Root, bits: int, path: str, name: str = "") -> str | None:
        """A text; without a name the one of the key itself. None where there is none."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What one root and view say of a connector."""

    root: Root
    bits: int
    dll: str | None = None  # InprocServer32
    threading_model: str | None = None
    local_server: str | None = None  # LocalServer32: another process holds the connector
    app_id: str | None = None
    progid_clsid: str | None = None  # where the name leads

    @property
    def is_there(self) -> bool:
        """Whether there is anything by which the class can be made."""
        return bool(self.dll or self.local_server)

    @property
    def is_com_plus(self) -> bool:
        """A COM+ application holds it: it may have another width and version than we."""
        return bool(self.local_server and _HOST.search(self.local_server))


@dataclass(frozen=True, slots=True)
class Registrations:
    """Everything that is registered for one connector."""

    connector: Connector
    found: tuple[Registration, ...]  # only those that are there

    def of(self, root: Root, bits: int) -> Registration | None:
        """The registration of one root and view."""
        return next((one for one in self.found if (one.root, one.bits) == (root, bits)), None)

    def effective(self, bits: int, *, is_elevated: bool) -> Registration | None:
        """The one that a program of that width gets.

        The user's own wins, but COM does not look at it for programs that run with the rights of
        an administrator ("Per-User COM Registrations" in Microsoft's documentation of COM).
        """
        own = None if is_elevated else self.of(Root.USER, bits)
        return own or self.of(Root.MACHINE, bits)

    def shadowed(self, bits: int) -> Registration | None:
        """The machine's registration where the user's one leads elsewhere."""
        own, common = self.of(Root.USER, bits), self.of(Root.MACHINE, bits)
        if own is None or common is None or _same(own, common):
            return None
        return common


def read(hive: Hive, connector: Connector) -> Registrations:
    """What is registered for a connector, in both roots and both views."""
    all_of_them = (_read(hive, connector, root, bits) for root in Root for bits in BITS)
    return Registrations(connector, tuple(one for one in all_of_them if one.is_there))


def regsvr32(dll: str, bits: int, *, for_machine: bool) -> str:
    """The exact line that registers a connector; for the machine it takes an administrator."""
    folder = "System32" if bits == BITS[0] else "SysWOW64"
    options = "" if for_machine else " /n /i:user"
    return rf'%SystemRoot%\{folder}\regsvr32.exe{options} "{dll}"'


def unregister_user(connector: Connector) -> str:
    """The line that takes away what this user alone has registered."""
    return rf'reg delete "HKCU\{_CLASSES}\CLSID\{connector.clsid}" /f'


def open_hive() -> Hive | None:
    """The registry of this computer; None where there is none."""
    return _Winreg() if sys.platform == "win32" else None


def _read(hive: Hive, connector: Connector, root: Root, bits: int) -> Registration:
    key = rf"{_CLASSES}\CLSID\{connector.clsid}"

    def text(path: str, name: str = "") -> str | None:
        return hive.value(root, bits, path, name) or None

    return Registration(
        root=root,
        bits=bits,
        dll=_unquoted(text(rf"{key}\InprocServer32")),
        threading_model=text(rf"{key}\InprocServer32", "ThreadingModel"),
        local_server=text(rf"{key}\LocalServer32"),
        app_id=text(key, "AppID"),
        progid_clsid=text(rf"{_CLASSES}\{connector.progid}\CLSID"),
    )


def _unquoted(path: str | None) -> str | None:
    return path.strip().strip('"') if path else None


def _same(one: Registration, other: Registration) -> bool:
    first, second = (one.dll or "").casefold(), (other.dll or "").casefold()
    return (first, one.local_server) == (second, other.local_server)


class _Winreg:
    """The registry itself."""

    def value(self, root: Root, bits: int, path: str, name: str = "") -> str | None:
        """A text, with its variables filled in."""
        if sys.platform == "win32":
            try:
                with self._open(root, bits, path) as key:
                    found, kind = winreg.QueryValueEx(key, name)
            except OSError:
                return None
            if kind == winreg.REG_EXPAND_SZ:
                return winreg.ExpandEnvironmentStrings(found)
            return str(found)
        return None

    if sys.platform == "win32":

        def _open(self, root: Root, bits: int, path: str) -> winreg.HKEYType:
            roots = {Root.USER: winreg.HKEY_CURRENT_USER, Root.MACHINE: winreg.HKEY_LOCAL_MACHINE}
            view = winreg.KEY_WOW64_64KEY if bits == BITS[0] else winreg.KEY_WOW64_32KEY
            return winreg.OpenKeyEx(roots[root], path, 0, winreg.KEY_READ | view)
