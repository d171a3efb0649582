"""Files handed over to 1C: their names tell whose they are, so that leftovers are told apart."""

import re
import uuid
from contextlib import suppress
from pathlib import Path

from agent import processes
from agent.infobase import HostProcess

_OWNED = re.compile(r"([0-9]+)_([0-9a-f-]+(?:_[0-9]+)?)_[0-9a-f-]{36}\.cfe")


def new_name(owner: HostProcess) -> str:
    """A name that no other file has; it tells which process will remove it."""
    started_at = owner.started_at.replace(" ", "_")
    return f"{owner.pid}_{started_at}_{uuid.uuid4()}.cfe"


def forget_ownerless(folder: Path) -> None:
    """Remove what processes that run no more have left."""
    for path in folder.glob("*.cfe"):
        named = _OWNED.fullmatch(path.name)
        if named and processes.started_at(int(named[1])) != named[2].replace("_", " "):
            with suppress(OSError):  # 1C holds it open still: the next run
                path.unlink(missing_ok=True)
