"""The server under test: each test in a transaction that is undone, commits of the app included."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, create_engine, event

from app.kit.config import Settings
from app.kit.db import Kit, UnitOfWork
from app.kit.outbox import work_off
from app.worker import HANDLERS
from tests.factories.application import an_app
from tests.factories.calls import Installer
from tests.factories.clock import NOON, HandClock
from tests.factories.kit import a_kit
from tests.factories.prepared import prepared
from tests.factories.smtp import Postbox, give_mail, postbox
from tests.factories.world import World, make_world


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The worker's own database."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a server that keeps its files in the test's folder."""
    return Settings(environment="test", data=tmp_path)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> HandClock:
    """The server's clock; real unless a test sets it.

    Where a test asks for `noon`, it stands from the first thing that is made for the test:
    fixtures come in any order, and one made by the real clock belongs to another day.
    """
    clock = HandClock()
    clock.at = NOON if "noon" in request.fixturenames else None
    return clock


@pytest.fixture
def noon(clock: HandClock) -> None:
    """Stops the clock at noon of a known day."""
    assert clock.at == NOON


@pytest.fixture
def kit(settings: Settings, clock: HandClock) -> Kit:
    """What verbs reach through their session."""
    return a_kit(settings, clock)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """The one connection of a test; whatever was committed on it is undone."""
    with engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def session(connection: Connection, kit: Kit) -> Iterator[UnitOfWork]:
    """A unit of work for arranging and looking; commit it before the application has to see it."""
    with UnitOfWork(connection, kit=kit) as session:
        yield session


@pytest.fixture
def world(session: UnitOfWork) -> World:
    """The vendor most tests speak of."""
    made = prepared(session, make_world)
    session.commit()
    return made


@pytest.fixture
def client(connection: Connection, kit: Kit) -> Iterator[TestClient]:
    """Programs' way into the application, in Russian."""
    app = an_app(connection, kit)
    with TestClient(app, headers={"Accept-Language": "ru"}) as client:
        yield client


@pytest.fixture
def installer(client: TestClient, world: World) -> Installer:
    """The agent of the world's customer at its first infobase."""
    return Installer(client, world.code)


@pytest.fixture
def statements(connection: Connection) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collects the SQL that runs inside a `with`."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_):
            seen.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return collect


@pytest.fixture
def box(world: World, session: UnitOfWork) -> Iterator[Postbox]:
    """The mail server of the world's vendor."""
    with postbox() as made:
        give_mail(session, world.vendor, made)
        session.commit()
        yield made


@pytest.fixture
def work(connection: Connection, kit: Kit) -> Callable[[], int]:
    """Does the jobs that are due, as a worker does; how many."""

    def until_done() -> int:
        count = 0
        while work_off(connection, kit, HANDLERS):
            count += 1
        return count

    return until_done
