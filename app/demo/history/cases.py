"""One case of everything that a cabinet can show of customers, keys, products and seats."""

import uuid
from collections.abc import Sequence
from typing import Final

from app.customers import service as customers
from app.customers.schemas import BlockCustomer, MergeCustomers, UpdateCustomer
from app.demo.history.ahead import begin_later
from app.demo.history.asking import ask_after, ask_in_vain
from app.demo.history.cast import Customer, Key, World
from app.demo.history.fleet import DONE, RESTART, TROUBLES, activate, leave, move, tell_noop
from app.demo.history.goods import DOCUMENTS, EXCHANGE, OF_PRODUCT, RELEASES
from app.demo.history.post import lose_key, mail_key
from app.demo.history.sales import change, give_key
from app.demo.history.scenes import a_place, equip, fetch, install, on_key, on_product, used
from app.demo.history.walk import DAYS, Do
from app.kit.db import UnitOfWork
from app.licensing.schemas import BeginTrial, ImportKeys, MoveKey, RotateKey, WithReason
from app.licensing.service import customers as holders
from app.licensing.service import imports, lifecycle, manual, transfers

YEAR: Final = {"days": 365}
_IMPORTED: Final = 6
_BETA: Final = 353
"""A day on which there is a beta."""
_OLDER: Final = 4
"""The number of a release that an infobase went back to."""


def live_cases(world: World, people: Sequence[Customer]) -> None:
    """All of them, each with a customer of its own."""
    mine = iter(people)
    for tell, count in _GROUPS.items():
        tell(world, [next(mine) for _ in range(count)])


def _stopped(world: World, people: Sequence[Customer]) -> None:
    """Keys suspended, resumed and revoked, a customer blocked."""
    tell, moment = world.story.tell, world.story.calendar.moment
    held = [equip(world, one, one.day, DOCUMENTS, YEAR) for one in people]
    for key in held:
        used(world, key, DOCUMENTS, key.day + 2)
    late = max(key.day for key in held) + 6
    suspended, revoked, blocked, resumed = held
    act = on_key(world, suspended, lifecycle.suspend, "Оплата не поступила (демо)")
    tell(moment(late, 15), "suspend key", act)
    act = on_key(world, revoked, lifecycle.revoke, "Ключ попал в открытый доступ (демо)")
    tell(moment(late, 16), "revoke key", act)
    act = on_key(world, resumed, lifecycle.suspend, "Проверка оплаты (демо)")
    tell(moment(late, 17), "suspend key", act)

    def resume(session: UnitOfWork) -> None:
        lifecycle.resume(session, world.vendor_id, resumed.id, actor=world.manager)

    def block(session: UnitOfWork) -> None:
        command = BlockCustomer(reason="Договор расторгнут (демо)")
        customers.block(session, world.vendor_id, blocked.customer.id, command, actor=world.manager)

    tell(moment(late + 2, 11), "resume key", resume)
    tell(moment(late + 2, 12), "block customer", block)
    for key, code in ((suspended, "KEY_SUSPENDED"), (revoked, "KEY_REVOKED")):
        _refused(world, key, late + 3, code)
    _refused(world, blocked, late + 3, "CUSTOMER_BLOCKED")


def _refused(world: World, key: Key, day: int, code: str) -> None:
    """One more infobase knocks in vain."""
    base = a_place(world, key, OF_PRODUCT[DOCUMENTS][0])
    at = world.story.calendar.at_work(day, world.chance)
    world.story.tell(at, "activate in vain", activate(base, DOCUMENTS, day), code)
    ask_after(world, key, DOCUMENTS, day, base)


def _products(world: World, people: Sequence[Customer]) -> None:
    """Products suspended, resumed, and withdrawn with their seats."""
    tell, moment = world.story.tell, world.story.calendar.moment
    suspended, resumed, withdrawn = [equip(world, one, one.day, DOCUMENTS, YEAR) for one in people]
    for key in (suspended, resumed, withdrawn):
        used(world, key, DOCUMENTS, key.day + 2)
    late = withdrawn.day + 6
    act = on_product(world, suspended, manual.suspend_entitlement, "Спор по счёту (демо)")
    tell(moment(late, 11), "suspend product", act)
    act = on_product(world, resumed, manual.suspend_entitlement, "Сверка оплаты (демо)")
    tell(moment(late, 12), "suspend product", act)
    act = on_product(world, resumed, manual.resume_entitlement, "Оплата найдена (демо)")
    tell(moment(late + 2, 12), "resume product", act)
    act = on_product(world, withdrawn, manual.withdraw_entitlement, "Возврат денег (демо)")
    tell(moment(late + 1, 13), "withdraw product", act)


