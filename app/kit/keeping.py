"""Keeps an embedded database running for a program that goes on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from app.kit import embedded
from app.kit.embedded import Database
from app.kit.postgres import EmbeddedDatabaseError
from app.kit.telemetry import log

LOOK: Final = 1.0
"""Seconds between two looks whether it answers."""


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """While it lasts, the server of `folder` is started again when it ends, whoever started it."""
    over, ours = threading.Event(), list[Database]()

    def keep() -> None:
        while not over.wait(LOOK):
            # A folder that is gone or empty is left alone: nobody asked for a new database.
            if not embedded.answers(folder) and (folder / "PG_VERSION").exists():
                log.warning("database", why="it has ended and is started again")
                with suppress(EmbeddedDatabaseError):  # the next look tries again
                    ours.append(embedded.start(folder))

    keeper = threading.Thread(target=keep, name="database", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        for database in ours[-1:]:
            database.stop()
