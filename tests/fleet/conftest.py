"""Two servers at work together, and ways to either of them and to nginx before them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest
from sqlalchemy import Connection

from app.kit.db import Kit, UnitOfWork
from tests.database import Cluster
from tests.factories.automation import Automation, a_token
from tests.factories.calls import Installer
from tests.factories.clock import NOON
from tests.factories.people import Person, a_person
from tests.factories.world import World, make_world
from tests.fleet.fleet import Fleet, a_client
from tests.fleet.started import started
from tests.s3 import SettingsOf


@pytest.fixture(scope="session")
def fleet(
    cluster: Cluster,
    worker_id: str,
    settings_of: SettingsOf,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleet]:
    """This worker's own two servers behind nginx."""
    folder = tmp_path_factory.mktemp("fleet")
    with started(cluster, f"{worker_id}_fleet", settings_of, folder, "moto") as fleet:
        yield fleet


@pytest.fixture
def connection(fleet: Fleet) -> Iterator[Connection]:
    """The database beside the servers; all that is done meanwhile is taken back."""
    with fleet.connection() as connection:
        yield connection


@pytest.fixture
def kit(fleet: Fleet) -> Kit:
    return fleet.kit


@pytest.fixture
def session(fleet: Fleet, connection: Connection) -> Iterator[UnitOfWork]:
    """For arranging and looking; commit it before the servers have to see it.

    The clock stands still meanwhile, so that nothing depends on how busy this machine is.
    """
    fleet.clock.at = NOON
    with UnitOfWork(connection.engine, kit=fleet.kit) as session:
        yield session


@pytest.fixture
def world(session: UnitOfWork) -> World:
    made = make_world(session)
    session.commit()
    return made


@pytest.fixture
def owner(world: World, session: UnitOfWork) -> Person:
    made = a_person(session, world.vendor.id)
    session.commit()
    return made


@pytest.fixture
def clients() -> Iterator[Callable[[str], httpx2.Client]]:
    """Makes clients of an address; they are closed after the test."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(a_client(url))


@pytest.fixture
def both(fleet: Fleet, clients: Callable[[str], httpx2.Client]) -> list[httpx2.Client]:
    """A client of either server, past nginx."""
    return [clients(member.url) for member in fleet.members]


@pytest.fixture
def through(fleet: Fleet, clients: Callable[[str], httpx2.Client]) -> httpx2.Client:
    """A client of nginx: the servers answer it by turns."""
    return clients(fleet.nginx.url)


@pytest.fixture
def crms(both: list[httpx2.Client], world: World, session: UnitOfWork) -> list[Automation]:
    """The vendor's program, at either server."""
    token = a_token(session, world.vendor.id)
    session.commit()
    return [Automation(client, token) for client in both]


@pytest.fixture
def agents(both: list[httpx2.Client], world: World) -> list[Installer]:
    """The agent of the world's customer, at either server."""
    first, second = (Installer(client, world.code) for client in both)
    second.infobase = first.infobase
    return [first, second]