def _terms(world: World, people: Sequence[Customer]) -> None:
    """An end that is near, one that has passed, none at all; more seats, features, channels."""
    near, over, endless, wide = people
    left = DAYS + 9 - max(near.day + 3, near.day)
    equip(world, near, near.day, DOCUMENTS, {"days": left})
    equip(world, over, over.day, EXCHANGE, {"days": 7})
    key = equip(world, endless, endless.day, DOCUMENTS, {"perpetual": True}, updates=YEAR)
    used(world, key, DOCUMENTS, key.day + 2)
    key = equip(world, wide, wide.day, EXCHANGE, YEAR, channel="beta")
    more = [
        {"op": "add_seats", "product": EXCHANGE, "seats": 8},
        {"op": "add_feature", "product": EXCHANGE, "feature": "branches", "quantity": 5},
    ]
    at = world.story.calendar.moment(key.day + 4, 13)
    world.story.tell(at, "widen", change(world, key, more, "Открыли филиалы (демо)"))
    base = used(world, key, EXCHANGE, key.day + 6)
    beta = OF_PRODUCT[EXCHANGE][1]
    install(world, base, beta, _BETA, number=RELEASES - 1)


def _reports(world: World, people: Sequence[Customer]) -> None:
    """An infobase with which everything happens that an agent can tell of."""
    key = equip(world, people[0], people[0].day, DOCUMENTS, YEAR)
    ware = OF_PRODUCT[DOCUMENTS][0]
    base = a_place(world, key, ware, label="Полигон (демо)")
    day = key.day + 1
    for ending in (*TROUBLES, DONE, RESTART):
        install(world, base, ware, day, ending)
        day += 1
    at = world.story.calendar.at_work(day, world.chance)
    tell_noop(world, base, ware, at, day)
    install(world, base, ware, day + 1, number=_OLDER)
    fetch(world, base, ware, DAYS - 1)


def _tried(world: World, people: Sequence[Customer]) -> None:
    """A trial that runs, one that is over and cannot begin again, one that was prolonged."""
    running, over, prolonged = [
        give_key(world, one, day, "Проба (демо)")
        for one, day in zip(people, (352, 0, 340), strict=True)
    ]
    begun = ((running, DOCUMENTS), (over, EXCHANGE), (prolonged, EXCHANGE))
    for key, product in begun:
        world.story.tell(
            world.story.calendar.moment(key.day + 1, 11), "trial", _begin(key, product)
        )
    again = world.story.calendar.moment(over.day + 17, 11)
    world.story.tell(again, "trial again", _begin(over, EXCHANGE), "TRIAL_ALREADY_USED")
    more = {"op": "start_trial", "product": EXCHANGE, "days": 20, "if_used": "extend"}
    at = world.story.calendar.moment(prolonged.day + 8, 15)
    world.story.tell(at, "prolong", change(world, prolonged, [more], "Просят ещё время (демо)"))


def _begin(key: Key, product: str) -> Do:
    command = BeginTrial(product=product)
    return lambda session: manual.begin_trial(session, command, caller=key.agent)


