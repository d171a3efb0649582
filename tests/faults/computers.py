"""Computers of clients: the real agent as a process, with a folder and an infobase of its own."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from agent.journal import Journal
from app.demo.sample import make_infobase
from tests.faults.service import ROOT
from tests.simulators.bench import EXTENSION, Ran

_COUNTED = ("session_counter", "connected", "infobase_id")
"""What a look at the infobase changes."""


class Computer:
    """One client's machine; what the agent knows stays in its folder from run to run."""

    def __init__(self, folder: Path, connection: Path, key: str) -> None:
        self.connection, self.key = connection, key
        self.home, self.infobase = folder / "home", folder / "infobase"
        make_infobase(self.infobase)

    def another(self, folder: Path, *, knows: bool = True) -> "Computer":
        """The same infobase; the agent `knows` what it knew, or was installed a moment ago."""
        made = Computer(folder, self.connection, self.key)
        shutil.copytree(self.infobase, made.infobase, dirs_exist_ok=True)
        if knows:
            shutil.copytree(self.home, made.home, symlinks=True)
            made.know_place()
        return made

    def know_place(self) -> None:
        """The infobase was moved here, so its seat is the one that it has."""
        with closing(Journal(self.home / "state.db")) as journal:
            place = f"simulated:{self.infobase.absolute()}"
            journal.know_infobase(self._state()["infobase_id"], place, self.infobase.name)

    def run(self, *arguments: str, module: str = "agent") -> Ran:
        """One run of the agent, which is given server, root and key each time."""
        command = [
            *(sys.executable, "-m", module, *arguments, "--json", "--key-stdin", "--lang=ru"),
            *(f"--simulated={self.infobase}", f"--connection={self.connection}"),
        ]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PODKLUCH_HOME": str(self.home)},
            input=f"{self.key}\n",
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.stdout, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def install(self, *options: str, module: str = "agent") -> Ran:
        """Brings the infobase to the best release of the vendor's extension."""
        return self.run("install", EXTENSION, "--yes", *options, module=module)

    def versions(self) -> list[str]:
        """What the infobase holds."""
        return [row["version"] for row in self._state().get("extensions", [])]

    def digest(self) -> str:
        """Of everything that the infobase holds, and of every file beside it."""
        state = {name: value for name, value in self._state().items() if name not in _COUNTED}
        found = hashlib.sha256(json.dumps(state, sort_keys=True).encode())
        for path in sorted(self.infobase.rglob("*")):
            if path.is_file() and path != self._file:
                found.update(path.name.encode() + path.read_bytes())
        return found.hexdigest()

    @property
    def _file(self) -> Path:
        return self.infobase / "infobase.json"

    def _state(self) -> dict:
        return json.loads(self._file.read_text("utf-8"))
