"""A vendor whose root we hold, and agents of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.kit.db import UnitOfWork
from tests.factories.prepared import prepared
from tests.factories.trust import Agent, ThroughTheApplication, Trusted
from tests.factories.world import World, make_world


def without_root(session: UnitOfWork) -> World:
    return make_world(session, root=False)


@pytest.fixture
def world(session) -> World:
    """A vendor before the first ceremony."""
    made = prepared(session, without_root)
    session.commit()
    return made


@pytest.fixture
def trusted(world: World, session) -> Trusted:
    """A vendor after the first ceremony."""
    made = Trusted(session, world.vendor)
    made.begin()
    return made


@pytest.fixture
def fetcher(client) -> ThroughTheApplication:
    return ThroughTheApplication(client)


@pytest.fixture
def agent(trusted: Trusted, fetcher, tmp_path: Path) -> Callable[..., Agent]:
    """Makes agents that pin what the connection file of this moment brings."""

    def agent(name: str = "agent") -> Agent:
        return Agent(tmp_path / name, fetcher, trusted.row.repo_id, trusted.root())

    return agent
