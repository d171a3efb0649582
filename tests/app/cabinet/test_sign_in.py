"""Signing in as people meet it: two steps, one answer for every failure, an end in time."""

import hashlib
import re

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import UserSession, UserStatus
from app.accounts.schemas import UpdateVendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.kit import passwords
from tests.factories.people import PASSWORD, Person, a_person, give_factor, said, user_of

pytestmark = pytest.mark.usefixtures("noon")
WRONG = "Wrong e-mail or password"


@pytest.fixture
def manager(world, session) -> Person:
    """Works without a second factor."""
    made = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    return made


def events(session, *actions: str) -> list[tuple[str, str, str | None]]:
    rows = session.execute(
        select(AuditEvent.action, AuditEvent.outcome, AuditEvent.reason)
        .where(AuditEvent.action.in_(actions))
        .order_by(AuditEvent.seq)
    )
    return [tuple(row) for row in rows]


def is_in(browser) -> bool:
    """Whether the profile opens."""
    return str(browser.get("/profile").url).endswith("/cabinet/profile")


def test_a_password_lets_in_whoever_needs_no_second_factor(browser, manager, session):
    browser.password(manager)
    assert is_in(browser)
    assert events(session, "user.signed_in") == [("user.signed_in", "ok", None)]


def test_the_password_alone_opens_nothing_where_a_code_is_to_come(browser, owner):
    assert "One-time code" in said(browser.password(owner))
    assert str(browser.get("/profile").url).endswith("/sign-in/code")
    browser.code(owner)
    assert is_in(browser)


def test_the_session_after_the_code_has_another_secret(browser, owner):
    browser.password(owner)
    before = browser.cookie
    browser.code(owner)
    browser.come_with(before)
    assert not is_in(browser)


def test_a_code_works_once(browser, owner, clock):
    browser.sign_in(owner)
    browser.forget()
    browser.password(owner)
    answer = browser.code(owner)
    assert (answer.status_code, "Wrong code" in said(answer)) == (409, True)
    clock.pass_(seconds=30)
    browser.code(owner)
    assert is_in(browser)


def test_a_recovery_code_takes_the_place_of_a_code_once(browser, owner):
    first = owner.recovery_codes[0].lower().replace("-", " ")
    for works in (True, False):
        browser.forget()
        browser.password(owner)
        browser.post("/sign-in/code", {"otp_code": first})
        assert is_in(browser) is works


def test_every_failure_says_the_same(browser, manager, session):
    disabled = a_person(session, manager.vendor_id, "support", factor=False)
    user_of(session, disabled).status = UserStatus.DISABLED
    session.written.clear()
    session.commit()
    stranger = Person(disabled.id, "nobody@example.com", manager.vendor_id)
    answers = [
        browser.password(manager, "not this one at all"),
        browser.password(disabled),
        browser.password(stranger),
    ]
    assert {answer.status_code for answer in answers} == {409}
    assert all(WRONG in said(answer) and PASSWORD not in answer.text for answer in answers)
    assert not is_in(browser)


def test_an_unknown_account_costs_one_hash_and_the_same_statements(
    browser, manager, statements, monkeypatch
):
    hashes = []
    right = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda *args: hashes.append(1) or right(*args))
    stranger = Person(manager.id, "nobody@example.com", manager.vendor_id)
    asked = []
    for person in (manager, stranger):
        with statements() as seen:
            browser.password(person, "not this one at all")
        asked.append([re.sub(r"savepoint_\d+", "savepoint", each) for each in seen])
    known, unknown = asked
    assert hashes == [1, 1]
    # What comes on top for the known one is the history, kept after the answer has left.
    kept = known[len(unknown) :]
    assert known[: len(unknown)] == unknown
    assert any("INSERT INTO audit_events" in each for each in kept)


def test_a_refused_attempt_is_history_of_the_vendor(browser, manager, session):
    browser.password(manager, "not this one at all")
    assert events(session, "user.signed_in") == [("user.signed_in", "denied", "SIGN_IN_FAILED")]


