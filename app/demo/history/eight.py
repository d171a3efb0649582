"""Eight stories for support: why an extension is not installed, each with a key of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.demo.history.asking import ask_after, look
from app.demo.history.cast import Base, Customer, Key, World
from app.demo.history.fleet import LOCKED, ROLLED_BACK, activate, agree
from app.demo.history.goods import DOCUMENTS, EXCHANGE, OF_PRODUCT
from app.demo.history.market import HOLDING, OLD_PLATFORM
from app.demo.history.office import number_of_eula
from app.demo.history.scenes import a_place, ask, equip, install, used
from app.demo.history.walk import DAYS, Do

TITLES: Final[Mapping[str, str]] = {
    "expired": "подписка закончилась",
    "seats": "места заняты",
    "configuration": "не та конфигурация",
    "platform": "старая платформа",
    "eula": "соглашение не принято",
    "withdrawn": "релиз отозван",
    "locked": "база занята",
    "rollback": "установка откатилась",
}
"""What each story shows, in the order in which their keys are printed."""
_LATE: Final = DAYS - 7
_YEAR: Final = {"days": 365}
_CHECK: Final = OF_PRODUCT[DOCUMENTS][0]
_ORDERS: Final = OF_PRODUCT[EXCHANGE][0]
_LAST: Final = 6
"""The number of the newest release that everybody may have."""
_TAKEN_BACK: Final = 5


def tell_eight(world: World, people: Sequence[Customer]) -> None:
    """All stories, with a customer each."""
    for (name, tell), customer in zip(_STORIES.items(), people, strict=True):
        world.stories[name] = tell(world, customer)


def _expired(world: World, customer: Customer) -> Key:
    """Worked for half a year, then nobody paid."""
    key = equip(world, customer, 100, EXCHANGE, {"days": 180})
    base = used(world, key, EXCHANGE, 110)
    _in_vain(
        world, _LATE, "download", ask(world, base, _ORDERS, _LAST, _LATE), "ENTITLEMENT_EXPIRED"
    )
    for day in (_LATE - 7, _LATE, DAYS - 1):
        ask_after(world, key, EXCHANGE, day, base)
    another = activate(a_place(world, key, _ORDERS), EXCHANGE, _LATE + 1)
    _in_vain(world, _LATE + 1, "activate", another, "ENTITLEMENT_EXPIRED")
    return key


def _seats(world: World, customer: Customer) -> Key:
    """Two seats, two infobases, and a third one that asks twice, the last time yesterday."""
    key = equip(world, customer, 200, DOCUMENTS, _YEAR, seats=2)
    for day in (210, 240):
        used(world, key, DOCUMENTS, day)
    third = a_place(world, key, _CHECK, label="Новый склад")
    for day in (_LATE, DAYS - 1):
        act = activate(third, DOCUMENTS, day)
        _in_vain(world, day, "activate", act, "SEAT_LIMIT_REACHED")
    ask_after(world, key, DOCUMENTS, _LATE)
    return key


def _configuration(world: World, customer: Customer) -> Key:
    """The agreement is accepted, but there is no release for this configuration."""
    key = equip(world, customer, 300, DOCUMENTS, _YEAR)
    _unfit(world, a_place(world, key, _CHECK, line=HOLDING))
    return key


def _platform(world: World, customer: Customer) -> Key:
    """Everything fits but the platform, which is older than the oldest that is meant."""
    key = equip(world, customer, 300, DOCUMENTS, _YEAR)
    _unfit(world, a_place(world, key, _CHECK, platform=OLD_PLATFORM))
    return key


def _unfit(world: World, base: Base) -> None:
    """The agent binds the infobase, accepts the agreement, and there is nothing for it."""
    moment = world.story.calendar.moment
    world.story.tell(moment(_LATE, 11), "activate", activate(base, DOCUMENTS, _LATE))
    edition = number_of_eula(DOCUMENTS, _LATE)
    world.story.tell(moment(_LATE, 11, 1), "agree", agree(world, base, DOCUMENTS, edition))
    ask_after(world, base.key, DOCUMENTS, _LATE, base)
    for day in (_LATE, _LATE + 3, DAYS - 1):
        look(world, base, _CHECK, day, 16)


def _eula(world: World, customer: Customer) -> Key:
    """Everything is ready, only nobody has accepted the agreement."""
    key = equip(world, customer, 300, DOCUMENTS, _YEAR)
    base = a_place(world, key, _CHECK)
    at = world.story.calendar.moment(_LATE, 11)
    world.story.tell(at, "activate", activate(base, DOCUMENTS, _LATE))
    act = ask(world, base, _CHECK, _LAST, _LATE)
    _in_vain(world, _LATE, "download", act, "EULA_REQUIRED")
    return key


def _withdrawn(world: World, customer: Customer) -> Key:
    """Took a release in the days before it was withdrawn, and wants to repair it now."""
    key = equip(world, customer, 205, DOCUMENTS, _YEAR)
    base = a_place(world, key, _CHECK)
    install(world, base, _CHECK, 215)
    install(world, base, _CHECK, 230, number=_TAKEN_BACK)
    act = ask(world, base, _CHECK, _TAKEN_BACK, _LATE)
    edition = number_of_eula(DOCUMENTS, _LATE)
    assert (DOCUMENTS, edition) in base.agreed  # noqa: S101 - else another refusal comes first
    _in_vain(world, _LATE, "download", act, "RELEASE_WITHDRAWN")
    return key


def _locked(world: World, customer: Customer) -> Key:
    """Somebody is always working in the infobase."""
    key = equip(world, customer, 280, DOCUMENTS, _YEAR)
    base = a_place(world, key, _CHECK, kind="server")
    for day in (_LATE - 2, _LATE, _LATE + 2):
        install(world, base, _CHECK, day, LOCKED)
    return key


def _rollback(world: World, customer: Customer) -> Key:
    """The next release did not stand its check, the one before it is back."""
    key = equip(world, customer, 180, DOCUMENTS, _YEAR)
    base = used(world, key, DOCUMENTS, 200)
    install(world, base, _CHECK, _LATE, ROLLED_BACK)
    return key


def _in_vain(world: World, day: int, name: str, act: Do, code: str) -> None:
    at = world.story.calendar.moment(day, 16)
    world.story.tell(at, f"{name} in vain", act, code)


_STORIES: Final[Mapping[str, Callable[[World, Customer], Key]]] = {
    "expired": _expired,
    "seats": _seats,
    "configuration": _configuration,
    "platform": _platform,
    "eula": _eula,
    "withdrawn": _withdrawn,
    "locked": _locked,
    "rollback": _rollback,
}
