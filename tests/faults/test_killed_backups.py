"""kill -9 of `podkluch backup` and `restore`: half of one is never taken for a whole one."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys

import pytest

from app.kit.signing.keyring import create_master
from app.upkeep.backup import unfinished
from app.upkeep.backup.files import damaged
from app.upkeep.backup.manifest import is_whole
from app.upkeep.backup.place import Backup, Place
from tests.factories.copies import emptied
from tests.factories.kit import MASTER
from tests.faults.service import ROOT
from tests.waiting import PATIENCE

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)


class Doomed:
    """The process that forks commands over one server."""

    def __init__(self, stage) -> None:
        self.data = stage.kit.settings.data
        self.environment = {
            "PODKLUCH_ENVIRONMENT": "test",
            "PODKLUCH_DATA": str(self.data),
            "PODKLUCH_DATABASE_URL": stage.url,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.doomed_command"],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, folder, place=0) -> tuple[int, int]:
        """The exit code, and how many calls touched the folder or committed."""
        told = {"arguments": [str(each) for each in arguments], "place": place}
        told |= {"folder": str(folder), "environment": self.environment}
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return tuple(json.loads(self._process.stdout.readline()))

    def end(self) -> None:
        self._process.communicate(timeout=PATIENCE)
        assert self._process.returncode == 0


@pytest.fixture
def doomed(stage, tmp_path):
    """Over a server whose releases have two files."""
    create_master(tmp_path / "keys" / "master", MASTER)
    with stage.acting() as world:
        for version in ("1.0", "1.1"):
            world.release(version)
    started = Doomed(stage)
    yield started
    started.end()


def places(count: int, wanted: int) -> list[int]:
    """So many of the places, the first and the last ones among them."""
    step = max(1, (count - 1) // max(1, wanted - 1))
    return sorted({*range(1, count + 1, step), count - 1, count})


def require_whole(backup: Backup) -> None:
    """Every byte that the manifest names is there."""
    assert all(is_whole(backup.folder, part) for part in (backup.manifest.database,))
    assert all(is_whole(backup.folder, part) for part in backup.manifest.trust)
    assert damaged(backup.manifest.files, backup.files, lambda _: None) == []
    assert len(backup.manifest.files) == 2


def test_a_killed_backup_is_none_and_the_older_one_stays(doomed, tmp_path, rounds):
    folder = tmp_path / "copies"
    code, calls = doomed.run("backup", folder, folder=folder)
    assert (code, calls > 40) == (0, True)
    finished, seen = 1, set()
    for place in places(calls, rounds(ci=6, campaign=calls)):
        code, _ = doomed.run("backup", folder, folder=folder, place=place)
        found = Place(folder).backups()
        seen.add(len(found) - finished)
        finished = len(found)
        for path in found:
            require_whole(Backup(path))
        assert code in (0, -signal.SIGKILL)
    logger.info("backup: %d calls, %d finished", calls, finished)
    assert seen == {0, 1}
    assert doomed.run("backup", folder, "--keep", 1, folder=folder)[0] == 0
    [last] = Place(folder).backups()
    assert {path.name for path in folder.iterdir()} == {last.name, "files"}
    require_whole(Backup(last))


def test_a_killed_restoration_starts_no_server_and_goes_on(doomed, stage, tmp_path, rounds):
    copies = tmp_path / "copies"
    assert doomed.run("backup", copies, folder=copies)[0] == 0
    stage.engine.dispose()
    data = tmp_path / "new"
    create_master(data / "keys" / "master", MASTER)
    doomed.environment["PODKLUCH_DATA"] = str(data)
    emptied(stage.url)
    code, calls = doomed.run("restore", copies, folder=data)
    assert (code, calls > 15) == (0, True)
    seen = set()
    for place in places(calls, rounds(ci=4, campaign=calls)):
        emptied(stage.url)
        shutil.rmtree(data / "artifacts")
        code, _ = doomed.run("restore", copies, folder=data, place=place)
        assert code == -signal.SIGKILL
        begun, empty = unfinished.state(stage.engine, stage.kit)
        seen.add((begun is not None, empty))
        may_serve = begun is None and not empty
        assert doomed.run("sweep", folder=data)[0] == (0 if may_serve else 3)
        again = ["--keep-database"] if may_serve else []
        assert doomed.run("restore", copies, *again, folder=data)[0] == 0
        stage.engine.dispose()
    logger.info("restore: %d calls, states %s", calls, seen)
    assert {(False, True), (True, True), (False, False)} <= seen
