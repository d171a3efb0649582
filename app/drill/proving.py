"""A real backup, restored into a database that is thrown away; production is not touched."""

import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.audit.actor import SYSTEM
from app.drill.course import require_sound
from app.drill.server import Server
from app.kit import embedded
from app.upkeep.backup.making import Watch
from app.upkeep.backup.place import Backup
from app.upkeep.backup.restoring import Restoration, Restored, Wish


@dataclass(frozen=True, slots=True)
class Proof:
    """What a restored backup turned out to be."""

    backup: Backup
    done: Restored
    examined: int
    seconds: float


def prove(folder: Path, master: Path, watch: Watch) -> Proof:
    """Restores the newest backup of a folder and examines it to the last byte.

    The problems of a restoration, and DRILL_FAILED for what the examination finds. Files that the
    server itself had lost before the backup are no fault of the backup.
    """
    backup, began = Backup.found(folder), time.monotonic()
    with ExitStack() as stack:
        place = Path(tempfile.mkdtemp(prefix="podkluch-drill-"))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        place.chmod(0o711)
        stack.callback(embedded.remove, place / "postgres")
        server = stack.enter_context(Server(place, place / "files", master))
        work = Restoration(server.url, server.engine, server.kit, backup, Wish())
        done = work.run(watch, actor=SYSTEM)
        examined = require_sound(server)
        return Proof(backup, done, examined, time.monotonic() - began)
