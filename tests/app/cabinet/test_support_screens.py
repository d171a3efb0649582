"""Every screen of support, delivery and administration opens, with something on it and without."""

import re

import pytest

from app.accounts.schemas import Role
from tests.factories.people import Browser, a_person, said
from tests.factories.requests import calls, make_stage

EMPTY = {
    "/support": "Activation audit",
    "/search": "Search",
    "/audit": "Audit log",
    "/audit/verify": "walks the whole chain",
    "/downloads": "Nothing was downloaded yet",
    "/installations": "no installations yet",
    "/installations/reports": "no installations yet",
    "/installations/observed": "No release was reported on yet",
    "/configurations": "БухгалтерияПредприятия",
    "/api-tokens": "no tokens yet",
    "/trust": "Fingerprint of the root",
    "/system": "No job has failed",
}


@pytest.mark.parametrize(("path", "words"), EMPTY.items(), ids=EMPTY)
def test_a_screen_opens_when_there_is_nothing_yet(browser, owner, path, words):
    answer = browser.sign_in(owner).get(path)
    assert answer.status_code == 200
    assert words in said(answer)


@pytest.fixture
def busy(client, session) -> tuple[Browser, object]:
    """The main job was done up to its report; its vendor's owner looks."""
    stage = make_stage(session)
    session.commit()
    calls(stage)["POST /install-reports"].send(client, stage).raise_for_status()
    person = a_person(session, stage.world.vendor.id, Role.OWNER)
    session.commit()
    return Browser(client, session).sign_in(person), stage


def test_downloads_show_who_fetched_what(busy):
    browser, stage = busy
    words = said(browser.get("/downloads"))
    assert "ООО «Василёк»" in words
    assert stage.world.key.hint in words
    assert "2.4.0" in words
    assert "Nothing matches" in said(browser.get("/downloads?status=aborted"))


def test_installations_lead_to_the_report_with_its_phases(busy):
    browser, _ = busy
    listed = browser.get("/installations?outcome=done")
    [path] = re.findall(r"/installations/[0-9a-f-]{36}", listed.text)
    words = said(browser.get(path))
    assert "DOWNLOADED" in words
    assert "0.9 s" in words
    assert "0x80020009" in words


def test_reports_add_up_by_release_and_configuration(busy):
    browser, _ = busy
    words = said(browser.get("/installations/observed"))
    assert "БухгалтерияПредприятия 3.0.150.34 1 0 0" in words


def test_configurations_count_the_infobases_of_customers(busy):
    browser, _ = busy
    assert "3.0.150.34 : 1 infobase" in said(browser.get("/configurations"))


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_screens_open_in_both_languages_and_themes(busy, locale, theme):
    browser, stage = busy
    browser.post("/profile/language", {"locale": locale, "back": "/cabinet"})
    browser.post("/profile/theme", {"theme": theme, "back": "/cabinet"})
    story = f"/support/key/{stage.world.key.id}"
    for path in (*EMPTY, story, f"{story}/print", f"{story}/note", "/audit/1", "/audit/export"):
        answer = browser.get(path)
        assert (path, answer.status_code) == (path, 200)
        assert f'lang="{locale}"' in answer.text
        assert f'data-theme="{theme}"' in answer.text
