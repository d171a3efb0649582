"""The stage on which every route of agents succeeds."""

import pytest

from app.kit.db import UnitOfWork
from tests.factories.requests import Stage, make_stage


@pytest.fixture
def stage(session: UnitOfWork) -> Stage:
    """The vendor DEMO with an infobase that has everything."""
    made = make_stage(session)
    session.commit()
    return made
