"""Alarms: owners are written of a failure once in six hours, and once when it is over."""

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import func, select, update

from app.accounts import queries
from app.accounts.models import HealthAlarm, Letter, User
from app.accounts.schemas.health import CHECKS, State
from app.accounts.service import alarms
from app.accounts.service.alarms import AGAIN, LOOK
from app.kit.i18n import translate
from tests.factories.people import a_person

pytestmark = pytest.mark.usefixtures("noon")
OK, WARN, FAIL = State


@pytest.fixture
def owner(session, world) -> None:
    """Who is written to; an administrator is not."""
    for role in ("admin", "owner"):
        a_person(session, world.vendor.id, role, factor=False)
    session.commit()


@pytest.fixture
def look(session, world, clock) -> Callable[..., int]:
    """The regular look finds checks in these states, one after the other; letters so far."""

    def look(*states: State, checks: Iterable[str] = ("storage",)) -> int:
        for state in states:
            alarms.keep(session, world.vendor.id, dict.fromkeys(checks, state))
            session.commit()
            clock.at += LOOK
        return session.scalar(select(func.count()).select_from(Letter))

    return look


@pytest.mark.usefixtures("box", "owner")
def test_a_failure_that_is_over_at_the_second_look_is_written_of_to_nobody(look):
    assert look(FAIL, OK, FAIL, WARN, OK) == 0


@pytest.mark.usefixtures("owner")
def test_a_failure_is_written_of_at_the_second_look_to_the_owners(look, box, work):
    assert look(FAIL, FAIL) == 1
    work()
    assert box.recipients == [["owner@example.com"]]
    assert box.letters[0]["Subject"] == "127.0.0.1: Files cannot be stored"
    assert "since 2026-11-22 12:00 (Europe/Moscow)" in box.text()
    assert CHECKS["storage"].advice in box.text()


@pytest.mark.usefixtures("box", "owner")
def test_as_long_as_it_lasts_it_is_written_of_every_six_hours(look):
    looks = AGAIN // LOOK
    assert look(FAIL, FAIL) == 1
    assert look(*[FAIL] * (looks - 1)) == 1
    assert look(FAIL) == 2
    assert look(*[FAIL] * (looks - 1)) == 2
    assert look(FAIL) == 3


@pytest.mark.usefixtures("owner")
def test_its_end_is_written_of_once(look, box, work):
    look(FAIL, FAIL)
    assert look(OK, OK, OK) == 2
    work()
    assert box.letters[-1]["Subject"] == "127.0.0.1: over - Files cannot be stored"
    assert "still not in order" not in box.text()


@pytest.mark.usefixtures("owner")
def test_what_fails_no_more_but_is_not_in_order_is_told_as_that(look, box, work):
    look(FAIL, FAIL)
    assert look(WARN, WARN, OK) == 2
    work()
    assert "still not in order" in box.text()


@pytest.mark.usefixtures("box", "owner")
def test_what_comes_and_goes_costs_two_letters_in_six_hours(look):
    assert look(*[FAIL, FAIL, OK] * (AGAIN // LOOK // 3)) == 2
    assert look(FAIL, FAIL) == 3


@pytest.mark.usefixtures("box", "owner")
def test_each_check_is_written_of_by_itself(look):
    assert look(FAIL, FAIL) == 1
    assert look(FAIL, FAIL, checks=["disk_free"]) == 2


@pytest.mark.usefixtures("box", "owner")
def test_a_warning_is_written_to_nobody_and_kept_for_pages(look, session, world, clock):
    since = clock()
    assert look(WARN, WARN, WARN) == 0
    [alarm] = queries.alarms(session, world.vendor.id)
    assert (alarm.name, alarm.state, alarm.since) == ("storage", "warn", since)
    look(OK)
    assert not queries.alarms(session, world.vendor.id)


@pytest.mark.usefixtures("owner")
def test_who_could_not_be_written_to_is_as_soon_as_letters_leave(look, request):
    assert look(FAIL, FAIL, FAIL) == 0
    request.getfixturevalue("box")
    assert look(FAIL) == 1


@pytest.mark.usefixtures("box")
def test_without_an_owner_nothing_is_taken_for_told(look, session, world):
    assert look(FAIL, FAIL) == 0
    assert session.scalars(select(HealthAlarm.told_at)).one() is None
    a_person(session, world.vendor.id, "owner", factor=False)
    assert look(FAIL) == 1


@pytest.mark.usefixtures("box", "owner")
@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_check_has_a_letter_in_the_owners_language(connection, session, look, language):
    connection.execute(update(User).values(locale=language))
    look(FAIL, FAIL, WARN, checks=CHECKS)
    compose = alarms.COMPOSE["health"]
    texts = [compose(session, letter).text for letter in session.scalars(select(Letter))]
    assert len(texts) == 2 * len(CHECKS)
    assert all(("Здравствуйте" in text) is (language == "ru") for text in texts)
    for check in CHECKS.values():
        told = [text for text in texts if translate(check.trouble, language) in text]
        assert len(told) == 2
        assert all(" ".join(translate(check.advice, language).split()) in text for text in told)
