"""The whole story: told from a seed, then lived through in one transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import Connection

from app.accounts import queries as accounts
from app.demo.history.cases import live_cases
from app.demo.history.cast import World
from app.demo.history.crowd import populate
from app.demo.history.eight import TITLES, tell_eight
from app.demo.history.office import open_office
from app.demo.history.post import open_post
from app.demo.history.sales import come, open_shop
from app.demo.history.shelf import fill_shelf
from app.demo.history.vouchers import live_vouchers
from app.demo.history.walk import Act, Calendar, Story, walk
from app.demo.staff import new_password
from app.kit.db import Kit, reading
from app.trust.service.publishing import resign

SEED: Final = 1
_CROWD, _COUPONS = 120, 145
"""Where the customers begin who have cases of their own, and those of the coupons."""


class HistoryRefusedError(Exception):
    """This is no place for a made-up past."""


def tell(until: datetime, seed: int = SEED, password: str | None = None) -> World:
    """All that is going to happen in the year before `until`, whose own day stays free of it."""
    world = World(Story(Random(seed), Calendar(until)))  # noqa: S311 - nothing secret comes of it
    open_office(world, password or new_password())
    fill_shelf(world)
    open_post(world)
    open_shop(world)
    customers = come(world)
    populate(world, customers[:_CROWD])
    tell_eight(world, customers[: len(TITLES)])
    live_cases(world, customers[_CROWD:_COUPONS])
    live_vouchers(world, customers[_COUPONS : _COUPONS + 3])
    world.story.tell(until, "resign", lambda session: resign(session, world.vendor_id))
    return world


def load(
    connection: Connection,
    kit: Kit,
    told: Callable[[Act], None] = lambda _: None,
    *,
    password: str | None = None,
    by_verbs: bool = False,
) -> Mapping[str, str]:
    """The year until now, on a connection in a transaction: all of it or nothing.

    Returns the codes of support's stories by their names. HistoryRefusedError where the data of a
    demo have no place: in production, or where there is a vendor already. The vendor's people get
    the password, or one that nobody knows. `by_verbs` asks for the rights of agents at each step,
    which takes its time and leaves the same rows.
    """
    if kit.settings.environment == "production":
        raise HistoryRefusedError("demo data have no place in production")
    with reading(connection, kit) as session:
        if accounts.any_vendor(session):
            raise HistoryRefusedError("there is a vendor already: a history is made only once")
    world = tell(kit.clock(), password=password)
    world.by_verbs = by_verbs
    walk(connection, kit, world.story.in_order(), told)
    return {name: key.code for name, key in world.stories.items()}
