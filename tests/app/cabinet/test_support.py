"""The box, the story's page, notes, the sheet and the file of a case."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Letter
from app.audit.models import AuditEvent
from tests.factories.people import a_person, hidden, said


@pytest.fixture
def at(world, session, browser):
    """The browser of somebody of a role."""

    def come(role: str = "support"):
        person = a_person(
            session, world.vendor.id, role, factor=role in {"owner", "auditor", "release"}
        )
        session.commit()
        return browser.sign_in(person)

    return come


def last_events(session, count=1):
    session.expire_all()
    query = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(count)
    return list(reversed(session.scalars(query).all()))


def test_opening_a_case_is_an_event(world, at, session):
    at().post("/support", {"q": world.code})
    [event] = last_events(session)
    assert (event.action, event.subject_id) == ("support.case_opened", world.key.id)
    assert world.code not in str(event.data)


def test_the_full_code_is_in_no_address_and_on_no_page(world, at):
    answer = at().post("/support", {"q": world.code})
    assert world.code not in str(answer.url)
    assert world.code not in answer.text


def test_a_mistyped_key_is_told_and_kept_in_the_box(world, at):
    wrong = world.code[:-1] + ("0" if world.code[-1] != "0" else "1")
    answer = at().post("/support", {"q": wrong})
    assert answer.status_code == 422
    assert "its check symbols do not agree" in said(answer)
    assert wrong in answer.text


def test_nothing_found_says_so(at):
    answer = at().post("/support", {"q": "нет такого нигде"})
    assert (answer.status_code, "Nothing was found" in said(answer)) == (422, True)


def test_of_several_the_person_chooses(world, at, session):
    world.another_customer("ООО «Василёк Плюс»")
    session.commit()
    answer = at().post("/support", {"q": "василёк"})
    assert str(answer.url).endswith("/cabinet/support/choose")
    assert "ООО «Василёк»" in said(answer)
    assert "ООО «Василёк Плюс»" in said(answer)
    assert answer.text.count('href="/cabinet/support/customer/') == 2


def test_a_note_and_the_end_of_a_case_are_lines_of_the_story(world, at, session):
    browser, path = at(), f"/support/key/{world.key.id}"
    form = hidden(browser.get(f"{path}/note"))
    browser.post(f"{path}/note", form | {"text": "Позвонили клиенту"})
    page = browser.post(f"{path}/note", form | {"text": "Обновили 1С", "solved": "on"})
    assert "Позвонили клиенту" in said(page)
    assert [event.action for event in last_events(session, 2)] == [
        "support.annotated",
        "support.resolved",
    ]


@pytest.mark.parametrize("text", ["", "x" * 1_001, "a\x00b"])
def test_a_bad_note_keeps_what_was_typed(world, at, session, text):
    browser, path = at(), f"/support/key/{world.key.id}/note"
    before = len(session.scalars(select(AuditEvent)).all())
    answer = browser.post(path, {"text": text})
    assert answer.status_code == 422
    assert text.replace("\x00", "") in answer.text.replace("\x00", "")
    session.expire_all()
    assert len(session.scalars(select(AuditEvent)).all()) == before


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x>', "\u202eгнев", "=1+1", "{{ 7*7 }}"]
)
def test_hostile_notes_are_shown_as_text(world, at, text):
    browser, path = at(), f"/support/key/{world.key.id}"
    answer = browser.post(f"{path}/note", {"text": text})
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert text in said(answer) or "<" in text


def test_the_case_is_a_file_for_those_who_may_export(world, at, session):
    browser, path = at("auditor"), f"/support/key/{world.key.id}"
    answer = browser.post(f"{path}/export")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    assert rows[0][:3] == ["When", "Who", "What"]
    assert rows[-1][2] == "Key issued"
    assert last_events(session)[0].action == "audit.exported"


@pytest.mark.parametrize("role", ["support", "manager", "release"])
def test_others_get_no_file(world, at, role):
    assert at(role).post(f"/support/key/{world.key.id}/export").status_code == 403


def test_an_auditor_sees_no_contacts_and_writes_no_notes(world, at):
    browser, path = at("auditor"), f"/support/key/{world.key.id}"
    words = said(browser.get(path))
    assert world.customer.company in words
    assert world.customer.email not in words
    assert browser.get(f"{path}/note").status_code == 403


def test_every_kind_of_subject_has_a_story(world, at, session, installer):
    [code] = world.coupon()
    session.commit()
    installer.redeem(code)
    installer.activate()
    event = next(e for e in last_events(session, 9) if e.action == "activation.created")
    browser = at()
    for path in (
        f"/support/key/{world.key.id}",
        f"/support/customer/{world.customer.id}",
        f"/support/activation/{event.subject_id}",
        f"/support/request/{event.request_id}",
        "/support/address/203.0.113.9",
    ):
        answer = browser.get(path)
        assert (path, answer.status_code) == (path, 200)
    assert "Infobase activated" in said(browser.get(f"/support/request/{event.request_id}"))
    coupon = browser.post("/support", {"q": code})
    assert "Coupon activated" in said(coupon)
    infobase = browser.post("/support", {"q": str(installer.infobase["id"])})
    assert "/cabinet/support/infobase/" in str(infobase.url)
    assert "Infobase activated" in said(infobase)


@pytest.mark.parametrize("path", ["/support/dragon/1", "/support/key/x", "/support/address/x"])
def test_what_is_not_there_is_not_found(at, path):
    assert at().get(path).status_code == 404


def test_the_story_narrows_by_its_address(world, at, installer):
    installer.activate()
    browser, path = at(), f"/support/key/{world.key.id}"
    words = said(browser.get(f"{path}?refused=true"))
    assert "Activation refused" in words
    assert "Key issued" not in words
    assert "Nothing matches the filters" in said(browser.get(f"{path}?code=NO_SUCH"))


def test_the_header_box_leads_to_the_card(world, at):
    answer = at("manager").post("/search", {"q": f" {world.code.lower()} "})
    assert str(answer.url).endswith(f"/cabinet/license-keys/{world.key.id}")


def test_the_header_box_lists_several_by_kind(world, at, session):
    world.another_customer("ООО «Василёк Плюс»")
    session.commit()
    answer = at("manager").post("/search", {"q": "василёк"})
    assert str(answer.url).endswith("/cabinet/search/results")
    assert "василёк" not in str(answer.url)
    assert answer.text.count('href="/cabinet/customers/') == 2


def test_the_header_box_tells_a_typo(world, at):
    wrong = world.code[:-1] + ("0" if world.code[-1] != "0" else "1")
    answer = at("manager").post("/search", {"q": wrong})
    assert (answer.status_code, "check symbols" in said(answer)) == (422, True)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("asked", "found"),
    [("помощник", "/cabinet/products/"), ("СкладскойПомощник", "/cabinet/extensions/")],
)
def test_the_header_box_finds_the_catalogue_by_name(at, asked, found):
    answer = at("manager").post("/search", {"q": asked})
    assert f'href="{found}' in answer.text or found in str(answer.url)


def test_the_header_box_leads_from_a_code_to_the_installations_it_stopped(at):
    answer = at().post("/search", {"q": "exclusive_lock"})
    assert str(answer.url).endswith("/cabinet/installations/reports?code=EXCLUSIVE_LOCK")


def test_nothing_found_is_no_error_and_tells_what_was_tried(at):
    page = at().post("/search", {"q": "нет такого нигде"}).text
    assert page.count("Nothing was found") == 1
    assert "нет такого нигде" in page
    assert "error-summary" not in page


def test_a_story_tells_what_became_of_a_letter(world, at, session, box, work):
    browser = at("owner")
    path, story = f"/license-keys/{world.key.id}/send", f"/support/key/{world.key.id}"
    sent = hidden(browser.get(path)) | {"to": "email", "locale": "ru"}
    assert browser.post(path, sent).status_code == 200
    assert "Letter: queued" in said(browser.get(story))
    assert work() == 1
    assert "Letter: sent" in said(browser.get(story))
    lost = {"sent_at": None, "failed_at": session.now(), "error": "550 no such mailbox"}
    session.execute(Letter.__table__.update().values(lost))
    session.commit()
    words = said(browser.get(story))
    assert "Letter: not delivered" in words
    assert "550 no such mailbox" in words
    assert "Letter: not delivered 2" in browser.post(f"{story}/export").text
    assert len(box.letters) == 1


def test_a_gap_says_why_lines_are_missing(world, at, browser, clock):
    path = f"/support/key/{world.key.id}"
    assert "by their time of keeping" not in said(at().get(path))
    browser.forget()
    clock.at = world.session.now() + timedelta(days=500)
    words = said(at("auditor").get(path))
    assert "older than 400 days were deleted by their time of keeping" in words
