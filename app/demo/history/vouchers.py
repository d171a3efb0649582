"""One case of everything that can become of a coupon."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.coupons.schemas import DisableCoupon, RedeemCoupon, ReverseRedemption
from app.coupons.service import coupons, redemptions, reversals
from app.demo.history.cast import Customer, Key, World
from app.demo.history.goods import DOCUMENTS, EXCHANGE
from app.demo.history.post import mail_batch
from app.demo.history.sales import generate, give_key, redeem
from app.demo.history.scenes import used
from app.demo.history.walk import DAYS, Do
from app.kit.db import UnitOfWork

_ADDS: Final = {"product": DOCUMENTS, "term": {"days": 365}}
_TESTS: Final = {"op": "start_trial", "product": EXCHANGE, "days": 14, "if_used": "extend"}
_CODES: Final = 5
_READY: Final = 343
"""By this day every batch of this chapter is made, and the customers have their keys."""


def live_vouchers(world: World, people: Sequence[Customer]) -> None:
    """Coupons in every state, redemptions of each kind, one taken back, and refusals."""
    calendar = world.story.calendar
    today = calendar.date(DAYS)
    week = timedelta(days=7)
    told: dict[str, dict[str, object]] = {
        "К выставке (демо)": {"valid_until": calendar.date(_READY + 5)},
        "Со следующей недели (демо)": {"valid_from": today + week},
        "Отозванная партия (демо)": {},
        "Подарок (демо)": {"valid_until": today + 8 * week},
    }
    for minute, (name, more) in enumerate(told.items()):
        whole = {"count": _CODES, "operations": [_ADDS]} | more
        world.story.tell(calendar.moment(_READY, 9, minute), "batch", generate(world, name, whole))
    trial = {"count": 1, "operations": [_TESTS], "max_redemptions": 1_000}
    world.story.tell(calendar.moment(_READY, 9, 30), "batch", generate(world, _MANY, trial))
    seats = [{"op": "add_seats", "product": DOCUMENTS, "seats": 2}]
    seats.append({"op": "set_channel", "product": DOCUMENTS, "channel": "beta"})
    wider = {"count": _CODES, "operations": seats}
    world.story.tell(calendar.moment(_READY, 9, 40), "batch", generate(world, _WIDER, wider))
    mail_batch(world, "Подарок (демо)", people[0], _READY)
    _disable(world, "Отозванная партия (демо)")
    keys = [give_key(world, one, _READY, "Купоны (демо)") for one in people]
    _use(world, keys)


_MANY: Final = "Проба для всех (демо)"
_WIDER: Final = "Расширение прав (демо)"


def _disable(world: World, name: str) -> None:
    def act(session: UnitOfWork) -> None:
        for code in world.coupons[name][:3]:
            found = coupons.find(session, world.vendor_id, code)
            assert found is not None  # noqa: S101 - made earlier in the story
            command = DisableCoupon(reason="Счёт отменён (демо)")
            coupons.disable(session, world.vendor_id, found.id, command, actor=world.manager)

    world.story.tell(world.story.calendar.moment(_READY + 2, 10), "disable", act)


def _use(world: World, keys: Sequence[Key]) -> None:
    tell, moment = world.story.tell, world.story.calendar.moment
    first, second, third = keys
    tell(moment(_READY + 1, 11), "redeem", redeem(world, first, "Подарок (демо)"))
    tell(moment(_READY + 1, 12), "redeem", redeem(world, second, "Подарок (демо)"))
    used(world, second, DOCUMENTS, _READY + 2)
    for minute, key in enumerate(keys):
        tell(moment(_READY + 1, 13, minute), "redeem", _shared(world, key))
    tell(moment(_READY + 2, 13), "redeem", redeem(world, first, _WIDER))
    tell(moment(_READY + 8, 12), "reverse", _reverse(world, second))
    refusals = (
        (_READY + 3, "Отозванная партия (демо)", 0, "COUPON_DISABLED"),
        (_READY + 8, "К выставке (демо)", 0, "COUPON_EXPIRED"),
        (_READY + 8, "Со следующей недели (демо)", 0, "COUPON_NOT_STARTED"),
    )
    for day, name, place, code in refusals:
        tell(moment(day, 16), "redeem in vain", _in_vain(world, third, name, place), code)
    tell(moment(_READY + 9, 16), "redeem in vain", _used_up(first, third), "COUPON_EXHAUSTED")


def _shared(world: World, key: Key) -> Do:
    """The same coupon for everybody."""

    def act(session: UnitOfWork) -> None:
        [code] = world.coupons[_MANY]
        redemptions.redeem(session, RedeemCoupon(coupon=code), caller=key.agent)

    return act


def _reverse(world: World, key: Key) -> Do:
    def act(session: UnitOfWork) -> None:
        assert key.redeemed is not None  # noqa: S101 - redeemed earlier in the story
        command = ReverseRedemption(reason="Активировали не тот ключ (демо)")
        reversals.reverse(session, world.vendor_id, key.redeemed, command, actor=world.manager)

    return act


def _in_vain(world: World, key: Key, name: str, place: int) -> Do:
    def act(session: UnitOfWork) -> None:
        command = RedeemCoupon(coupon=world.coupons[name][place])
        redemptions.redeem(session, command, caller=key.agent)

    return act


def _used_up(first: Key, third: Key) -> Do:
    def act(session: UnitOfWork) -> None:
        redemptions.redeem(session, RedeemCoupon(coupon=first.spent), caller=third.agent)

    return act
