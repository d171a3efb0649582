"""Dangerous acts ask for a fresh code, carry what was filled in, and go on."""

import pytest

from app.accounts import queries as accounts
from tests.factories.people import a_person, hidden, said

pytestmark = pytest.mark.usefixtures("noon")
INVITED = {"email": "new@example.com", "role": "support", "locale": "en"}


@pytest.fixture
def stale(browser, owner, clock):
    """A browser whose second factor was shown eleven minutes ago."""
    browser.sign_in(owner)
    clock.pass_(minutes=11)
    return browser


def emails(session, world) -> set[str]:
    return {each.user.email for each in accounts.colleagues(session, world.vendor.id)}


def test_within_ten_minutes_no_code_is_asked(browser, owner, clock, session, world):
    browser.sign_in(owner)
    clock.pass_(minutes=9)
    browser.post("/users/invite", INVITED)
    assert "new@example.com" in emails(session, world)


def test_a_stale_act_waits_and_goes_on_with_its_fields(stale, owner, session, world):
    asked = stale.post("/users/invite", INVITED)
    assert asked.status_code == 403
    assert 'action="/cabinet/users/invite"' in asked.text
    assert "new@example.com" not in emails(session, world)
    carried = hidden(asked)
    assert carried == INVITED | {"vendor_id": stale.vendor_id}
    answer = stale.post("/users/invite", carried | {"otp_code": owner.code(session)})
    assert answer.status_code == 200
    assert "new@example.com" in emails(session, world)


def test_a_wrong_code_does_nothing_and_keeps_the_fields(stale, session, world):
    asked = stale.post("/users/invite", INVITED | {"otp_code": "000000"})
    assert (asked.status_code, "Wrong code" in said(asked)) == (403, True)
    assert hidden(asked) == INVITED | {"vendor_id": stale.vendor_id}
    assert "new@example.com" not in emails(session, world)


def test_guessing_codes_is_slowed_down_here_too(stale, owner, session):
    for _ in range(5):
        stale.post("/users/invite", INVITED | {"otp_code": "000000"})
    asked = stale.post("/users/invite", INVITED | {"otp_code": owner.code(session)})
    assert "Too many attempts" in said(asked)
    assert int(asked.headers["Retry-After"]) >= 1


def test_a_recovery_code_does_here_what_it_does_at_sign_in(stale, owner, session, world):
    stale.post("/users/invite", INVITED | {"otp_code": owner.recovery_codes[0]})
    assert "new@example.com" in emails(session, world)


def test_a_page_that_needs_a_code_is_opened_after_it(stale, owner, session):
    asked = stale.get("/profile/second-factor")
    assert (asked.status_code, 'action="/cabinet/step-up"' in asked.text) == (403, True)
    answer = stale.post("/step-up", hidden(asked) | {"otp_code": owner.code(session)})
    assert str(answer.url).endswith("/cabinet/profile/second-factor")
    assert answer.status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/api/v1/x"])
def test_the_way_on_leads_nowhere_else(stale, owner, session, elsewhere):
    fields = {"next": elsewhere, "otp_code": owner.code(session)}
    answer = stale.post("/step-up", fields, follow_redirects=False)
    assert answer.headers["Location"] == "/cabinet"


def test_reading_needs_no_fresh_code(stale):
    assert stale.get("/users").status_code == 200


def test_who_has_no_second_factor_sets_it_up_and_goes_on(browser, world, session):
    """A role that needs none, at an act that does."""
    manager = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    browser.sign_in(manager)
    asked = browser.post("/profile/recovery-codes")
    assert asked.status_code == 403
    assert 'action="/cabinet/profile/second-factor"' in asked.text
    assert "/cabinet/profile/recovery-codes" in hidden(asked)["carried"]


def test_a_demo_asks_for_no_codes(browser, owner, clock, session, world):
    browser.sign_in(owner)
    clock.pass_(minutes=30)
    kit = browser.client.app.state.kit
    object.__setattr__(kit, "settings", kit.settings.model_copy(update={"totp_required": False}))
    browser.post("/users/invite", INVITED)
    assert "new@example.com" in emails(session, world)
