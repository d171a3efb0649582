"""A browser at the cabinet of the world's vendor."""

import pytest

from tests.factories.people import Browser, Person, a_person


@pytest.fixture
def browser(client, session) -> Browser:
    """Nobody is signed in yet."""
    return Browser(client, session)


@pytest.fixture
def owner(world, session) -> Person:
    """The vendor's owner, with an authenticator."""
    made = a_person(session, world.vendor.id)
    session.commit()
    return made
