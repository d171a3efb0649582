"""What agents ask of the server: is the key good, and what is there for this infobase."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.delivery.queries.catalogue import published
from app.delivery.schemas import Wish
from app.delivery.service.offers import told_in_vain, weigh
from app.demo.history.cast import Base, Customer, Key, World
from app.demo.history.goods import DOCUMENTS, OF_PRODUCT, Ware
from app.demo.history.market import BUH, HOLDING, LINES, OLD_PLATFORM
from app.demo.history.scenes import a_place, equip
from app.demo.history.walk import DAYS
from app.kit.db import UnitOfWork
from app.licensing.queries.checks import check
from app.licensing.queries.rights import key_rights
from app.licensing.schemas import CheckLicense
from app.licensing.service import checklog
from app.licensing.service.checklog import Told

_EARLIER: Final = timedelta(minutes=3)
_YEAR: Final = {"days": 365}


def look(world: World, base: Base, ware: Ware, day: int, hour: int = 10) -> None:
    """The agent asks what there is; that nothing fits is kept, with the reason."""
    told = base.environment(day) | {"extension": ware.code}

    def act(session: UnitOfWork) -> None:
        wish = Wish.model_validate(told)
        agent = base.seats.get(ware.product, base.key.agent)
        uid = agent.infobase_uid
        rights = key_rights(session, agent.vendor_id, agent.key_id, infobase_uid=uid)
        catalogue = published(session, rights.vendor)
        found = weigh(rights, catalogue, wish, uid)
        note = told_in_vain(wish, uid, found.nearest, catalogue)
        if note is not None:
            checklog.keep(session, note, caller=agent)

    at = world.story.calendar.moment(day, hour, world.chance.randrange(60))
    world.story.tell(at, "look", act)


def ask_after(world: World, key: Key, product: str, day: int, base: Base | None = None) -> None:
    """An agent, or a program inside 1C, asks whether the product may be used."""
    told: dict[str, object] = {"products": [product]}
    if base is not None:
        told["infobase"] = {"id": str(base.uid)}
    command = CheckLicense.model_validate(told)
    at = world.story.calendar.at_work(day, world.chance) - _EARLIER

    def act(session: UnitOfWork) -> None:
        agent = key.agent
        uid = command.infobase.id if command.infobase else None
        rights = key_rights(session, agent.vendor_id, agent.key_id, infobase_uid=uid)
        found = check(rights, command.products)
        note = Told(kind="check", code=found.code, valid=found.valid, infobase_uid=uid)
        checklog.keep(session, note, caller=agent)

    world.story.tell(at, "check", act)


def ask_in_vain(world: World, people: Sequence[Customer]) -> None:
    """One customer's infobases, none of which the newest release is made for."""
    key = equip(world, people[0], people[0].day, DOCUMENTS, _YEAR)
    ware, known = OF_PRODUCT[DOCUMENTS][0], LINES[BUH]
    places: Sequence[dict[str, str]] = (
        {"label": "Холдинг (демо)", "line": HOLDING},
        {"label": "Базовая (демо)", "line": f"{BUH}Базовая", "version": known.on(DAYS, 1)},
        {"label": "Давно не обновляли (демо)", "version": f"{known.edition}.{known.first - 9}.12"},
        {"label": "Отозванная 1С (демо)", "version": f"{known.edition}.{known.first + 2}.99"},
        {
            "label": "Обновили раньше всех (демо)",
            "version": f"{known.edition}.{known.first + 99}.1",
        },
        {"label": "Старый сервер (демо)", "platform": OLD_PLATFORM},
    )
    for number, facts in enumerate(places):
        base = a_place(world, key, ware, **facts)
        for day in (DAYS - 20 + number, DAYS - 9, DAYS - 1 - number):
            look(world, base, ware, day)
