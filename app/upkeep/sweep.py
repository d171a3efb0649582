"""Clears away what has served its time, a short transaction after the other."""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from app.kit.db import Kit, reading, transaction
from app.kit.sweeping import sweep
from app.licensing.service import staleness


def run(engine: Engine | Connection, kit: Kit) -> Iterator[int]:
    """How many rows each transaction deleted, until nothing is left."""
    deleted = 1
    while deleted:
        with transaction(engine, kit) as session:
            deleted = sweep(session, session.now())
        yield deleted


def release_stale_seats(engine: Engine | Connection, kit: Kit) -> Iterator[int]:
    """How many seats each transaction took back, for the vendors that want it."""
    with reading(engine, kit) as session:
        vendors = staleness.vendors_that_release(session)
    for vendor_id in vendors:
        released = 1
        while released:
            with transaction(engine, kit) as session:
                released = staleness.release_stale(session, vendor_id)
            yield released
