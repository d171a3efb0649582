"""Base backups and WAL on another volume, by the scripts that production uses."""

import os
import time
from pathlib import Path
from typing import Final, Self

from psycopg.conninfo import make_conninfo

from app.drill.problems import DrillFailed
from app.drill.server import Server
from app.kit import postgres
from app.kit.resources import folder
from app.upkeep.health import WAL_SLOT

_PATIENCE: Final = 60.0


class Archive:
    """Of one server; it is there when the server is not."""

    def __init__(self, parent: Path) -> None:
        self.folder = postgres.make_folder("archive-", parent)
        self._programs = postgres.programs()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_receiver"):
            self._receiver.terminate()
            self._receiver.wait()

    def begin(self, server: Server) -> None:
        """A base backup, and from then on each write is here before it is acknowledged."""
        self._place = make_conninfo(server.url, application_name=WAL_SLOT)
        receive = (
            self._programs / "pg_receivewal",
            f"--slot={WAL_SLOT}",
            f"--dbname={self._place}",
        )
        _require(*postgres.run(*receive, "--create-slot", "--if-not-exists"))
        wal = self.folder / "wal"
        _require(*postgres.run("mkdir", "-m", "0700", wal))
        self._receiver = postgres.begin(*receive, "--synchronous", f"--directory={wal}")
        self.run("basebackup", "--archive", self.folder, "--dbname", self._place)
        server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{WAL_SLOT}'")
        server.execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + _PATIENCE
        while not server.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
            if time.monotonic() > deadline:
                raise DrillFailed(what=f"{WAL_SLOT}: not synchronous")
            time.sleep(0.05)

    def recover(self, data: Path, until: str = "") -> None:
        """The database of the last acknowledged write, or of a moment, in a folder of its own."""
        more = ("--until", until) if until else ()
        self.run("recover", "--archive", self.folder, "--data", data, *more)

    def run(self, script: str, *arguments: str | Path) -> None:
        """One of the scripts of deploy/postgres, wherever `nobody` may not read them."""
        text = (folder("deploy") / "postgres" / script).read_text(encoding="utf-8")
        path = f"PATH={self._programs}{os.pathsep}{os.defpath}"
        _require(*postgres.run("env", path, "sh", "-c", text, script, *arguments))


def _require(done: bool, said: str) -> None:  # noqa: FBT001 - what `run` answers
    if not done:
        raise DrillFailed(what=said.strip()[-1_000:])
