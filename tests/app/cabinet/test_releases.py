"""From a file to a release on offer, and what may still change of it."""

import pytest

from app.audit import queries as audit
from app.audit.schemas import FindAuditEvents
from tests.factories.cfe import good_cfe
from tests.factories.people import Browser, a_person, hidden, said
from tests.factories.publishing import a_draft, rule, save, send_file
from tests.factories.world import make_world


@pytest.fixture
def desk(browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


def publish(desk, card, **fields):
    asked = desk.get(f"{card}/publish")
    told = {"rollout_percent": "100", "typed": "2.4.0", "do": "publish"}
    return desk.post(f"{card}/publish", hidden(asked) | told | fields)


def published(desk, world, **fields) -> str:
    card = a_draft(desk, world)
    save(desk, card, **fields)
    rule(desk, card)
    assert "The release is published" in said(publish(desk, card))
    return card


def test_a_file_fills_the_draft(desk, world):
    answer = send_file(desk, world, world.cfe("2.4.0"))
    page = said(answer)
    assert (answer.status_code, "The file is sound" in page) == (200, True)
    assert "Складской помощник 2.4.0" in page
    assert "Inner sums agree" in page
    assert 'value="2.4.0"' in answer.text


def test_a_file_without_a_number_asks_for_the_version(desk, world):
    answer = send_file(desk, world, good_cfe(version="2020-12-11"))
    assert "Name the version of the release" in said(answer)
    assert "2020-12-11" in said(answer)
    named = send_file(desk, world, good_cfe(version=""), number="3.1")
    assert "Складской помощник 3.1" in said(named)


def test_a_version_that_is_none_is_told_at_its_field(desk, world):
    answer = send_file(desk, world, world.cfe("2.4.0"), number="2.4-beta")
    assert (answer.status_code, 'id="number-wrong"' in answer.text) == (422, True)


@pytest.mark.parametrize("data", [b"", b"MZ not a container", good_cfe()[:900]])
def test_a_damaged_file_is_refused_with_its_reason_and_on_record(desk, world, session, data):
    answer = send_file(desk, world, data)
    assert answer.status_code == 422
    assert "Not a sound .cfe" in said(answer)
    events = audit.events(
        session, world.vendor.id, FindAuditEvents(action="artifact.rejected"), "UTC"
    ).rows
    assert [event.reason for event in events] == ["ARTIFACT_INVALID"]
    assert [event.subject_id for event in events] == [world.extension.id]


def test_no_file_is_a_fault_of_the_form(desk, world):
    path = f"/extensions/{world.extension.id}/releases/new"
    answer = desk.post(path, hidden(desk.get(path)))
    assert (answer.status_code, 'id="file-wrong"' in answer.text) == (422, True)


def test_the_file_of_another_extension_leads_to_it(desk, world):
    made = hidden(desk.get("/extensions/new")) | {
        "product": "warehouse-helper",
        "code": "labels",
        "onec_name": "Ценники",
        "title_ru": "Ценники",
        "purpose": "addon",
    }
    right = desk.post("/extensions/new", made).url.path
    answer = send_file(desk, world, good_cfe(name="Ценники"))
    assert answer.status_code == 409
    assert "File holds Ценники, expected СкладскойПомощник" in said(answer)
    assert f'href="{right}/releases/new"' in answer.text


def test_a_version_or_bytes_that_are_there_lead_to_their_release(desk, world):
    card = a_draft(desk, world)
    for data in (world.cfe("2.4.0"), good_cfe(version="2.4", vendor="Другой")):
        answer = send_file(desk, world, data)
        assert answer.status_code == 409
        assert f'href="/cabinet{card}"' in answer.text


def test_a_stranger_is_sent_away_before_the_file_is_read(browser, world):
    path = f"/extensions/{world.extension.id}/releases/new"
    answer = browser.post(path, {"form_id": "x"}, files={"file": ("a.cfe", b"x" * 100)})
    assert answer.status_code == 401


def test_another_file_takes_the_place_of_the_first(desk, world):
    card = a_draft(desk, world)
    other = good_cfe(version="2.4.0", vendor="Другой")
    carried = hidden(desk.get(f"{card}/replace"))
    answer = desk.post(f"{card}/replace", carried, files={"file": ("a.cfe", other)})
    assert "Другой" in said(answer)
    late = desk.post(f"{card}/replace", carried, files={"file": ("a.cfe", world.cfe("2.4.0"))})
    assert late.status_code == 409
    assert desk.get(f"{card}/file").content == other


def test_documents_come_and_go(desk, world):
    card = a_draft(desk, world)
    carried = hidden(desk.get(f"{card}/documents"))
    files = {"file": ("Руководство.pdf", b"%PDF")}
    page = desk.post(f"{card}/documents", carried, files=files)
    assert "Руководство.pdf" in said(page)
    address = page.text.partition(f'href="/cabinet{card}/documents/')[2].partition('"')[0]
    assert desk.get(f"{card}/documents/{address}").content == b"%PDF"
    gone = desk.post(f"{card}/documents/{address}", hidden(page))
    assert "The document is removed" in said(gone)


def test_two_people_do_not_overwrite_each_other(desk, world):
    card = a_draft(desk, world)
    carried = hidden(desk.get(card)) | {"number": "2.4.0", "channel": "stable"}
    desk.post(card, carried | {"notes_ru": "Первый"})
    answer = desk.post(card, carried | {"notes_ru": "Второй"})
    assert answer.status_code == 409
    assert "Yours: Второй" in said(answer)
    assert "Saved now: Первый" in said(answer)


def test_the_check_list_links_what_is_missing(desk, world):
    card = a_draft(desk, world)
    page = desk.get(f"{card}/publish")
    assert "What is missing keeps the release from being published" in said(page)
    assert f'href="/cabinet{card}#notes_ru"' in page.text
    assert f'href="/cabinet{card}/compatibility"' in page.text
    assert publish(desk, card).status_code == 409


def test_publishing_asks_for_the_version_in_letters(desk, world):
    card = a_draft(desk, world)
    save(desk, card)
    rule(desk, card)
    answer = publish(desk, card, typed="2.4")
    assert (answer.status_code, 'id="typed-wrong"' in answer.text) == (422, True)
    assert "The release is published" in said(publish(desk, card, rollout_percent="25"))
    assert "25 % of infobases" in said(desk.get(card))


def test_publishing_needs_a_fresh_code(browser, owner, world, clock, session):
    desk = browser.sign_in(owner)
    card = a_draft(desk, world)
    save(desk, card)
    rule(desk, card)
    clock.pass_(minutes=11)
    asked = publish(desk, card)
    assert asked.status_code == 403
    carried = hidden(asked) | {"otp_code": owner.code(session)}
    assert "The release is published" in said(desk.post(f"{card}/publish", carried))


def test_of_a_published_release_the_words_may_change_and_nothing_else(desk, world):
    card = published(desk, world)
    told = {"notes_ru": "Исправлено", "critical": "on", "number": "9.9", "channel": "dev"}
    page = desk.post(card, hidden(desk.get(card)) | told)
    assert "Saved" in said(page)
    assert "Исправлено" in said(page)
    assert "Складской помощник 2.4.0" in said(page)
    assert "critical" in said(page)
    emptied = desk.post(card, hidden(desk.get(card)) | {"notes_ru": ""})
    assert emptied.status_code == 422


def test_the_roll_out_only_grows_and_a_pause_stops_it(desk, world):
    card = a_draft(desk, world)
    save(desk, card, channel="beta")
    rule(desk, card)
    publish(desk, card, rollout_percent="25")
    there = f"{card}/publish"

    def act(do, **fields):
        return said(desk.post(there, hidden(desk.get(there)) | {"do": do} | fields))

    assert "Cannot change after publication" in act("rollout", rollout_percent="10")
    assert "The roll-out is raised" in act("rollout", rollout_percent="50")
    paused = desk.post(f"{card}/pause", hidden(desk.get(f"{card}/pause")))
    assert "Nobody is offered it since" in said(paused)
    assert "The release is offered again" in act("resume")
    assert "calmer channel" in act("promote", channel="rc")
    assert "release candidate" in said(desk.get(card))


def test_a_withdrawal_tells_who_has_it_why_and_what_to_do(desk, world):
    world.release("2.3.0")
    world.session.commit()
    card = published(desk, world)
    asked = desk.get(f"{card}/withdraw")
    back = asked.text.partition('<option value="">')[2].partition('<option value="')[2]
    told = {
        "withdrawn_reason_ru": "Портит проводки",
        "advice": "rollback_to",
        "rollback_to_id": back.partition('"')[0],
        "typed": "2.4.0",
    }
    short = desk.post(f"{card}/withdraw", hidden(asked) | told | {"withdrawn_reason_ru": "ой"})
    assert (short.status_code, 'id="withdrawn_reason_ru-wrong"' in short.text) == (422, True)
    done = said(desk.post(f"{card}/withdraw", hidden(asked) | told))
    assert "The release is withdrawn" in done
    assert "told to go back to 2.3.0" in done


def test_only_a_draft_is_deleted(desk, world):
    card = a_draft(desk, world)
    gone = desk.post(f"{card}/delete", hidden(desk.get(f"{card}/delete")))
    assert "The draft is deleted" in said(gone)
    assert desk.get(card).status_code == 404
    card = published(desk, world)
    kept = desk.post(f"{card}/delete", hidden(desk.get(f"{card}/delete")))
    assert kept.status_code == 409


def test_readers_see_every_tab_and_change_nothing(browser, world, session):
    release = world.release()
    person = a_person(session, world.vendor.id, "support")
    session.commit()
    browser.sign_in(person)
    for tab in ("", "/compatibility", "/audience", "/publish", "/history"):
        page = browser.get(f"/releases/{release.id}{tab}")
        assert page.status_code == 200, tab
        assert "Withdraw" not in page.text
    assert browser.post(f"/releases/{release.id}", {"notes_ru": "x"}).status_code == 403


def test_a_foreign_release_is_not_there(desk, session):
    other = make_world(session, "OTHR").release()
    session.commit()
    for tab in ("", "/compatibility", "/audience", "/publish", "/history", "/file", "/withdraw"):
        assert desk.get(f"/releases/{other.id}{tab}").status_code == 404, tab


def test_notes_are_shown_as_customers_read_them_and_not_saved(desk, world):
    card = a_draft(desk, world)
    typed = "**Быстрее**\n\n- раз <b>\n\n[о нём](https://example.com) [x](javascript:1)"
    shown = desk.post(card, hidden(desk.get(card)) | {"notes_ru": typed, "do": "preview"})
    assert "<strong>Быстрее</strong>" in shown.text
    assert "<li>раз &lt;b&gt;</li>" in shown.text
    assert 'href="https://example.com"' in shown.text
    assert 'href="javascript' not in shown.text
    assert "- раз &lt;b&gt;" in shown.text  # in the editor it is still what was typed
    assert "Nothing is written yet" in said(desk.get(card))
    part = desk.post(f"{card}/notes", {"notes_ru": typed})
    assert "<strong>Быстрее</strong>" in part.text
    assert "<html" not in part.text
    save(desk, card, notes_ru=typed)
    matrix = desk.get(f"/extensions/{world.extension.id}")
    assert "<strong>Быстрее</strong>" in matrix.text
