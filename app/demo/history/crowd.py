"""The many: customers with their keys, and how their infobases live through the year."""

from datetime import datetime, timedelta
from typing import Final

from app.delivery.service import sweeps
from app.demo.history.asking import ask_after
from app.demo.history.cast import Base, Customer, Key, World, a_base
from app.demo.history.fates import newest
from app.demo.history.fleet import Visit, activate, an_ending, leave, tell_noop
from app.demo.history.goods import COMFORT, EXCHANGE, OF_PRODUCT, Ware
from app.demo.history.post import mail_key
from app.demo.history.sales import give_key, sell
from app.demo.history.walk import DAYS

_KEYS: Final = 270
_EMPTY: Final = 0.15
_GAP: Final = (90, 240)
"""Days between two looks of people after updates."""
_ONE: Final = 0.85
"""How many keys are used in one infobase only."""
_BOTH: Final = 0.3
"""How many take all extensions of a product."""
_LEAVE: Final = 0.12
_BREAK: Final = 0.05
_NOOP: Final = 0.25
_CHECKS: Final = 45
"""In the last days of the story every look begins with a question about the key."""
_WRITTEN: Final = 9
"""Every ninth key goes to its customer by mail."""


def populate(world: World, customers: list[Customer]) -> list[Base]:
    """Keys for these customers, sold and used; the infobases that are still in use."""
    keys = [give_key(world, customer, customer.day) for customer in customers]
    while len(keys) < _KEYS:
        customer = world.chance.choice(customers)
        day = world.chance.randint(min(customer.day + 10, DAYS - 14), DAYS - 12)
        keys.append(give_key(world, customer, day, "Второй офис (демо)"))
    for key in keys[::_WRITTEN]:
        mail_key(world, key, key.day)
    bases: list[Base] = []
    for key in keys:
        if world.chance.random() >= _EMPTY:
            sell(world, key)
            bases += _use(world, key, len(bases))
            _knock(world, key)
    for week in range(1, DAYS // 7):
        at = world.story.calendar.moment(7 * week, 3)
        world.story.tell(at, "sweep", sweeps.abort_expired)
    return bases


def _knock(world: World, key: Key) -> None:
    """People whose term is over try to take one more seat in the last weeks."""
    sold = key.sold
    day = world.story.calendar.workday(DAYS - world.chance.randint(3, 40))
    if sold is None or sold.product != EXCHANGE or sold.until >= day:
        return
    base = a_base(key, OF_PRODUCT[EXCHANGE][0], _KEYS + key.day, world.chance)
    code = "TRIAL_EXPIRED" if sold.trial else "ENTITLEMENT_EXPIRED"
    at = world.story.calendar.at_work(day, world.chance)
    world.story.tell(at, "activate in vain", activate(base, EXCHANGE, day), code)
    ask_after(world, key, EXCHANGE, day, base)


def _use(world: World, key: Key, number: int) -> list[Base]:
    """Infobases of a key; some of their people give the seat back one day."""
    assert key.sold is not None  # noqa: S101 - sold in the line before
    wares = OF_PRODUCT[key.sold.product]
    few = key.sold.product == COMFORT or world.chance.random() < _ONE
    bases = []
    for extra in range(1 if few else 2):
        base = a_base(key, wares[0], number + extra, world.chance)
        if _live(world, base) and base.installed:
            bases.append(base)
    return bases


def _live(world: World, base: Base) -> bool:
    """Looks after updates from time to time; False if the seat was given back in the end."""
    sold = base.key.sold
    assert sold is not None  # noqa: S101 - only keys with a product are used
    calendar, chance = world.story.calendar, world.chance
    end = min(sold.until, DAYS)
    day = calendar.workday(sold.day + chance.randint(1, 12))
    while day < end:
        at = calendar.at_work(day, chance)
        for turn, ware in enumerate(OF_PRODUCT[sold.product]):
            if base.line in ware.homes and (not turn or chance.random() < _BOTH):
                _look(world, base, ware, day, at + timedelta(minutes=4 * turn))
        day = calendar.workday(day + chance.randint(*_GAP))
    day = calendar.workday(chance.randint(min(base.last_day + 1, end - 1), end - 1))
    if base.installed and chance.random() < _LEAVE and base.last_day < day < end:
        leave(world, base, sold.product, calendar.at_work(day, chance), day)
        return False
    return True


def _look(world: World, base: Base, ware: Ware, day: int, at: datetime) -> None:
    """One extension on one day: installed, brought up to date, or found as it should be."""
    number = newest(ware, day)
    if number is None:
        return
    base.last_day = max(base.last_day, day)
    if day > DAYS - _CHECKS:
        ask_after(world, base.key, ware.product, day, base)
    if base.installed.get(ware.code) == number:
        if world.chance.random() < _NOOP:
            tell_noop(world, base, ware, at, day)
        return
    ending = an_ending(world, number)
    breaks = world.chance.random() < _BREAK
    Visit(world, base, ware, number, at, day, ending, downloads=not breaks).tell()