def _codes(world: World, people: Sequence[Customer]) -> None:
    """Keys with new codes, a key that went to another customer, keys of another system."""
    tell, moment = world.story.tell, world.story.calendar.moment
    renewed, given, heir = people
    first, second = [equip(world, one, one.day, DOCUMENTS, YEAR) for one in (renewed, given)]
    late = max(first.day, heir.day) + 5

    def rotate(session: UnitOfWork) -> None:
        command = RotateKey(reason="Уволился администратор (демо)")
        done = lifecycle.rotate(session, world.vendor_id, first.id, command, actor=world.manager)
        first.code = done.code

    def hand_over(session: UnitOfWork) -> None:
        command = MoveKey(customer_id=heir.id, reason="Клиент реорганизован (демо)")
        lifecycle.move(session, world.vendor_id, second.id, command, actor=world.manager)

    def take_over(session: UnitOfWork) -> None:
        rows = [
            {"code": f"DEMOOLDKEY{number:06d}ABCD", "customer_id": heir.id, "comment": "Импорт"}
            for number in range(_IMPORTED)
        ]
        command = ImportKeys.model_validate({"keys": rows})
        imports.import_keys(session, world.vendor_id, command, actor=world.manager)

    tell(moment(late, 10), "rotate", rotate)
    tell(moment(late, 11), "move key", hand_over)
    tell(moment(late, 12), "import", take_over)


def _seats(world: World, people: Sequence[Customer]) -> None:
    """Seats given back by staff, by the customer and by the agent; a seat that moved."""
    tell, moment = world.story.tell, world.story.calendar.moment
    one, other = [equip(world, each, each.day, DOCUMENTS, YEAR) for each in people]
    lost, sold, moved = [used(world, one, DOCUMENTS, one.day + 2 + turn) for turn in range(3)]
    left = used(world, other, DOCUMENTS, other.day + 2)
    leave(world, left, DOCUMENTS, moment(other.day + 6, 12), other.day + 6)

    def by_staff(session: UnitOfWork) -> None:
        seat = lost.seats[DOCUMENTS].activation_id
        assert seat is not None  # noqa: S101 - a seat is of an activation
        command = WithReason(reason="Компьютер украден (демо)")
        transfers.release_by_staff(session, world.vendor_id, seat, command, actor=world.support)

    def by_customer(session: UnitOfWork) -> None:
        seat = sold.seats[DOCUMENTS].activation_id
        assert seat is not None  # noqa: S101 - a seat is of an activation
        transfers.release_own(session, seat, caller=one.agent)

    late = one.day + 10
    tell(moment(late, 10), "release by staff", by_staff)
    tell(moment(late, 11), "release by customer", by_customer)
    uid = uuid.UUID(int=world.chance.getrandbits(128), version=4)
    tell(moment(late, 12), "rebind", move(moved, DOCUMENTS, uid))


def _written(world: World, people: Sequence[Customer]) -> None:
    """A letter that came back, and one that still waits; a product that begins next week."""
    [one] = people
    key = give_key(world, one, one.day, "Ждёт начала срока (демо)")
    begin_later(world, key, DOCUMENTS, DAYS - 4, DAYS + 7)
    lose_key(world, key, DAYS - 3)
    mail_key(world, key, DAYS - 1, 20, 40)


def _put_away(world: World, people: Sequence[Customer]) -> None:
    """Two customers who are one, and one who is a customer no more."""
    survivor, double, gone = people
    give_key(world, double, double.day)
    late = max(one.day for one in people) + 6
    free = give_key(world, gone, gone.day)

    def merge(session: UnitOfWork) -> None:
        command = MergeCustomers.model_validate({"from": [double.id]})
        holders.merge(session, world.vendor_id, survivor.id, command, actor=world.manager)

    def archive(session: UnitOfWork) -> None:
        command = WithReason(reason="Клиент закрылся (демо)")
        lifecycle.revoke(session, world.vendor_id, free.id, command, actor=world.manager)
        holders.archive(session, world.vendor_id, gone.id, actor=world.manager)

    def rename(session: UnitOfWork) -> None:
        command = UpdateCustomer(phone="+7 000 000-99-99", responsible="Менеджер (демо)")
        customers.update(
            session, world.vendor_id, survivor.id, command, version=1, actor=world.manager
        )

    for hour, (name, act) in enumerate(
        (("update customer", rename), ("merge", merge), ("archive", archive)), start=10
    ):
        world.story.tell(world.story.calendar.moment(late, hour), name, act)


_GROUPS: Final = {
    _reports: 1,
    _stopped: 4,
    _products: 3,
    _terms: 4,
    _tried: 3,
    _codes: 3,
    _seats: 2,
    _put_away: 3,
    ask_in_vain: 1,
    _written: 1,
}
"""How many customers each group of cases needs."""
