"""What a Windows program file says of itself: its machine and its version resource.

The layout is that of Microsoft's "PE Format"; the version is the VS_FIXEDFILEINFO structure of the
first version resource.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

_PE32, _PE64 = 0x10B, 0x20B
_DIRECTORIES = {_PE32: 92, _PE64: 108}  # offset of their number in the optional header
_RESOURCES = 2  # index of that directory
_SECTIONS_MAX, _ENTRIES_MAX = 96, 4096
_VERSION_TYPE = 16
_SUBFOLDER = 0x80000000
_FIXED_SIGNATURE = struct.pack("<I", 0xFEEF04BD)
_VERSION_MAX = 64 * 1024


class Machine(StrEnum):
    """For which processors a program file is made."""

    X86 = "x86"
    X64 = "x64"
    ARM64 = "arm64"


_MACHINES = {0x014C: Machine.X86, 0x8664: Machine.X64, 0xAA64: Machine.ARM64}
_BITS = {Machine.X86: 32, Machine.X64: 64, Machine.ARM64: 64}


class BadProgramFileError(ValueError):
    """No program file of Windows, or a damaged one."""


@dataclass(frozen=True, slots=True)
class ProgramFile:
    """Machine, or the number of an unknown one, and version (8.3.23.1739) of a program file."""

    machine: Machine | str
    version: str | None

    @property
    def bits(self) -> int:
        """How wide a program must be that loads it; 0 where that is not known."""
        return _BITS[self.machine] if isinstance(self.machine, Machine) else 0


@dataclass(frozen=True, slots=True)
class _Section:
    address: int
    size: int
    offset: int


def read_program_file(path: Path) -> ProgramFile:
    """Read a .dll or .exe; raises BadProgramFileError or OSError."""
    with path.open("rb") as file:
        return _Reader(file).read()


def machine_of(path: Path) -> Machine | None:
    """For what a program or library is made; None where it is none, or for something unknown."""
    with suppress(OSError, BadProgramFileError), path.open("rb") as file:
        return _MACHINES.get(_Reader(file).machine())
    return None


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sections: list[_Section] = []

    def read(self) -> ProgramFile:
        """Everything; a file without resources has no version."""
        machine, start = self.machine(), self._start()
        count, optional = self._unpack("<H12xH", start + 6)
        header = start + 24
        if count > _SECTIONS_MAX:
            raise BadProgramFileError("too many sections")
        self._sections = [self._section(header + optional + 40 * at) for at in range(count)]
        return ProgramFile(
            machine=_MACHINES.get(machine, f"0x{machine:04x}"), version=self._version(header)
        )

    def machine(self) -> int:
        """The number of the machine, which comes first in the header."""
        return self._unpack("<H", self._start() + 4)[0]

    def _start(self) -> int:
        """Where the header is."""
        if self._at(0, 2) != b"MZ":
            raise BadProgramFileError("no MZ")
        (start,) = self._unpack("<I", 0x3C)
        if self._at(start, 4) != b"PE\0\0":
            raise BadProgramFileError("no PE")
        return start

    def _section(self, at: int) -> _Section:
        virtual, address, size, offset = self._unpack("<4I", at + 8)
        return _Section(address, max(virtual, size), offset)

    def _version(self, header: int) -> str | None:
        (magic,) = self._unpack("<H", header)
        if magic not in _DIRECTORIES:
            raise BadProgramFileError("unknown optional header")
        at = header + _DIRECTORIES[magic]
        (count,) = self._unpack("<I", at)
        if count <= _RESOURCES:
            return None
        address, _ = self._unpack("<2I", at + 4 + 8 * _RESOURCES)
        return self._fixed_version(self._offset(address)) if address else None

    def _fixed_version(self, root: int) -> str | None:
        """Down the tree: type, name, language, and then the structure itself."""
        found = self._child(root, _VERSION_TYPE)
        for _ in range(2):
            if found is None or not found & _SUBFOLDER:
                return None
            found = self._child(root + (found & ~_SUBFOLDER), None)
        if found is None or found & _SUBFOLDER:
            return None
        address, size = self._unpack("<2I", root + found)
        data = self._at(self._offset(address), min(size, _VERSION_MAX))
        start = data.find(_FIXED_SIGNATURE)
        if start < 0 or len(data) < start + 16:
            return None
        high, low = struct.unpack_from("<2I", data, start + 8)
        return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"

    def _child(self, folder: int, wanted: int | None) -> int | None:
        """What the entry of that number leads to, or the first one."""
        named, numbered = self._unpack("<2H", folder + 12)
        for at in range(min(named + numbered, _ENTRIES_MAX)):
            number, child = self._unpack("<2I", folder + 16 + 8 * at)
            if wanted is None or number == wanted:
                return int(child)
        return None

    def _offset(self, address: int) -> int:
        """Where in the file an address of the loaded image is."""
        for section in self._sections:
            if section.address <= address < section.address + section.size:
                return section.offset + address - section.address
        raise BadProgramFileError("an address outside the sections")

    def _unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        return struct.unpack(layout, self._at(offset, struct.calcsize(layout)))

    def _at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) < size:
            raise BadProgramFileError("the file ends too early")
        return data
