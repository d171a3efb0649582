"""Refusals inside the cabinet: in its shell, with the next step."""

import pytest
from sqlalchemy.exc import OperationalError

from app.accounts.schemas import Permission
from app.cabinet import customers
from app.cabinet.words import PERMISSIONS
from app.kit.problems import Busy, DiskFull, RateLimited
from tests.factories.people import Browser, a_person, said

SHELL = 'class="side"'


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


def test_every_permission_has_a_word():
    assert set(PERMISSIONS) == {each.value for each in Permission}


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/customers/0192f0c1-2f3a-7c11-8e4d-000000000000",
        "/license-keys/0192f0c1-2f3a-7c11-8e4d-000000000000/reveal",
    ],
)
def test_an_absent_page_is_told_in_the_shell(desk, path):
    answer = desk.get(path)
    assert answer.status_code == 404
    assert SHELL in answer.text
    assert "nothing at this address" in said(answer)
    assert "To the overview" in said(answer)


def test_a_visitor_gets_no_shell(browser):
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert SHELL not in answer.text


def test_a_missing_right_is_named_with_who_can_give_it(browser, world, session, owner):
    person = a_person(session, world.vendor.id, "support")
    session.commit()
    answer = browser.sign_in(person).get("/customers/new")
    assert answer.status_code == 403
    assert SHELL in answer.text
    page = said(answer)
    assert "The right that is missing: add and change customers" in page
    assert "Roles that have it: owner, administrator, manager" in page
    assert "Who can give it to you: Person owner" in page
    assert "PERMISSION_DENIED" in page
    assert owner.email not in page


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (RateLimited(n=240), 429, "Too many attempts. Repeat in 4 min"),
        (Busy(n=1), 503, "The server is busy. Retry in 1 s"),
        (
            OperationalError("SELECT 1", {}, Exception("secret inside")),
            503,
            "database is unavailable",
        ),
        (ZeroDivisionError("secret inside"), 500, "Internal error"),
    ],
)
def test_other_failures_keep_the_shell_and_tell_no_internals(
    desk, monkeypatch, error, status, told
):
    def fail(*_):
        raise error

    monkeypatch.setattr(customers, "asked", fail)
    answer = desk.get("/customers")
    assert answer.status_code == status
    assert SHELL in answer.text
    assert told in said(answer)
    assert "secret inside" not in answer.text
    assert "request number" in said(answer)


@pytest.mark.parametrize(
    ("error", "again", "tell"),
    [
        (RateLimited(n=240), True, False),
        (Busy(n=1), True, False),
        (DiskFull(), False, True),
        (ZeroDivisionError(), False, True),
    ],
)
def test_each_failure_names_the_next_step(desk, monkeypatch, error, again, tell):
    def fail(*_):
        raise error

    monkeypatch.setattr(customers, "asked", fail)
    page = desk.get("/customers?q=x")
    assert ('<a class="btn btn-primary" href="">' in page.text) is again
    assert ("Tell whoever runs the server" in said(page)) is tell


def test_a_refused_button_without_a_page_of_its_own_stays_in_the_shell(desk, world, session):
    path = f"/customers/{world.another_customer().id}"
    session.commit()
    desk.post(f"{path}/archive")
    answer = desk.post(f"{path}/unblock")
    assert answer.status_code == 409
    assert SHELL in answer.text
    assert "archived" in said(answer)
