"""Computers of clients with Windows on them: the real agent, and an infobase behind real COM."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.faults.office import Vendor
from tests.simulators.bench import EXTENSION, Ran
from tests.wine.onec import Infobase
from tests.wine.windows import Windows, heard, windows_path


class WindowsComputer:
    """One client's machine; what the agent knows stays in its folder from run to run."""

    def __init__(self, windows: Windows, folder: Path, vendor: Vendor, url: str, ca: Path) -> None:
        self.windows, self.folder, self.ca = windows, folder, ca
        folder.mkdir()
        self.home, self.connection = folder / "ProgramData", folder / "Вектор.podkluch"
        vendor.trust("connection", "--out", self.connection, "--server", url)
        [self.key] = vendor.stage.sold(1)
        self.infobase = Infobase(folder / "Бухгалтерия ООО Василёк")

    def command(self, *arguments: str, ca: Path | None = None) -> list[str]:
        """A run that is told everything; `infobases …` says for itself which one it means."""
        place = () if arguments[0] == "infobases" else ("--infobase", self.infobase.path)
        return [
            *("-m", "agent", *arguments, "--json", "--key-stdin", "--lang=ru"),
            *("--connection", windows_path(self.connection), *place),
            *("--ca-file", windows_path(ca or self.ca)),
        ]

    def ends(self, *arguments: str) -> int:
        """The exit code of a run that is told what no earlier one was."""
        place = ("--infobase", self.infobase.path, "--ca-file", windows_path(self.ca))
        return self.windows.fact("ends", "-m", "agent", *arguments, *place, **self.variables)

    @property
    def variables(self) -> dict[str, str]:
        return {"PODKLUCH_HOME": windows_path(self.home)}

    def start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """A run of the agent that was given its key."""
        agent = self.windows.popen(command, self.variables)
        agent.stdin.write(f"{self.key}\n")
        agent.stdin.flush()
        return agent

    def run(self, *arguments: str, ca: Path | None = None) -> Ran:
        """One run of the agent, to its end."""
        with self.start(self.command(*arguments, ca=ca)) as agent:
            said, complaint = heard(agent)
        assert said, complaint
        return Ran(agent.returncode, said, complaint)

    def install(self, *options: str) -> Ran:
        """Brings the infobase to the best release of the vendor's extension."""
        return self.run("install", EXTENSION, "--yes", *options)

    def files(self) -> bytes:
        """Everything that the agent keeps, in one piece."""
        kept = [path for path in self.home.rglob("*") if path.is_file()]
        return b"".join(path.read_bytes() for path in kept)
