"""A world that is really committed, and what has to hold in it afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, func, select, text

from app.audit.models import AuditEvent
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.kit.db import Base, Kit, UnitOfWork, transaction
from app.licensing.schemas import Activate
from app.licensing.service.activations import activate
from app.licensing.service.keys import Caller, identify
from app.upkeep import check
from tests.factories.calls import PRODUCT, YEAR
from tests.factories.world import World, make_world


@dataclass
class Stage:
    """A database of its own with a vendor in it."""

    url: str
    engine: Engine
    kit: Kit
    world: World

    @classmethod
    def set(cls, url: str, engine: Engine, kit: Kit, prefix: str = "DEMO") -> "Stage":
        with transaction(engine, kit) as session:
            return cls(url, engine, kit, make_world(session, prefix))

    @contextmanager
    def acting(self) -> Iterator[World]:
        """The world in a transaction that is committed at its end."""
        with transaction(self.engine, self.kit) as session:
            self.world.session = session
            yield self.world

    def keys(self, count: int, *, customers: int | None = None) -> list[str]:
        """Codes of fresh keys, dealt out to so many fresh customers; by default one to each."""
        some = customers or count
        with self.acting() as world:
            companies = [world.another_customer(f"ООО «{number}»") for number in range(some)]
            return [world.another_key(companies[n % some])[1] for n in range(count)]

    def sold(self, count: int, *, seats: int | None = 3) -> list[str]:
        """Codes of fresh keys with the product on so many seats."""
        keys, coupons = self.keys(count, customers=1), self.coupons(count, seats=seats)
        with self.acting() as world:
            for key, coupon in zip(keys, coupons, strict=True):
                put(world.session, key, coupon)
        return keys

    def seated(self, key: str, *infobases: UUID) -> list[str]:
        """These infobases take seats of a key; their installation tokens."""
        with self.acting() as world:
            return [sit(world.session, key, infobase) for infobase in infobases]

    def coupons(self, count: int = 1, *, max_redemptions: int = 1, **operation) -> list[str]:
        """Codes of a fresh batch."""
        with self.acting() as world:
            told = {"operations": [YEAR | operation], "max_redemptions": max_redemptions}
            return world.coupon(count, **told)

    def drop(self, what: str, *, of: type[Base] | None = None) -> None:
        """Takes away what the database itself would refuse: an index, or a table's constraint."""
        table = f"ALTER TABLE {of.__tablename__} " if of else ""
        with self.engine.begin() as connection:
            connection.execute(text(f"{table}DROP {what}"))

    def count(self, model: type, *conditions: object) -> int:
        """Rows of a table."""
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(model).where(*conditions))

    def events(self, action: str, outcome: str = "ok") -> int:
        """Recorded acts of a kind."""
        return self.count(AuditEvent, AuditEvent.action == action, AuditEvent.outcome == outcome)

    def contradictions(self) -> list[str]:
        """What the examination of a live server finds: counters, ledgers, the audit chain."""
        reports = check.run(
            self.engine, self.kit, full=True, watch=lambda _: nullcontext(lambda _: None)
        )
        return [f"{found.code} {found.subject}" for told in reports for found in told.findings]

    def redeem(self, key: str, coupon: str) -> None:
        """Puts a coupon into a key."""

        self.do(lambda session: put(session, key, coupon))

    def do(self, act: Callable[[UnitOfWork], object]) -> object:
        """One act in a transaction of its own."""
        with transaction(self.engine, self.kit) as session:
            return act(session)


def put(session: UnitOfWork, key: str, coupon: str) -> None:
    """Puts a coupon into a key."""
    redeem(session, RedeemCoupon(coupon=coupon), caller=identify(session, key, Caller()))


def sit(session: UnitOfWork, key: str, infobase: UUID) -> str:
    """An infobase takes a seat; its installation token."""
    command = Activate(product=PRODUCT, infobase={"id": infobase, "label": "База"})
    return activate(session, command, caller=identify(session, key, Caller())).token
