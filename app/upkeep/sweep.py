"""Clears away what has served its time, a short transaction after the other."""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from app.kit.db import Kit, transaction
from app.kit.sweeping import sweep


def run(engine: Engine | Connection, kit: Kit) -> Iterator[int]:
    """How many rows each transaction deleted, until nothing is left."""
    deleted = 1
    while deleted:
        with transaction(engine, kit) as session:
            deleted = sweep(session, session.now())
        yield deleted
