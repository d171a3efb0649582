"""The system page: what failed can be tried again; numbers of the server stay with its operator."""

from datetime import timedelta

from sqlalchemy import select

from app import worker
from app.accounts.models import Letter
from app.cabinet import system
from app.kit import schedules
from app.kit.db import new_id
from app.kit.outbox import Job
from app.trust.models import TrustRepository
from tests.factories.people import said
from tests.factories.world import make_world


def a_dead_letter(world, session) -> Letter:
    """A letter that every attempt failed for."""
    now = session.now()
    letter = Letter(
        id=new_id(),
        vendor_id=world.vendor.id,
        created_at=now,
        kind="key",
        recipient="buyer@example.com",
        locale="ru",
        subject_kind="license_key",
        subject_id=world.key.id,
        subject_label=world.key.hint,
        data={},
        failed_at=now,
        error="SMTPServerDisconnected",
    )
    job = Job(
        id=new_id(),
        kind="mail.key",
        payload={"letter": str(letter.id)},
        attempts=6,
        created_at=now,
        next_at=now,
        dead_at=now,
        error="SMTPServerDisconnected",
    )
    session.add_all([letter, job])
    session.commit()
    return letter


def test_a_failed_letter_is_listed_and_tried_again(world, session, browser, owner):
    letter = a_dead_letter(world, session)
    browser.sign_in(owner)
    words = said(browser.get("/system"))
    assert "Letter with a key" in words
    assert "SMTPServerDisconnected" in words
    answer = browser.post(f"/system/letters/{letter.id}/retry")
    assert "The job is tried again" in said(answer)
    assert "No job has failed" in said(answer)
    session.expire_all()
    job = session.scalars(select(Job).where(Job.kind == "mail.key")).one()
    assert (job.dead_at, job.attempts) == (None, 0)


def test_checks_are_words_without_values(browser, owner):
    words = said(browser.sign_in(owner).get("/system"))
    assert "Room for files in order" in words
    assert "Values are shown to the operator" in words


def test_a_check_that_is_not_in_order_says_what_to_do(world, session, browser, owner):
    advice = "Look at the reason and try again. Open the failed jobs"
    assert advice not in said(browser.sign_in(owner).get("/system"))
    a_dead_letter(world, session)
    page = browser.get("/system")
    assert f"Some jobs failed every time. {advice}" in said(page)
    assert 'href="/cabinet/system#failed"' in page.text
    assert 'href="/cabinet/trust/master"' in page.text


def test_a_schedule_that_is_late_is_named(session, browser, owner, clock):
    schedules.note_done(session, "sweep", timedelta(hours=1), clock())
    session.commit()
    browser.sign_in(owner)
    clock.pass_(minutes=119)
    assert "Clearing away what has served its time" in said(browser.get("/system"))
    assert " late " not in said(browser.get("/system"))
    clock.pass_(minutes=1)
    assert " late " in said(browser.get("/system"))


def test_every_schedule_and_every_letter_has_a_name():
    assert system.SCHEDULES.keys() == {schedule.name for schedule in worker.SCHEDULES}
    assert {f"mail.{kind}" for kind in system.LETTERS} == worker.HANDLERS.keys()


def test_the_last_backup_is_shown(session, browser, owner, clock):
    words = said(browser.sign_in(owner).get("/system"))
    assert "Last backup none yet" in words
    assert "nothing but podkluch backup protects it" in words
    schedules.note_done(session, "backup", timedelta(hours=26), clock())
    session.commit()
    assert "none yet" not in said(browser.get("/system"))


def test_what_another_vendor_has_to_mend_is_in_order_here(session, browser, owner):
    sign = "Releases are signed anew every day"
    other = make_world(session, "OTHR").vendor
    rows = {row.vendor_id: row for row in session.scalars(select(TrustRepository))}
    rows[other.id].timestamp_signed_at = session.now() - timedelta(days=4)
    session.commit()
    assert f"{sign} in order" in said(browser.sign_in(owner).get("/system"))
    rows[owner.vendor_id].timestamp_signed_at = session.now() - timedelta(days=4)
    session.commit()
    told = said(browser.get("/system"))
    assert f"{sign} Releases are not signed anew." in told
    assert told.partition(f"{sign} ")[2].partition("Open the trust page ")[2].startswith("broken")