def test_too_many_attempts_wait_and_say_how_long(browser, manager, clock):
    for _ in range(10):
        assert WRONG in said(browser.password(manager, "not this one at all"))
    answer = browser.password(manager)
    assert answer.status_code == 429
    assert "Too many attempts. Repeat in 30 s" in said(answer)
    assert answer.headers["Retry-After"] == "30"
    clock.pass_(seconds=30)
    browser.password(manager)
    assert is_in(browser)


def test_right_passwords_use_up_no_attempts(browser, manager):
    for _ in range(12):
        browser.forget()
        browser.password(manager)
        assert is_in(browser)


def test_too_many_codes_wait(browser, owner):
    browser.password(owner)
    for _ in range(5):
        browser.post("/sign-in/code", {"otp_code": "000000"})
    answer = browser.code(owner)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)


def test_a_session_ends_after_eight_hours_without_use(browser, manager, clock):
    browser.password(manager)
    clock.pass_(hours=7, minutes=59)
    assert is_in(browser)
    clock.pass_(hours=8)
    assert not is_in(browser)


def test_a_session_ends_after_twelve_hours_in_any_case(browser, manager, clock):
    browser.password(manager)
    for _ in range(11):
        clock.pass_(hours=1)
        assert is_in(browser)
    clock.pass_(hours=1)
    assert not is_in(browser)


def test_the_page_of_the_code_waits_ten_minutes(browser, owner, clock):
    browser.password(owner)
    clock.pass_(minutes=10)
    browser.code(owner)
    assert not is_in(browser)


def test_signing_out_ends_the_session_on_the_server(browser, manager, session):
    browser.password(manager)
    kept = browser.cookie
    browser.post("/sign-out")
    browser.come_with(kept)
    assert not is_in(browser)
    assert session.scalars(select(UserSession)).all() == []
    assert ("user.signed_out", "ok", None) in events(session, "user.signed_out")


def test_only_the_digest_of_a_session_is_kept(browser, manager, session):
    browser.password(manager)
    [row] = session.scalars(select(UserSession))
    assert row.digest == hashlib.sha256(browser.cookie.encode()).digest()
    assert row.device.startswith("testclient")


@pytest.mark.parametrize("role", ["owner", "admin", "release"])
def test_a_role_with_power_sets_up_its_second_factor_first(browser, world, session, role):
    person = a_person(session, world.vendor.id, role, factor=False)
    session.commit()
    browser.password(person)
    for path in ("/profile", "/users", "/customers"):
        assert str(browser.get(path).url).endswith("/profile/second-factor")


def test_a_vendor_may_ask_everybody_for_a_second_factor(browser, manager, world, session):
    browser.password(manager)
    assert is_in(browser)
    wanted = UpdateVendor(second_factor_for_all=True)
    accounts.update_vendor(session, world.vendor, wanted, actor=SYSTEM)
    session.commit()
    assert str(browser.get("/profile").url).endswith("/profile/second-factor")
    give_factor(session, manager)
    session.commit()
    browser.sign_in(manager)
    assert is_in(browser)


def test_somebody_signed_in_is_not_asked_for_a_code_again(browser, owner):
    browser.sign_in(owner)
    answer = browser.get("/sign-in/code")
    assert str(answer.url).endswith("/cabinet")
    assert browser.get("/profile").status_code == 200


def test_a_file_that_is_sent_between_password_and_code_ends_nothing(browser, owner, world):
    browser.password(owner)
    path = f"/extensions/{world.extension.id}/pictures"
    answer = browser.post(path, {"kind": "logo"}, files={"image": ("a.png", b"x", "image/png")})
    assert str(answer.url).endswith("/cabinet/sign-in/code")
    assert browser.code(owner).status_code == 200
    assert browser.get("/profile").status_code == 200
