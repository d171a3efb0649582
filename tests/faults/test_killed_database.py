"""kill -9 of PostgreSQL under load: nothing told is lost, answers are polite, all comes back."""

import logging
import threading
import time

import pytest

from app.accounts.models import SessionStage
from app.accounts.service import sessions
from app.audit.actor import Caller
from app.kit.config import Settings
from app.kit.db import make_engine, require_durable
from app.kit.migrate import upgrade
from app.kit.signing.keyring import create_master
from tests.database import private_folder
from tests.factories.kit import MASTER, a_kit
from tests.factories.people import a_person, user_of
from tests.faults.clients import Clients, ended
from tests.faults.mortal_database import MortalDatabase, Visitor
from tests.faults.service import Service
from tests.faults.shop import PAID, Shop
from tests.faults.stage import Stage
from tests.waiting import until

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)
CLIENTS = 8
PREFIXES = {"held": "HELD", "backend": "BACK", "shipped": "SHIP"}


@pytest.fixture(scope="module")
def database():
    """In the place where `serve` looks for it."""
    with private_folder() as folder:
        (folder / "data").mkdir()
        made = MortalDatabase(folder / "data" / "postgres")
        upgrade(made.url)
        create_master(folder / "data" / "keys" / "master", MASTER)
        yield made
        made.stop()


@pytest.fixture(params=["held", "backend", "shipped"])
def mode(request):
    return request.param


@pytest.fixture
def stage(database, mode):
    """A vendor of this test's own."""
    settings = Settings(environment="development", data=database.folder.parent)
    engine = make_engine(database.url, settings)
    require_durable(engine, settings)
    yield Stage.set(database.url, engine, a_kit(settings), PREFIXES[mode])
    engine.dispose()


@pytest.fixture
def service(database, mode):
    """A server with a database that it was told of, or with the shipped one."""
    told = None if mode == "shipped" else database.url
    made = Service(told, database.folder.parent)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def shop(stage, rounds):
    made = Shop.over(stage, keys=2, seats=None)
    made.stock(coupons=rounds(ci=200, campaign=1_000), uses=(1, 2))
    return made


@pytest.fixture
def visitor(stage, service, mode):
    """Somebody of the vendor's, signed in."""
    with stage.acting() as world:
        session, vendor = world.session, world.vendor.id
        person = a_person(session, vendor, email=f"{mode}@example.com")
        user_of(session, person).locale = "ru"
        session.flush()
        told = {"vendor_id": vendor, "shown": True}
        cookie = sessions.begin(session, person.id, SessionStage.OPEN, Caller(), **told)
    return Visitor(service.url, cookie)


def held(database, clients, visitor):
    """The server is away until everybody was told so."""
    before = [client.unavailable for client in clients.all], visitor.waits
    database.kill()
    until(
        lambda: (
            visitor.waits > before[1]
            and all(each.unavailable > n for each, n in zip(clients.all, before[0], strict=True))
        )
    )
    database.start()


def backend(database, *_):
    """One connection dies, PostgreSQL ends all others and recovers by itself."""
    database.kill_backend()


def shipped(database, *_):
    """The program that the database was shipped with starts it again."""
    database.kill()


ACTS = {"held": held, "backend": backend, "shipped": shipped}


def cycle(act, database, clients, visitor):
    """One fault under load; seconds from the first connection to everybody's next good answer."""
    clients.wait_for(CLIENTS)
    act(database, clients, visitor)
    until(database.answers)
    back, seen = time.monotonic(), visitor.seen
    before = [client.known for client in clients.all]
    until(
        lambda: (
            visitor.seen > seen
            and all(each.known > n for each, n in zip(clients.all, before, strict=True))
        )
    )
    return time.monotonic() - back


@pytest.fixture
def strike(database, visitor, mode):
    """Strikes once; see `cycle`."""
    return lambda clients: cycle(ACTS[mode], database, clients, visitor)


@pytest.mark.fault(minutes=3)
def test_nothing_is_lost_and_all_comes_back_without_a_restart(
    strike, service, shop, visitor, rounds, figures
):
    shop.open(infobases=0)
    clients, over = Clients(shop, CLIENTS, PAID, seed=7), threading.Event()
    with visitor.looking():
        threads = clients.until(over, service.url)
        try:
            for _ in range(rounds(ci=1, campaign=10)):
                took = strike(clients)
                figures("database_kills", 1)
                figures("database_return", took)
                logger.info("normal after %.2f s", took)
        finally:
            over.set()
            ended(threads)
    clients.settle(service.url)
    assert service.starts == 1
    require_sound(shop, clients, visitor, figures)


def require_sound(shop, clients, visitor, figures):
    waits = visitor.waits + sum(client.unavailable for client in clients.all)
    surprises = clients.surprises + visitor.surprises
    figures("bare_5xx", len(surprises), of=waits)
    found = shop.examine(clients.attempts)
    shop.measure(figures, clients.attempts)
    logger.info("%d attempts, %d polite refusals", len(clients.attempts), waits)
    assert surprises == []
    assert found == []
