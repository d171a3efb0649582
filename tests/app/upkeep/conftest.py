"""A server with real commits: rights in a ledger, seats taken, a coupon used, a release kept."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from app.coupons.schemas import RedeemCoupon
from app.coupons.service import redemptions
from app.kit.config import Settings
from app.kit.db import Kit, UnitOfWork, make_engine, transaction
from app.licensing.schemas import Activate
from app.licensing.service import activations, keys
from app.licensing.service.keys import Caller
from tests.factories.prepared import prepared
from tests.factories.world import World, an_infobase, make_world


@pytest.fixture
def engine(clone_database: Callable[[], str], settings: Settings) -> Iterator[Engine]:
    """A database that this test may break."""
    engine = make_engine(clone_database(), settings)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine, kit: Kit) -> World:
    """Two redemptions into one key, two infobases on its seats, a release, a second vendor."""
    with transaction(engine, kit) as session:
        return prepared(session, make_busy_world)


def make_busy_world(session: UnitOfWork) -> World:
    make_world(session, "OTHR")
    world = make_world(session)
    world.release()
    caller = keys.identify(session, world.code, Caller())
    for code in world.coupon(count=2):
        redemptions.redeem(session, RedeemCoupon(coupon=code), caller=caller)
    for label in ("Бухгалтерия", "Склад"):
        facts = {"product": world.product.code, "infobase": an_infobase(label)}
        activations.activate(session, Activate.model_validate(facts), caller=caller)
    return world


@pytest.fixture
def tamper(engine: Engine, world: World) -> Callable[..., None]:
    """Whoever owns the database changes it behind the server's back."""

    def tamper(*statements: str) -> None:
        with engine.begin() as connection:
            for table in ("audit_events", "entitlement_changes"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER append_only"))
            for statement in statements:
                changed = connection.execute(text(statement), {"vendor": world.vendor.id})
                assert changed.rowcount != 0, statement

    return tamper
