"""What the single cases are put together from: a key that is in use, and acts with reasons."""

from collections.abc import Mapping
from typing import Any, Final

from app.delivery.schemas import IssueDownload
from app.delivery.service import downloads
from app.demo.history.cast import Base, Customer, Key, World, a_base
from app.demo.history.fates import newest
from app.demo.history.fleet import DONE, Ending, Visit
from app.demo.history.goods import OF_PRODUCT, Ware
from app.demo.history.sales import give_key, grant
from app.demo.history.walk import Do
from app.kit.db import UnitOfWork
from app.licensing.queries.rights import key_rights
from app.licensing.schemas import WithReason

_FIRST: Final = 500
"""Of the computers in single cases; the crowd's have lower numbers."""


def equip(
    world: World,
    customer: Customer,
    day: int,
    product: str,
    term: Mapping[str, object],
    **more: object,
) -> Key:
    """A key with a product by hand, from a day on."""
    key = give_key(world, customer, day, "Подготовленный случай (демо)")
    at = world.story.calendar.moment(key.day, 12)
    world.story.tell(at, "grant", grant(world, key, product, term, **more))
    return key


def a_place(world: World, key: Key, ware: Ware, **facts: Any) -> Base:
    """An infobase of a case, with facts of its own."""
    base = a_base(key, ware, _FIRST + world.places, world.chance)
    world.places += 1
    base.behind = 1
    for name, value in facts.items():
        setattr(base, name, value)
    return base


def install(
    world: World, base: Base, ware: Ware, day: int, ending: Ending = DONE, number: int | None = None
) -> None:
    """One installation on a day, of the newest release unless another one is meant."""
    found = newest(ware, day) if number is None else number
    assert found is not None  # noqa: S101 - cases are set on days when there is one
    at = world.story.calendar.at_work(day, world.chance)
    Visit(world, base, ware, found, at, day, ending).tell()


def fetch(world: World, base: Base, ware: Ware, day: int) -> None:
    """A download of the newest release whose end nobody has told of yet."""
    found = newest(ware, day)
    assert found is not None  # noqa: S101 - as above
    at = world.story.calendar.moment(day, 18, 30)
    Visit(world, base, ware, found, at, day, downloads=False).tell()


def used(world: World, key: Key, product: str, day: int) -> Base:
    """An infobase in which the first extension of the product was installed on a day."""
    ware = OF_PRODUCT[product][0]
    base = a_place(world, key, ware)
    install(world, base, ware, day)
    return base


def ask(world: World, base: Base, ware: Ware, number: int, day: int) -> Do:
    """The wish to fetch a release."""

    def act(session: UnitOfWork) -> None:
        told = {"release_id": world.out[ware.code, number].id, **base.environment(day)}
        command = IssueDownload.model_validate(told)
        caller = base.seats.get(ware.product, base.key.agent)
        downloads.issue(session, command, caller=caller)

    return act


def on_key(world: World, key: Key, verb: Any, reason: str) -> Do:
    """A verb about a key that has to be explained."""
    command = WithReason(reason=reason)
    return lambda session: verb(session, world.vendor_id, key.id, command, actor=world.manager)


def on_product(world: World, key: Key, verb: Any, reason: str) -> Do:
    """A verb about the one product of a key."""
    command = WithReason(reason=reason)

    def act(session: UnitOfWork) -> None:
        [item] = key_rights(session, world.vendor_id, key.id).entitlements
        verb(session, world.vendor_id, item.entitlement.id, command, actor=world.manager)

    return act
