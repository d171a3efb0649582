"""Which agreement a release asks for."""

import pytest

from app.catalog.queries.eulas import required_eula

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def required(world, session):
    """What a fresh release asks for."""
    release = world.release()

    def ask():
        found = required_eula(session, world.extension, release)
        return found.number if found else None

    ask.release = release
    return ask


def test_without_an_agreement_nothing_is_asked(required):
    assert required() is None


def test_the_newest_in_force_is_asked(required, world):
    for number in (1, 2):
        world.eula(f"Редакция {number}")
    world.eula("Завтра", effective_from="2999-01-01")
    assert required() == 2


def test_a_release_may_ask_for_its_own(required, world, session):
    first = world.eula()
    world.eula("Новая")
    required.release.eula_id = first.id
    session.flush()
    assert required() == 1


def test_a_lower_number_stays_behind_whatever_its_day(required, world):
    world.eula("Первая", effective_from="2020-06-01")
    world.eula("Вторая", effective_from="2020-01-01")
    assert required() == 2
