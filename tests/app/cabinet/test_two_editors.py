"""Whoever comes second sees who was first, both values, and chooses for each field."""

import pytest

from app.catalog.models import Extension, Release
from tests.factories.people import Browser, a_person, hidden, said
from tests.factories.publishing import a_draft, save


@pytest.fixture
def colleague(world, session):
    """Somebody else who may write the catalogue."""
    made = a_person(session, world.vendor.id, "admin")
    session.commit()
    return made


def as_another(desk: Browser, person, act):
    """What a colleague does meanwhile in a browser of their own."""
    mine = desk.cookie
    desk.forget()
    done = act(desk.sign_in(person))
    desk.come_with(mine)
    return done


def test_an_extension_tells_who_was_faster_and_keeps_what_is_chosen(
    browser, owner, colleague, world, session
):
    desk, path = browser.sign_in(owner), f"/extensions/{world.extension.id}/edit"
    told = {"product": "warehouse-helper", "purpose": "customization", "title_ru": "Первый"}
    told |= {"onec_name": world.extension.onec_name, "restart_required": "on"}
    carried = hidden(desk.get(path))
    as_another(desk, colleague, lambda them: them.post(path, hidden(them.get(path)) | told))
    mine = told | {"title_ru": "Второй", "purpose": "patch", "restart_required": ""}
    del mine["restart_required"]
    answer = desk.post(path, carried | mine)
    assert answer.status_code == 409
    page = said(answer)
    assert "While you were editing, Person admin changed this" in page
    for both in ("Yours: Второй", "Saved now: Первый", "Yours: patch", "Saved now: customization"):
        assert both in page
    assert "Restart of sessions afterwards Yours: no Saved now: yes" in page
    picks = {"pick-title_ru": "theirs", "pick-restart_required": "theirs", "pick-purpose": "mine"}
    assert desk.post(path, hidden(answer) | mine | picks).status_code == 200
    row = session.get_one(Extension, world.extension.id, populate_existing=True)
    assert (row.title_ru, row.restart_required, row.purpose) == ("Первый", True, "patch")


def test_a_draft_tells_who_was_faster_and_keeps_what_is_chosen(
    browser, owner, colleague, world, session
):
    desk = browser.sign_in(owner)
    card = a_draft(desk, world)
    carried = hidden(desk.get(card))
    theirs = {"notes_ru": "Их слова", "number": "2.5", "channel": "beta", "critical": "on"}
    as_another(desk, colleague, lambda them: save(them, card, **theirs))
    mine = {"notes_ru": "Мои слова", "number": "2.4.0", "channel": "stable"}
    answer = desk.post(card, carried | mine)
    page = said(answer)
    assert (answer.status_code, "Person admin changed this" in page) == (409, True)
    assert "Version Yours: 2.4.0 Saved now: 2.5" in page
    picks = {"pick-number": "theirs", "pick-critical": "theirs", "pick-channel": "mine"}
    assert desk.post(card, hidden(answer) | mine | picks).status_code == 200
    row = session.get_one(Release, card.rpartition("/")[2], populate_existing=True)
    assert (row.notes_ru, row.version, row.channel) == ("Мои слова", "2.5", "stable")
    assert row.critical is True
