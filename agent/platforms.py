"""Builds of the 1C platform on this computer."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.discovery import Folders, starter_values
from agent.pe import Machine, machine_of

_BUILD = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6}){3}")


@dataclass(frozen=True, slots=True)
class Platform:
    """One build; without `connector` it was installed without the COM connector."""

    version: str  # 8.3.25.1286
    folder: Path  # its bin
    machine: Machine | None  # None: no file tells
    connector: Path | None  # comcntr.dll
    designer: Path | None  # 1cv8.exe

    @property
    def order(self) -> tuple[int, ...]:
        """Builds compare as numbers: 8.3.9 is before 8.3.25."""
        return tuple(int(part) for part in self.version.split("."))


def installed(folders: Folders) -> list[Platform]:
    """Every build, newest first; 64 bits before 32 of the same build."""
    found: dict[Path, Platform] = {}
    for root in _roots(folders):
        for platform in _below(root):
            found.setdefault(platform.folder, platform)
    wide_first = sorted(found.values(), key=lambda one: one.machine is not Machine.X64)
    return sorted(wide_first, key=lambda one: one.order, reverse=True)


def connector(folders: Folders, version: str | None) -> Path | None:
    """The COM connector of a build, or of the newest one; None where there is none."""
    fit = (one for one in installed(folders) if version in {None, one.version})
    return next((one.connector for one in fit if one.connector), None)


def _roots(folders: Folders) -> Iterator[Path]:
    """Folders that hold one folder for each build."""
    for programs in folders.programs:
        yield from (programs / "1cv8", programs / "1cv82")
    for text in starter_values(folders, "InstalledLocation"):
        named = Path(text.strip('"'))
        yield from (named, named.parent if _BUILD.fullmatch(named.name) else named / "1cv8")


def _below(root: Path) -> Iterator[Platform]:
    with suppress(OSError, ValueError):
        for folder in root.iterdir():
            if _BUILD.fullmatch(folder.name) and (folder / "bin").is_dir():
                yield _platform(folder.name, folder / "bin")


def _platform(version: str, folder: Path) -> Platform:
    connector, designer = _file(folder / "comcntr.dll"), _file(folder / "1cv8.exe")
    known = next((path for path in (connector, designer) if path), None)
    return Platform(version, folder, machine_of(known) if known else None, connector, designer)


def _file(path: Path) -> Path | None:
    return path if path.is_file() else None
