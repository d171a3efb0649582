"""A registry of Windows as a table, and program files of Windows with nothing in them."""

import struct

from agent.registry import Connector, Root


class FakeHive:
    """What the agent reads of a registry; names of keys in any case, as Windows has it."""

    def __init__(self):
        self._values = {}

    def put(self, root, bits, path, name, text):
        self._values[root, bits, path.casefold(), name.casefold()] = text

    def value(self, root, bits, path, name=""):
        return self._values.get((root, bits, path.casefold(), name.casefold()))

    def register(self, connector: Connector, dll, root=Root.MACHINE, bits=64):
        """As regsvr32 leaves it."""
        key = rf"Software\Classes\CLSID\{connector.clsid}"
        self.put(root, bits, rf"{key}\InprocServer32", "", str(dll))
        self.put(root, bits, rf"{key}\InprocServer32", "ThreadingModel", "Both")
        name = rf"Software\Classes\{connector.progid}\CLSID"
        self.put(root, bits, name, "", connector.clsid)

    def host(self, connector: Connector, app_id, root=Root.MACHINE, bits=64):
        """As a COM+ application leaves it."""
        key = rf"Software\Classes\CLSID\{connector.clsid}"
        self.put(root, bits, key, "AppID", app_id)
        line = rf"C:\WINDOWS\system32\dllhost.exe /Processid:{app_id}"
        self.put(root, bits, rf"{key}\LocalServer32", "", line)


def program_file(version="8.3.23.1739", machine=0x8664) -> bytes:
    """A DLL that holds a version resource and nothing else; without a version not even that."""
    is_wide = machine != 0x014C
    optional = struct.pack("<H", 0x20B if is_wide else 0x10B).ljust(108 if is_wide else 92, b"\0")
    resources = (0x1000, 0x200) if version else (0, 0)
    optional += struct.pack("<7I", 3, 0, 0, 0, 0, *resources)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    coff = struct.pack("<4s2H12x2H", b"PE\0\0", machine, 1, len(optional), 0x2022)
    section = struct.pack("<8s4I16x", b".rsrc\0\0\0", 0x200, 0x1000, 0x200, 0x400)
    return (head + coff + optional + section).ljust(0x400, b"\0") + (
        _resources(version) if version else b""
    )


def _resources(version: str) -> bytes:
    folder = struct.pack("<12x2H", 0, 1)
    tree = folder + struct.pack("<2I", 16, 0x80000018)
    tree += folder + struct.pack("<2I", 1, 0x80000030)
    tree += folder + struct.pack("<2I", 1049, 0x48)
    data = struct.pack("<6x") + "VS_VERSION_INFO".encode("utf-16-le") + b"\0\0\0\0"
    first, second, third, fourth = map(int, version.split("."))
    fixed = struct.pack("<4I", 0xFEEF04BD, 0x10000, first << 16 | second, third << 16 | fourth)
    tree += struct.pack("<4I", 0x1058, len(data + fixed), 0, 0)
    return (tree + data + fixed).ljust(0x200, b"\0")
