"""The stages on which every route succeeds, and another vendor beside them.

With `--fleet` requests go through nginx to two processes instead of the application in this one.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from app.kit.config import Settings
from app.kit.db import Kit, UnitOfWork
from tests.database import Cluster
from tests.factories.application import an_app
from tests.factories.clock import NOON, HandClock
from tests.factories.office import Office, make_office
from tests.factories.prepared import prepared
from tests.factories.requests import Stage, make_stage
from tests.factories.scene import Asking, Scene, make_scene
from tests.fleet.counting import in_process
from tests.fleet.fleet import Fleet
from tests.fleet.started import started
from tests.s3 import SettingsOf


@pytest.fixture(scope="session")
def running_fleet(
    cluster: Cluster,
    worker_id: str,
    settings_of: SettingsOf,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleet]:
    """This worker's own two servers behind nginx, for all its tests."""
    folder = tmp_path_factory.mktemp("fleet")
    with started(cluster, f"{worker_id}_suite", settings_of, folder, "rclone") as fleet:
        yield fleet
        assert all(member.answered() for member in fleet.members)


@pytest.fixture
def fleet(request: pytest.FixtureRequest) -> Fleet | None:
    """What this test's requests go through; None: they stay in this process."""
    if not request.config.getoption("--fleet") or in_process(request.node):
        return None
    return request.getfixturevalue("running_fleet")


def usual(request: pytest.FixtureRequest) -> Any:
    """What the fixture of this name is without a fleet."""
    return request.getfixturevalue(str(request.fixturename))


@pytest.fixture
def settings(request: pytest.FixtureRequest, fleet: Fleet | None) -> Settings:
    return fleet.kit.settings if fleet else usual(request)


@pytest.fixture
def clock(request: pytest.FixtureRequest, fleet: Fleet | None) -> HandClock:
    if fleet is None:
        return usual(request)
    fleet.clock.at = NOON if "noon" in request.fixturenames else None
    return fleet.clock


@pytest.fixture
def kit(request: pytest.FixtureRequest, fleet: Fleet | None) -> Kit:
    return fleet.kit if fleet else usual(request)


@pytest.fixture
def connection(request: pytest.FixtureRequest, fleet: Fleet | None) -> Iterator[Connection]:
    """Of a fleet's database: what is done on it holds at once."""
    if fleet is None:
        yield usual(request)
        return
    with fleet.connection() as connection:
        yield connection


@pytest.fixture
def session(
    request: pytest.FixtureRequest, fleet: Fleet | None, connection: Connection
) -> Iterator[UnitOfWork]:
    if fleet is None:
        yield usual(request)
        return
    with UnitOfWork(connection.engine, kit=fleet.kit) as session:
        yield session


@pytest.fixture
def client(request: pytest.FixtureRequest, connection: Connection, kit: Kit) -> Iterator[Any]:
    fleet = connection.info.get("fleet")
    if fleet is None:
        yield usual(request)
        return
    with fleet.client() as client:
        client.app = an_app(None, kit)  # which describes itself
        yield client


@pytest.fixture
def client_at(
    fleet: Fleet | None, connection: Connection, kit: Kit
) -> Iterator[Callable[[str], Any]]:
    """Programs at an address."""
    with ExitStack() as clients:
        if fleet:
            yield lambda address: clients.enter_context(fleet.client(address))
            return
        app = an_app(connection, kit)
        yield lambda address: clients.enter_context(TestClient(app, client=(address, 50_000)))


@pytest.fixture
def stage(session: UnitOfWork) -> Stage:
    """The vendor DEMO with an infobase that has everything."""
    made = prepared(session, make_stage)
    session.commit()
    return made


@pytest.fixture
def scene(session: UnitOfWork, client, stage: Stage) -> Scene:
    """The vendor DEMO beside the vendor OTHR, with one of everything each."""
    return make_scene(session, client, stage)


@pytest.fixture
def ask(client, connection, scene: Scene) -> Asking:
    """Requests that leave no trace."""
    return Asking(client, connection, scene)


@pytest.fixture
def office(session: UnitOfWork) -> Office:
    """The vendor DEMO with a program that may do everything."""
    made = prepared(session, make_office)
    session.commit()
    return made
