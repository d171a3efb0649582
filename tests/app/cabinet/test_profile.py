"""The own account: second factor, password, sessions, looks."""

import base64
import re

import pytest
from sqlalchemy import select

from app.accounts.models import SecondFactor
from app.audit.models import AuditEvent
from app.kit import totp
from tests.factories.people import PASSWORD, a_person, hidden, said, user_of

pytestmark = pytest.mark.usefixtures("noon")
NEW = "совсем другой пароль, длинный"
LOOKS = {"name": "Олег", "locale": "en", "time_zone": "Asia/Tomsk", "theme": "dark"}


@pytest.fixture
def manager(world, session):
    made = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    return made


def shown_secret(answer) -> bytes:
    """The secret as somebody types it into an authenticator."""
    [letters] = re.findall(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", said(answer))
    return base64.b32decode(letters.replace(" ", ""))


def set_up(browser, session, person, **more: str):
    asked = browser.get("/profile/second-factor")
    person.secret = shown_secret(asked)
    fields = {"otp_code": person.code(session)} | more
    return browser.post("/profile/second-factor", fields)


def is_in(browser) -> bool:
    return str(browser.get("/profile").url).endswith("/cabinet/profile")


def test_a_second_factor_is_set_up_by_one_code_of_it(browser, manager, session):
    browser.sign_in(manager)
    answer = set_up(browser, session, manager)
    codes = re.findall(r"\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b", said(answer))
    assert len(set(codes)) == 10
    browser.forget()
    browser.password(manager)
    browser.post("/sign-in/code", {"otp_code": codes[3]})
    assert is_in(browser)


def test_the_square_holds_what_the_letters_say(browser, manager):
    browser.sign_in(manager)
    asked = browser.get("/profile/second-factor")
    assert "<svg" in asked.text
    assert "<style" not in asked.text
    assert 'style="' not in asked.text
    assert shown_secret(browser.get("/profile/second-factor")) == shown_secret(asked)


def test_a_wrong_code_sets_nothing_up_and_keeps_the_secret(browser, manager, session):
    browser.sign_in(manager)
    secret = shown_secret(browser.get("/profile/second-factor"))
    answer = browser.post("/profile/second-factor", {"otp_code": "000000"})
    assert (answer.status_code, shown_secret(answer)) == (409, secret)
    assert session.get(SecondFactor, manager.id).confirmed_at is None


def test_a_set_up_ends_other_sessions_and_gives_this_one_another_secret(browser, manager, session):
    browser.sign_in(manager)
    other = browser.cookie
    browser.forget()
    browser.sign_in(manager)
    before = browser.cookie
    set_up(browser, session, manager)
    assert is_in(browser)
    for stolen in (other, before):
        browser.come_with(stolen)
        assert not is_in(browser)


def test_another_phone_needs_a_code_of_the_one_before(browser, owner, session, clock):
    browser.sign_in(owner)
    clock.pass_(minutes=11)
    asked = browser.get("/profile/second-factor")
    assert (asked.status_code, 'action="/cabinet/step-up"' in asked.text) == (403, True)
    new = totp.code_at(totp.new_secret(), 0)
    answer = browser.post("/profile/second-factor", {"otp_code": new})
    assert answer.status_code == 403
    browser.post("/step-up", hidden(asked) | {"otp_code": owner.code(session)})
    clock.pass_(seconds=60)
    old = owner.secret
    set_up(browser, session, owner)
    assert owner.secret != old
    browser.forget()
    clock.pass_(seconds=60)
    assert is_in(browser.sign_in(owner))


def test_new_recovery_codes_end_the_old_ones(browser, owner):
    browser.sign_in(owner)
    answer = browser.post("/profile/recovery-codes")
    codes = re.findall(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", said(answer))
    for code, works in ((owner.recovery_codes[0], False), (codes[0], True)):
        browser.forget()
        browser.password(owner)
        browser.post("/sign-in/code", {"otp_code": code})
        assert is_in(browser) is works


def test_codes_and_secrets_are_kept_sealed_or_hashed(browser, manager, session):
    browser.sign_in(manager)
    set_up(browser, session, manager)
    row = session.get(SecondFactor, manager.id, populate_existing=True)
    assert manager.secret not in row.secret
    assert row.offered is None
    told = session.scalars(select(AuditEvent.data)).all()
    assert base64.b32encode(manager.secret).decode() not in str(told)


def test_a_password_is_changed_by_the_old_one(browser, manager):
    browser.sign_in(manager)
    other = browser.cookie
    browser.forget()
    browser.sign_in(manager)
    wrong = browser.post("/profile/password", {"current_password": "no", "password": NEW})
    assert (wrong.status_code, NEW in wrong.text) == (422, False)
    browser.post("/profile/password", {"current_password": PASSWORD, "password": NEW})
    assert is_in(browser)
    browser.come_with(other)
    assert not is_in(browser)
    assert browser.password(manager).status_code == 409
    browser.password(manager, NEW)
    assert is_in(browser)


def test_guessing_the_old_password_is_slowed_down(browser, manager):
    browser.sign_in(manager)
    fields = {"current_password": "not this one", "password": NEW}
    statuses = [browser.post("/profile/password", fields).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_common_password_is_refused(browser, manager):
    browser.sign_in(manager)
    fields = {"current_password": PASSWORD, "password": "Password2026!!"}
    answer = browser.post("/profile/password", fields)
    assert (answer.status_code, "first that are tried" in said(answer)) == (422, True)


def test_sessions_are_listed_and_ended_one_by_one_or_all(browser, manager, session):
    stolen = []
    for _ in range(3):
        browser.forget()
        browser.sign_in(manager)
        stolen.append(browser.cookie)
    page = browser.get("/profile")
    ids = re.findall(r'name="session" value="([^"]+)"', page.text)
    assert (len(ids), "this session" in said(page)) == (2, True)
    browser.post("/profile/sessions", {"session": ids[0]})
    assert len(re.findall(r'name="session" value="', browser.get("/profile").text)) == 1
    browser.post("/profile/sessions")
    assert is_in(browser)
    for each in stolen[:2]:
        browser.come_with(each)
        assert not is_in(browser)
    assert "user.sessions_ended" in session.scalars(select(AuditEvent.action)).all()


def test_nobody_ends_a_session_of_somebody_else(browser, manager, owner):
    browser.sign_in(manager)
    theirs = browser.cookie
    browser.forget()
    browser.sign_in(owner)
    page = browser.get("/profile")
    assert re.findall(r'name="session" value="', page.text) == []
    unknown = {"session": "0192f0c1-2f3a-7c11-8e4d-000000000000"}
    assert browser.post("/profile/sessions", unknown).status_code == 404
    browser.come_with(theirs)
    assert is_in(browser)


def test_looks_are_kept_and_shown(browser, manager, session):
    browser.sign_in(manager)
    browser.post("/profile", LOOKS | {"density": "compact"})
    user = user_of(session, manager)
    assert (user.name, user.time_zone, user.theme) == ("Олег", "Asia/Tomsk", "dark")
    assert (user.density, user.shortcuts) == ("compact", False)
    assert 'data-bs-theme="dark"' in browser.get("/profile").text


@pytest.mark.parametrize(
    ("path", "field", "value"), [("language", "locale", "ru"), ("theme", "theme", "dark")]
)
def test_language_and_theme_change_from_any_page(browser, manager, session, path, field, value):
    browser.sign_in(manager)
    back = {"back": "/cabinet/customers?q=a"}
    answer = browser.post(f"/profile/{path}", {field: value} | back, follow_redirects=False)
    assert answer.headers["Location"] == "/cabinet/customers?q=a"
    assert getattr(user_of(session, manager), field) == value


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/api"])
def test_they_lead_back_nowhere_else(browser, manager, back):
    browser.sign_in(manager)
    fields = {"theme": "dark", "back": back}
    answer = browser.post("/profile/theme", fields, follow_redirects=False)
    assert answer.headers["Location"] == "/cabinet"
