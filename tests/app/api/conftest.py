"""The stages on which every route succeeds, and another vendor beside them."""

import pytest

from app.kit.db import UnitOfWork
from tests.factories.office import Office, make_office
from tests.factories.prepared import prepared
from tests.factories.requests import Stage, make_stage
from tests.factories.scene import Asking, Scene, make_scene


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
