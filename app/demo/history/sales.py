"""Customers come, get keys, and buy by coupon, through the CRM, by hand, or try first."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.coupons.schemas import GenerateCoupons, RedeemCoupon
from app.coupons.service import batches, redemptions
from app.customers import service as customers
from app.customers.schemas import CreateCustomer, CreateDistributor, UpdateDistributor
from app.demo.history.cast import FOREVER, Customer, Key, Sold, World, a_key
from app.demo.history.goods import COMFORT, DOCUMENTS, EXCHANGE, PRODUCTS
from app.demo.history.people import DISTRIBUTORS, companies
from app.demo.history.walk import DAYS, Do
from app.kit.db import UnitOfWork
from app.licensing.schemas import BeginTrial, ChangeRights, IssueKey
from app.licensing.service import keys, manual
from app.licensing.service.keys import InstallerPrincipal

_MONTH: Final = 30
_SPARE: Final = 4
"""Coupons of a batch of the month that nobody redeems."""
_TERMS: Final[Mapping[str, int]] = {DOCUMENTS: 365, EXCHANGE: 180}
_SEATS: Final[Mapping[str, int]] = {DOCUMENTS: 3, EXCHANGE: 2, COMFORT: FOREVER}
_TRIALS: Final[Mapping[str, int]] = {DOCUMENTS: 30, EXCHANGE: 14}
_BY_PROGRAM: Final = 0.4
_STAY: Final = 0.6
"""How many of those who tried or bought buy again."""
_NAMES: Final = {str(product["code"]): product["name"] for product in PRODUCTS}
_WAYS: Final = ("agent", "agent", "crm", "crm", "manual", "trial", "trial", "free")


def open_shop(world: World) -> None:
    """Partners, and batches of coupons at the beginning of each month."""
    moment = world.story.calendar.moment
    for number, name in enumerate(DISTRIBUTORS):
        world.story.tell(moment(1, 10, number), "distributor", _distributor(world, number, name))
    world.story.tell(moment(250, 10), "archive distributor", _archive_last(world))
    for month in range((DAYS - 2) // _MONTH + 1):
        for hour, product in enumerate((DOCUMENTS, EXCHANGE), start=11):
            name = _batch(product, month)
            told = {
                "name": name,
                "operations": [{"product": product, "term": {"days": _TERMS[product]}}],
                "invoice_number": f"Д-{2 * month + hour:04d}",
                "invoice_date": world.story.calendar.date(_MONTH * month + 1),
                "comment": "Партия месяца (демо)",
            }
            at = moment(_MONTH * month + 1, hour)
            world.story.tell(at, "batch", generate(world, name, told, month % 4))


def _batch(product: str, month: int) -> str:
    """The name of a batch of the month."""
    return f"{_NAMES[product]}, партия {month + 1}"


def _distributor(world: World, number: int, name: str) -> Do:
    command = CreateDistributor(
        name=name, email=f"partner{number + 1}@example.com", external_guid=f"demo-partner-{number}"
    )

    def act(session: UnitOfWork) -> None:
        made = customers.create_distributor(session, world.vendor_id, command, actor=world.manager)
        world.distributors.append(made.id)

    return act


def _archive_last(world: World) -> Do:
    return lambda session: customers.update_distributor(
        session,
        world.vendor_id,
        world.distributors[-1],
        UpdateDistributor(status="archived"),
        version=1,
        actor=world.manager,
    )


def generate(world: World, name: str, told: Mapping[str, object], partner: int | None = None) -> Do:
    """A batch whose codes stay in the world under its name."""

    def act(session: UnitOfWork) -> None:
        whose = {} if partner is None else {"distributor_id": world.distributors[partner]}
        count = world.demand[name] + _SPARE
        command = GenerateCoupons.model_validate({"count": count, **told, "name": name, **whose})
        made = batches.generate(session, world.vendor_id, command, actor=world.manager)
        world.coupons[name], world.batches[name] = made.codes, made.batch.id

    return act


def come(world: World) -> list[Customer]:
    """All customers, the first on the second day, more and more often towards the end."""
    found = []
    known = companies()
    for number, company in enumerate(known):
        day = 2 + int(340 * (number / len(known)) ** 0.8)
        customer = Customer(company, day)
        found.append(customer)
        at = world.story.calendar.at_work(day, world.chance)
        partner = number % 5 if number % 4 == 0 else None
        world.story.tell(at, "customer", _customer(world, customer, partner))
    return found


def _customer(world: World, customer: Customer, partner: int | None) -> Do:
    def act(session: UnitOfWork) -> None:
        whose = {} if partner is None else {"distributor_id": world.distributors[partner]}
        command = CreateCustomer.model_validate({**customer.known, **whose})
        customer.id = customers.create(session, world.vendor_id, command, actor=world.manager).id

    return act


def give_key(world: World, customer: Customer, day: int, comment: str = "") -> Key:
    """A key issued on a day, or on the day after the customer came."""
    key = a_key(customer, max(day, customer.day + 3), world.chance)
    by_program = world.chance.random() < _BY_PROGRAM

    def act(session: UnitOfWork) -> None:
        command = IssueKey(customer_id=customer.id, comment=comment)
        by = world.crm if by_program else world.manager
        issued = keys.issue(session, world.vendor_id, command, actor=by)
        key.code, key.id = issued.code, issued.key.id
        actor = keys.installer(issued.key, key.caller)
        key.holder = InstallerPrincipal(world.vendor_id, issued.key.id, customer.id, actor)

    world.story.tell(world.story.calendar.moment(key.day, 9), "key", act)
    return key


def sell(world: World, key: Key) -> None:
    """One of the ways in which a key gets its product."""
    way, day = world.chance.choice(_WAYS), key.day + 1
    product = COMFORT if way == "free" else world.chance.choice((DOCUMENTS, DOCUMENTS, EXCHANGE))
    at = world.story.calendar.moment(day, world.chance.randint(9, 17), world.chance.randrange(60))
    if way in {"trial", "free"}:
        world.story.tell(at, "trial", _trial(world, key, product))
        days = _TRIALS.get(product, FOREVER)
        key.sold = Sold(product, day, day + days, _SEATS[product], way == "trial")
        if way == "trial" and world.chance.random() < _STAY and day + days - 3 < DAYS - 5:
            _buy(world, key, product, day + days - 3)
    elif way == "manual":
        at_desk = world.story.calendar.moment(day, 12)
        days = world.chance.choice((90, 180, 365, 365))
        world.story.tell(at_desk, "grant", grant(world, key, product, {"days": days}))
        key.sold = Sold(product, day, day + days, _SEATS[product])
    else:
        _buy(world, key, product, day, crm=way == "crm")


def _buy(world: World, key: Key, product: str, day: int, *, crm: bool = False) -> None:
    """By a coupon of the month; most are renewed before they end."""
    name = _batch(product, (day - 2) // _MONTH)
    at = world.story.calendar.moment(day, world.chance.randint(13, 17), world.chance.randrange(60))
    end = day + _TERMS[product]
    world.demand[name] += 1
    world.story.tell(at, "redeem", redeem(world, key, name, crm=crm))
    key.sold = Sold(product, day, end, _SEATS[product])
    if end - 6 < DAYS - 5 and world.chance.random() < _STAY:
        again = world.story.calendar.moment(end - 6, 14)
        renewal = {"op": "extend_term", "product": product, "term": {"days": _TERMS[product]}}
        act = change(world, key, [renewal], "Продление по счёту (демо)")
        world.story.tell(again, "renew", act)
        key.sold.until = end + _TERMS[product]


def redeem(world: World, key: Key, name: str, *, crm: bool = False) -> Do:
    """The next coupon of a batch into a key: by its agent, or by the vendor's program."""

    def act(session: UnitOfWork) -> None:
        caller, codes = key.agent, world.coupons[name]
        if crm:
            caller = keys.on_behalf(session, world.vendor_id, key.code, actor=world.crm)
        key.spent = codes.pop()
        done = redemptions.redeem(session, RedeemCoupon(coupon=key.spent), caller=caller)
        key.redeemed = done.redemption.id

    return act


def _trial(world: World, key: Key, product: str) -> Do:
    del world
    return lambda session: manual.begin_trial(
        session, BeginTrial(product=product), caller=key.agent
    )


def grant(world: World, key: Key, product: str, term: Mapping[str, object], **more: object) -> Do:
    """A product by hand."""
    operation = {"op": "add_product", "product": product, "term": term} | more
    return change(world, key, [operation], "Счёт оплачен (демо)")


def change(world: World, key: Key, operations: Sequence[Mapping[str, object]], reason: str) -> Do:
    """Rights changed by hand."""
    command = ChangeRights.model_validate({"operations": operations, "reason": reason})
    return lambda session: manual.change_rights(
        session, world.vendor_id, key.id, command, actor=world.manager
    )
