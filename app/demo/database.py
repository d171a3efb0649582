"""The database and the kit of a server to look at."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Engine

from app.demo.interrupts import postponed
from app.kit import embedded
from app.kit.config import Settings
from app.kit.db import Kit, make_engine
from app.kit.embedded import Database
from app.kit.signing.keyring import Keyring
from app.kit.storage import LocalStore


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that answers, and what verbs reach through their sessions."""

    url: str
    engine: Engine
    kit: Kit


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """The database of the settings; an embedded one that we had to start is stopped afterwards."""
    keyring = Keyring.read(settings.master_file)
    kit = Kit(settings, LocalStore(settings.artifacts_folder), keyring=keyring)
    with ExitStack() as stack:
        url = settings.database_dsn()
        if url is None:
            with postponed():
                database = embedded.start(settings.data / "postgres")
            stack.callback(_stop, database)
            url = database.url
        engine = make_engine(url, settings)
        stack.callback(engine.dispose)
        yield Opened(url, engine, kit)


def _stop(database: Database) -> None:
    with suppress(KeyboardInterrupt), postponed():
        database.stop()
