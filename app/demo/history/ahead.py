"""A product whose term begins later than it was written down."""

from typing import Final

from app.demo.history.cast import Key, World
from app.demo.history.walk import Do
from app.kit.db import UnitOfWork, new_id
from app.licensing.schemas import AddProduct
from app.licensing.service import algebra
from app.licensing.service.entitlements import lock
from app.licensing.service.ledger import Cause, Writer
from app.licensing.service.state import facts, load

_REASON: Final = "Срок по договору начинается позже (демо)"


def begin_later(world: World, key: Key, product: str, day: int, begin: int) -> None:
    """A year of a product, granted on one day and beginning on another.

    What vendors do begins today; the rights and the ledger know a later day all the same.
    """
    at = world.story.calendar.moment(day, 15)
    world.story.tell(at, "begin later", _granted(world, key, product, begin))


def _granted(world: World, key: Key, product: str, begin: int) -> Do:
    first = world.story.calendar.date(begin)
    operation = AddProduct.model_validate({"product": product, "term": {"days": 365}, "seats": 5})

    def act(session: UnitOfWork) -> None:
        lock(session, world.vendor_id, key.id)
        known, rows = facts(session, world.vendor_id), load(session, world.vendor_id, key.id)
        cause = Cause("manual", new_id(), _REASON)
        writer = Writer(session, world.vendor_id, key.id, known, rows, cause, world.manager, first)
        for change in algebra.apply(rows.state, operation, known.of_products, first):
            writer.write(operation.op, change)

    return act
