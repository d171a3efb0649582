"""What a test has done is undone: by the transaction around it, or by the fleet it went through."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from app.kit.db import Kit
from tests.fleet import undo


@contextmanager
def taken_back(connection: Connection, kit: Kit) -> Iterator[None]:
    """Whoever asks next meets the world as it was, from whatever process."""
    fleet = connection.info.get("fleet")
    if fleet:
        before = undo.mark(connection)
        yield
        fleet.take_back(connection, before)
        return
    undone = connection.begin_nested()
    yield
    undone.rollback()
    kit.cache.forget()
