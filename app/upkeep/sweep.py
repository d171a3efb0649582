"""Clears away what has served its time, a short transaction after the other."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from sqlalchemy import Connection, Engine

from app.accounts.service import devices, links, mailing, sessions
from app.delivery.service import sweeps as delivery
from app.kit.db import Kit, UnitOfWork, reading, transaction
from app.kit.sweeping import sweep
from app.licensing.service import checklog, staleness

Act = Callable[[UnitOfWork], int]
_ACTS: Final[tuple[Act, ...]] = (
    lambda session: sweep(session, session.now()),
    delivery.abort_expired,
    delivery.forget_old,
    delivery.free_slots,
    checklog.forget_old,
    sessions.forget_ended,
    devices.forget_old,
    links.forget_old,
    mailing.forget_old,
    mailing.give_up_lost,
)


def run(engine: Engine | Connection, kit: Kit) -> Iterator[int]:
    """How many rows each transaction cleared, until nothing is left."""
    for act in _ACTS:
        yield from _until_nothing_is_left(engine, kit, act)


def release_stale_seats(engine: Engine | Connection, kit: Kit) -> Iterator[int]:
    """How many seats each transaction took back, for the vendors that want it."""
    with reading(engine, kit) as session:
        vendors = staleness.vendors_that_release(session)
    for vendor_id in vendors:
        release = partial(staleness.release_stale, vendor_id=vendor_id)
        yield from _until_nothing_is_left(engine, kit, release)


def _until_nothing_is_left(engine: Engine | Connection, kit: Kit, act: Act) -> Iterator[int]:
    done = 1
    while done:
        with transaction(engine, kit) as session:
            done = act(session)
        yield done
