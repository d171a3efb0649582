"""Infobases for the connector of the prefix: folders of text files, read and written from here."""

import hashlib
from collections import Counter
from pathlib import Path

from onec.cfe import read_cfe
from tests.wine.windows import windows_path


class Infobase:
    """One folder; what the connector has done in it is read back from the same files."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.settings = {
            "name": "БухгалтерияПредприятия",
            "version": "3.0.150.34",
            "compat": "8.3.21",
            "app_version": "8.3.25.1286",
        }
        self.set(**settings)

    @property
    def path(self) -> str:
        """As Windows sees it."""
        return windows_path(self.folder)

    def set(self, **settings: object) -> None:
        """Changes base.txt: user, password, rights, lang, server, bsp, licences, changed …"""
        self.settings |= settings
        lines = [f"{key}={value}" for key, value in self.settings.items()]
        self.write("base.txt", *lines)

    def write(self, name: str, *lines: str) -> None:
        """One file of the folder, whole."""
        (self.folder / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")

    def read(self, name: str) -> str:
        """One file of the folder; nothing where there is none."""
        path = self.folder / name
        return path.read_text("utf-8") if path.exists() else ""

    def knows(self, data: bytes, *, structure: bool = False) -> str:
        """The infobase takes these bytes for an extension, and says so; their SHA-1."""
        found = read_cfe(data)
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        row = (sha1, found.name, found.raw.version, str(found.purpose), str(int(structure)))
        with (self.folder / "known.txt").open("a", encoding="utf-8") as file:
            file.write("\t".join(row) + "\n")
        return sha1

    def holds(self, uuid: str, data: bytes, **properties: object) -> None:
        """An extension that is there already."""
        self.knows(data)
        (self.folder / "ext").mkdir(exist_ok=True)
        (self.folder / "ext" / f"{uuid}.cfe").write_bytes(data)
        lines = [f"{key}={value}" for key, value in properties.items()]
        self.write(f"ext/{uuid}.txt", *lines)

    def faults(self, *lines: str) -> None:
        """`[once] Kind.Member before|after fail|com|hang|crash|lost …`, one by line."""
        self.write("fault.txt", *lines)

    @property
    def stored(self) -> list[bytes]:
        """The bytes of every extension."""
        return [path.with_suffix(".cfe").read_bytes() for path in self._properties()]

    @property
    def versions(self) -> list[str]:
        """The version in each of them."""
        return [read_cfe(data).raw.version for data in self.stored]

    def properties(self) -> dict[str, str]:
        """Those of the one extension."""
        [path] = self._properties()
        return dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())

    def calls(self, what: str = "invoke") -> list[str]:
        """Members in the order of their calls: `invoke`, or `names` for look-ups."""
        lines = [line.split() for line in self.read("calls.log").splitlines()]
        return [member for kind, member, _ in lines if kind == what]

    def sessions(self) -> list[Counter[str]]:
        """The members that each session invoked, and how often."""
        found: list[Counter[str]] = []
        for kind, member, _ in (line.split() for line in self.read("calls.log").splitlines()):
            if kind == "connect":
                found.append(Counter())
            elif kind == "invoke":
                found[-1][member] += 1
        return found

    def _properties(self) -> list[Path]:
        return sorted((self.folder / "ext").glob("*.txt"))


def number_of(folder: Path) -> str:
    """The id that the agent left in the infobase of a folder."""
    [line] = (folder / "settings.txt").read_text("utf-8").splitlines()
    return line.split("\t")[-1]
