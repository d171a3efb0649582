"""Limits are exact whoever comes at the same moment, from several processes.

Each has its control: the same limit checked first and then used up, which a barrier breaks.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, delete, func, select, update

from app.audit.service import find_broken_chain
from app.catalog.models import Product
from app.coupons.models import Coupon, Redemption
from app.coupons.service.integrity import find_miscounted_coupons
from app.kit.db import Kit, make_engine, reading, transaction
from app.licensing.models import Activation, Entitlement, InstallationToken, Transfer
from app.licensing.schemas import Activate
from app.licensing.service.activations import activate
from app.licensing.service.integrity import find_miscounted_seats, find_rights_off_ledger
from app.licensing.service.keys import Caller, identify
from tests.factories.world import World, make_world
from tests.simulators.racers import Racers, attempt, racers

PRODUCT = "warehouse-helper"


@pytest.fixture
def url(clone_database) -> str:
    return clone_database()


@pytest.fixture
def engine(url, settings) -> Iterator[Engine]:
    engine = make_engine(url, settings)
    yield engine
    engine.dispose()


@pytest.fixture
def team(url, tmp_path) -> Iterator[Racers]:
    with racers(url, tmp_path) as team:
        yield team


@pytest.fixture
def arrange(engine, kit) -> Callable:
    """Does something with the world's vendor and commits it."""
    with transaction(engine, kit) as session:
        world = make_world(session)

    def arrange(act: Callable[[World], object]):
        with transaction(engine, kit) as session:
            world.session = session
            return act(world)

    return arrange


@pytest.fixture
def rounds(pytestconfig) -> range:
    return range(1_000 if pytestconfig.getoption("--campaign") else 20)


@pytest.fixture
def sound(engine, kit) -> Iterator[None]:
    """After the race counters, ledgers and the audit chain agree with what there is."""
    yield
    with reading(engine, kit) as session:
        for find in (
            find_miscounted_seats,
            find_miscounted_coupons,
            find_rights_off_ledger,
            find_broken_chain,
        ):
            assert list(find(session)) == []


@pytest.fixture
def sell(arrange, engine, kit) -> Callable[..., str]:
    """Puts the product on so many seats into the world's key."""

    def sell(seats: int) -> str:
        operation = {"product": PRODUCT, "term": {"days": 365}, "seats": seats}
        [coupon] = arrange(lambda world: world.coupon(operations=[operation]))
        key = arrange(lambda world: world.code)
        assert attempt(engine, kit, ("redeem", {"key": key, "coupon": coupon})) == "ok"
        return key

    return sell


def sit(engine: Engine, kit: Kit, key: str, uid: object) -> str:
    """An infobase takes a seat; its token."""
    told = {"product": PRODUCT, "infobase": {"id": uid, "label": "База"}}
    with transaction(engine, kit) as session:
        caller = identify(session, key, Caller())
        return activate(session, Activate.model_validate(told), caller=caller).token


def empty_seats(engine: Engine) -> None:
    """Nobody sits, nothing was ever moved."""
    with engine.begin() as connection:
        for table in (Transfer, InstallationToken, Activation):
            connection.execute(delete(table))
        connection.execute(update(Entitlement).values(active_count=0))


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("most", [1, 2])
def test_a_coupon_of_so_many_uses_is_used_so_often(arrange, team, engine, rounds, most):
    holders = [
        arrange(lambda world: world.another_key(world.another_customer())[1]) for _ in range(6)
    ]
    for number in rounds:
        [coupon] = arrange(lambda world: world.coupon(max_redemptions=most))
        acts = [("redeem", {"key": key, "coupon": coupon}) for key in holders]
        outcomes = Counter(team.race(acts))
        assert outcomes == {"ok": most, "COUPON_EXHAUSTED": 6 - most}, number
    with engine.connect() as connection:
        counts = set(connection.scalars(select(Coupon.redemption_count)))
        used = connection.scalar(select(func.count(Redemption.id)))
    assert (counts, used) == ({most}, most * len(rounds))


@pytest.mark.usefixtures("sound")
def test_the_same_coupon_into_the_same_key_is_one_redemption(arrange, team, rounds):
    key = arrange(lambda world: world.code)
    for number in rounds:
        [coupon] = arrange(lambda world: world.coupon(max_redemptions=9))
        outcomes = Counter(team.race([("redeem", {"key": key, "coupon": coupon})] * 6))
        assert outcomes == {"ok": 1, "replayed": 5}, number


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("seats", [1, 3])
def test_so_many_infobases_sit_as_there_are_seats(sell, team, engine, rounds, seats):
    key = sell(seats)
    for number in rounds:
        empty_seats(engine)
        uids = [str(uuid.uuid4()) for _ in range(6)]
        outcomes = team.race(
            [("activate", {"key": key, "product": PRODUCT, "uid": uid}) for uid in uids]
        )
        refused = [outcome for outcome in outcomes if outcome == "SEAT_LIMIT_REACHED"]
        assert (len(set(outcomes) - {"SEAT_LIMIT_REACHED"}), len(refused)) == (seats, 6 - seats), (
            number,
            outcomes,
        )


