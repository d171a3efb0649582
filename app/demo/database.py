"""A private PostgreSQL that ends with us, however often somebody presses Ctrl+C."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from app.demo.interrupts import postponed
from app.kit import embedded
from app.kit.embedded import Database
from app.kit.keeping import kept

_ATTEMPTS: Final = 3


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of the embedded database in `folder`; one that ran before runs on afterwards.

    If it ends meanwhile it is started again.
    """
    with ExitStack() as stack:
        with postponed():
            database = embedded.start(folder)
            stack.callback(_stop, database, folder)
        with kept(folder):
            yield database.url


def _stop(database: Database, folder: Path) -> None:
    """A Ctrl+C at the terminal hits the program that waits for the end as well: wait again."""
    still_there = folder.resolve() / "postmaster.pid"
    with suppress(KeyboardInterrupt), postponed():
        for _ in range(_ATTEMPTS):
            database.stop()
            if database.adopted or not still_there.exists():
                return
