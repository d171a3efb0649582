"""Settings in the cabinet: what is kept, confirmed, refused, and recorded with both values."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from app.accounts.models import Letter, Vendor
from app.accounts.service import mailing
from app.audit.models import AuditEvent
from app.licensing.models import Activation
from tests.factories.calls import YEAR
from tests.factories.people import Browser, a_person, hidden, said

GENERAL = {
    "name": "ООО «Вектор»",
    "legal_name": "",
    "inn": "",
    "locale": "ru",
    "time_zone": "Europe/Moscow",
    "expiring_days": "14",
}
KEYS = {
    "rotation_grace_hours": "24",
    "coupon_batch_max": "10000",
    "stale_after_days": "90",
    "auto_release_after_days": "",
}
SERVER = {
    "host": "smtp.example.com",
    "port": "587",
    "security": "starttls",
    "username": "letters",
    "password": "письма, письма",
    "sender": "keys@example.com",
    "sender_name": "Вектор",
    "expiry_reminders": "on",
}


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    return browser.sign_in(owner)


def send(desk: Browser, part: str, **fields: str):
    """The form of a part, filled in."""
    path = f"/settings/{part}"
    return desk.post(path, hidden(desk.get(path)) | fields)


def sure(desk: Browser, part: str, answer, **fields: str):
    """The button of the page that asks whether one is sure."""
    return desk.post(f"/settings/{part}", hidden(answer) | {"sure": "on"} | fields)


def vendor_of(session, world) -> Vendor:
    return session.get_one(Vendor, world.vendor.id, populate_existing=True)


def recorded(session) -> list[dict]:
    query = select(AuditEvent.data).where(AuditEvent.action == "vendor.settings_updated")
    return list(session.scalars(query.order_by(AuditEvent.seq)))


def test_settings_lead_to_their_first_part(desk):
    answer = desk.get("/settings")
    assert str(answer.url).endswith("/cabinet/settings/general")
    assert desk.get("/settings/nonsense").status_code == 404


def test_what_changed_is_kept_and_recorded_with_both_values(desk, session, world):
    before = world.vendor.name
    answer = send(desk, "general", **GENERAL | {"expiring_days": "30", "inn": "7707083893"})
    assert "Saved" in said(answer)
    vendor = vendor_of(session, world)
    assert (vendor.expiring_days, vendor.inn, vendor.name) == (30, "7707083893", "ООО «Вектор»")
    told = recorded(session)[-1]
    assert told["before"] == {"expiring_days": 14, "inn": None, "name": before}
    assert told["after"] == {"expiring_days": 30, "inn": "7707083893", "name": "ООО «Вектор»"}


@pytest.mark.parametrize(
    ("part", "told", "field", "value"),
    [
        ("general", GENERAL, "name", ""),
        ("general", GENERAL, "name", "x" * 10_000),
        ("general", GENERAL, "name", "\u202eabc"),
        ("general", GENERAL, "time_zone", "Europe/Atlantis"),
        ("general", GENERAL, "expiring_days", "много"),
        ("general", GENERAL, "expiring_days", ""),
        ("keys", KEYS, "rotation_grace_hours", "73"),
        ("keys", KEYS, "coupon_batch_max", "0"),
        ("keys", KEYS, "auto_release_after_days", "30"),
        ("retention", {}, "retention_days", "29"),
        ("mail", SERVER, "host", 'smtp <b>"x"</b>'),
        ("mail", SERVER, "sender", "=1+1"),
        ("mail", SERVER, "port", "70000"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(
    desk, session, part, told, field, value
):
    answer = send(desk, part, **told | {field: value})
    assert answer.status_code == 422, said(answer)
    assert f'href="#{field}"' in answer.text
    if field != "time_zone":  # a choice: what is none of them cannot be shown
        assert value in unescape(answer.text)
    assert recorded(session) == []


def test_two_editors_do_not_overwrite_each_other(desk, session, world):
    mine, theirs = hidden(desk.get("/settings/general")), hidden(desk.get("/settings/general"))
    desk.post("/settings/general", theirs | GENERAL | {"name": "Их имя"})
    answer = desk.post("/settings/general", mine | GENERAL | {"name": "Моё имя"})
    assert answer.status_code == 409
    assert "Yours: Моё имя" in said(answer)
    assert "Saved now: Их имя" in said(answer)
    picked = {"name": "Моё имя", "pick-name": "theirs", "expiring_days": "7"}
    desk.post("/settings/general", hidden(answer) | GENERAL | picked)
    vendor = vendor_of(session, world)
    assert (vendor.name, vendor.expiring_days) == ("Их имя", 7)


def test_a_double_click_is_no_conflict(desk, session):
    filled = hidden(desk.get("/settings/general")) | GENERAL
    first, second = (desk.post("/settings/general", filled) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert "This was done before" in said(second)
    assert len(recorded(session)) == 1


def test_seats_that_come_back_by_themselves_are_counted_first(
    desk, session, world, installer, connection
):
    [coupon] = world.coupon(operations=[YEAR])
    session.commit()
    installer.redeem(coupon).raise_for_status()
    installer.activate().raise_for_status()
    long_ago = session.now() - timedelta(days=200)
    connection.execute(update(Activation).values(last_seen_at=long_ago))
    answer = send(desk, "keys", **KEYS | {"auto_release_after_days": "120"})
    assert "1 seat comes back within a day" in said(answer)
    assert vendor_of(session, world).auto_release_after_days is None
    assert "Saved" in said(sure(desk, "keys", answer))
    assert vendor_of(session, world).auto_release_after_days == 120
    assert "Saved" in said(send(desk, "keys", **KEYS | {"auto_release_after_days": "150"}))


def test_a_second_factor_for_all_names_how_many_lack_it(desk, session, world):
    a_person(session, world.vendor.id, "support", factor=False)
    session.commit()
    answer = send(desk, "security", second_factor_for_all="on")
    assert "1 person has none yet" in said(answer)
    assert vendor_of(session, world).second_factor_for_all is False
    sure(desk, "security", answer)
    assert vendor_of(session, world).second_factor_for_all is True
    assert "Saved" in said(send(desk, "security"))
    assert vendor_of(session, world).second_factor_for_all is False


def test_a_shorter_retention_is_asked_about_and_a_longer_one_is_not(desk, session, world):
    answer = send(desk, "retention", retention_days="100")
    assert "are deleted and do not come back" in said(answer)
    assert "0 records go within a day" in said(answer)
    assert vendor_of(session, world).retention_days == 400
    sure(desk, "retention", answer)
    assert vendor_of(session, world).retention_days == 100
    assert "Saved" in said(send(desk, "retention", retention_days="500"))


def test_a_confirmation_of_an_outdated_page_is_a_conflict(desk, session, world):
    answer = send(desk, "retention", retention_days="100")
    send(desk, "general", **GENERAL)
    assert sure(desk, "retention", answer).status_code == 409
    assert vendor_of(session, world).retention_days == 400


def test_the_password_of_the_mail_server_is_kept_and_never_shown(desk, session, world):
    answer = send(desk, "mail", **SERVER)
    assert "Saved" in said(answer)
    assert SERVER["password"] not in answer.text
    session.expire_all()
    assert mailing.server_of(session, world.vendor.id).password == SERVER["password"]
    assert SERVER["password"] not in str(recorded(session))
    send(desk, "mail", **SERVER | {"password": "", "sender_name": "Другое имя"})
    session.expire_all()
    server = mailing.server_of(session, world.vendor.id)
    assert (server.password, server.sender_name) == (SERVER["password"], "Другое имя")


def test_an_outdated_page_of_the_mail_server_is_a_conflict(desk, session, world):
    mine = hidden(desk.get("/settings/mail"))
    send(desk, "mail", **SERVER)
    answer = desk.post("/settings/mail", mine | SERVER | {"sender_name": "Моё имя"})
    assert answer.status_code == 409
    assert "Saved now: Вектор" in said(answer)
    assert vendor_of(session, world).smtp["sender_name"] == "Вектор"


@pytest.mark.parametrize(
    ("field", "value"),
    [("host", "smtp.other.example"), ("port", "2525"), ("security", "none"), ("username", "x")],
)
def test_a_kept_password_goes_to_no_other_server(desk, session, world, field, value):
    send(desk, "mail", **SERVER)
    answer = send(desk, "mail", **SERVER | {"password": "", field: value})
    assert answer.status_code == 422
    assert "Type the password again" in said(answer)
    session.expire_all()
    assert vendor_of(session, world).smtp["host"] == SERVER["host"]
    assert "Saved" in said(send(desk, "mail", **SERVER | {field: value}))


def test_a_password_is_in_no_page_of_a_refusal(desk):
    answer = send(desk, "mail", **SERVER | {"sender": "nobody"})
    assert answer.status_code == 422
    assert SERVER["password"] not in answer.text


def test_going_without_letters_is_confirmed_and_forgets_the_password(desk, session, world):
    send(desk, "mail", **SERVER)
    empty = dict.fromkeys(SERVER, "") | {"port": "587", "security": "starttls"}
    answer = send(desk, "mail", **empty)
    assert "Without a server no letter leaves" in said(answer)
    assert vendor_of(session, world).smtp is not None
    sure(desk, "mail", answer)
    vendor = vendor_of(session, world)
    assert (vendor.smtp, vendor.smtp_password) == (None, None)


def test_reminders_are_switched_without_a_mail_server(desk, session, world):
    told = {"port": "587", "security": "starttls"}
    send(desk, "mail", **told)
    assert vendor_of(session, world).expiry_reminders is False
    send(desk, "mail", **told | {"expiry_reminders": "on"})
    assert vendor_of(session, world).expiry_reminders is True


def test_a_test_letter_arrives_and_the_page_says_so(desk, box, work, session):
    answer = send(desk, "mail/test", to="chief@example.com")
    assert "on its way to chief@example.com" in said(answer)
    assert "queued" in said(answer)
    assert work() == 1
    assert box.letters[0]["To"] == "chief@example.com"
    assert "chief@example.com" in said(desk.get("/settings/mail/test"))
    assert session.scalars(select(Letter)).one().status == "sent"
    assert send(desk, "mail/test", to="nobody").status_code == 422


def test_without_a_server_no_test_letter_is_offered_or_taken(desk):
    assert "First set up the mail server" in said(desk.get("/settings/mail/test"))
    answer = desk.post("/settings/mail/test", {"to": "chief@example.com"})
    assert answer.status_code == 409
