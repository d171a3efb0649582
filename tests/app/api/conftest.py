"""The stages on which every route succeeds."""

import pytest

from app.kit.db import UnitOfWork
from tests.factories.office import Office, make_office
from tests.factories.requests import Stage, make_stage


@pytest.fixture
def stage(session: UnitOfWork) -> Stage:
    """The vendor DEMO with an infobase that has everything."""
    made = make_stage(session)
    session.commit()
    return made


@pytest.fixture
def office(session: UnitOfWork) -> Office:
    """The vendor DEMO with a program that may do everything."""
    return make_office(session)