@pytest.mark.usefixtures("sound")
def test_the_same_infobase_takes_one_seat(sell, team, engine, rounds):
    key = sell(3)
    for number in rounds:
        empty_seats(engine)
        act = ("activate", {"key": key, "product": PRODUCT, "uid": str(uuid.uuid4())})
        outcomes = team.race([act] * 6)
        assert len({uuid.UUID(outcome) for outcome in outcomes}) == 1, (number, outcomes)


def test_a_connection_may_take_any_number_of_seats(sell, engine, kit):
    """After some runs PostgreSQL plans a prepared statement without looking at its parameters."""
    key = sell(1)
    here = uuid.uuid4()
    assert all(sit(engine, kit, key, here) for _ in range(20))


def last_transfer(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(Product).values(transfer_quota=1))


@pytest.mark.usefixtures("sound")
def test_the_last_transfer_of_the_quota_is_one(sell, team, engine, kit, rounds):
    key = sell(2)
    last_transfer(engine)
    for number in rounds:
        empty_seats(engine)
        tokens = [sit(engine, kit, key, uuid.uuid4()) for _ in range(2)]
        outcomes = team.race([("release", {"token": token}) for token in tokens])
        assert sorted(outcomes) == ["TRANSFER_QUOTA_EXCEEDED", "ok"], number


@pytest.mark.usefixtures("sound")
def test_of_a_release_and_a_rebind_one_has_the_last_transfer(sell, team, engine, kit, rounds):
    key = sell(2)
    last_transfer(engine)
    for number in rounds:
        empty_seats(engine)
        token = sit(engine, kit, key, uuid.uuid4())
        moved = ("rebind", {"token": token, "uid": str(uuid.uuid4())})
        outcomes = Counter(team.race([("release", {"token": token}), moved]))
        assert outcomes.pop("ok") == 1, number
        assert set(outcomes) <= {"TRANSFER_QUOTA_EXCEEDED", "ACTIVATION_NOT_FOUND"}, number


# Controls: checked first, used up afterwards, and all have checked before one uses up


def naively(engine: Engine, check: Callable, use: Callable) -> int:
    """How many of two get in where the limit has room for one."""
    gate = Barrier(2, timeout=30)

    def one(_: int) -> bool:
        with engine.begin() as connection:
            found = check(connection)
            gate.wait()
            if found is not None:
                use(connection, found)
            return found is not None

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(one, range(2)))


def test_a_naive_coupon_is_used_twice(arrange, engine):
    arrange(lambda world: world.coupon())
    room = select(Coupon.redemption_count).where(Coupon.redemption_count < Coupon.max_redemptions)

    def use(connection, count):
        connection.execute(update(Coupon).values(redemption_count=count + 1))

    assert naively(engine, lambda connection: connection.scalar(room), use) == 2


def test_a_naive_seat_is_taken_twice(sell, engine):
    sell(1)
    room = select(Entitlement.active_count).where(Entitlement.active_count < Entitlement.seats)

    def use(connection, count):
        connection.execute(update(Entitlement).values(active_count=count + 1))

    assert naively(engine, lambda connection: connection.scalar(room), use) == 2


def test_a_naive_quota_lets_two_transfers_pass(sell, engine, kit):
    key = sell(2)
    seats = [sit(engine, kit, key, uuid.uuid4()) for _ in range(2)]
    assert len(seats) == 2

    def check(connection):
        return 0 if connection.scalar(select(func.count(Transfer.id))) < 1 else None

    def use(connection, _):
        row = select(Activation.vendor_id, Activation.entitlement_id, Activation.infobase_id)
        vendor_id, entitlement_id, infobase_id = connection.execute(row.limit(1)).one()
        activation_id = connection.scalar(select(Activation.id).limit(1))
        told = {"vendor_id": vendor_id, "entitlement_id": entitlement_id, "kind": "release"}
        told |= {"from_infobase_id": infobase_id, "activation_id": activation_id, "actor": "x"}
        connection.execute(
            Transfer.__table__.insert().values(id=uuid.uuid4(), created_at=kit.clock(), **told)
        )

    assert naively(engine, check, use) == 2
    with engine.connect() as connection:
        assert connection.scalar(select(func.count(Transfer.id))) == 2
