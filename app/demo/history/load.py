"""The whole story: told from a seed, then lived through in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import Engine

from app.demo.history.cast import World
from app.demo.history.cases import live_cases
from app.demo.history.crowd import populate
from app.demo.history.eight import TITLES, tell_eight
from app.demo.history.office import open_office
from app.demo.history.sales import come, open_shop
from app.demo.history.shelf import fill_shelf
from app.demo.history.vouchers import live_vouchers
from app.demo.history.walk import Act, Calendar, Story, walk
from app.kit.db import Kit

SEED: Final = 1
_CROWD, _COUPONS = 120, 142
"""Where the customers begin who have cases of their own, and those of the coupons."""


def tell(until: datetime, seed: int = SEED) -> World:
    """Everything that is going to happen in the year that ends the day before `until`."""
    world = World(Story(Random(seed), Calendar(until)))  # noqa: S311 - nothing secret comes of it
    open_office(world)
    fill_shelf(world)
    open_shop(world)
    customers = come(world)
    populate(world, customers[:_CROWD])
    tell_eight(world, customers[: len(TITLES)])
    live_cases(world, customers[_CROWD:_COUPONS])
    live_vouchers(world, customers[_COUPONS : _COUPONS + 3])
    return world


def load(engine: Engine, kit: Kit, told: Callable[[Act], None] = lambda _: None) -> World:
    """The year until today in an empty database: all of it or, if anything fails, nothing."""
    world = tell(kit.clock())
    with engine.begin() as connection:
        walk(connection, kit, world.story.in_order(), told)
    return world
