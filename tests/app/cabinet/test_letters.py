"""Letters from the button to the postbox: invitations, forgotten passwords, what cannot be sent."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Letter, LinkPurpose, Membership, User, Vendor
from app.accounts.service import links, mailing
from app.accounts.service.history import record_everywhere
from app.audit.actor import SYSTEM
from app.audit.models import Action, AuditEvent
from app.kit.db import new_id
from app.kit.outbox import ATTEMPTS, BACKOFF, Job
from tests.factories.people import PASSWORD, a_person, said
from tests.factories.world import make_world

pytestmark = pytest.mark.usefixtures("noon")
NEW = "совсем другой пароль, длинный"


@pytest.fixture
def manager(world, session):
    made = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    return made


def link_in(box) -> str:
    [link] = [word for word in box.text().split() if "/cabinet/" in word]
    return link.partition("/cabinet")[2]


def test_an_invitation_comes_by_mail_and_lets_in(browser, owner, box, work, session):
    browser.sign_in(owner)
    answer = browser.post(
        "/users/invite", {"email": "new@example.com", "role": "support", "locale": "ru"}
    )
    assert "is on its way to new@example.com" in said(answer)
    assert "/cabinet/invite/" not in answer.text
    assert work() == 1
    assert box.letters[0]["To"] == "new@example.com"
    assert "приглашает вас" in box.text()
    browser.forget()
    browser.get(link_in(box))
    browser.post("/invite", {"name": "Новичок", "password": PASSWORD})
    assert "new@example.com" in said(browser.get("/profile"))
    assert session.scalars(select(Letter.sent_at)).one() is not None


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(
    browser, manager, box, work, session
):
    browser.sign_in(manager)
    theirs = browser.cookie
    browser.forget()
    browser.post("/password/reset", {"email": manager.email.upper()})
    work()
    path = link_in(box)
    assert "/password/new" in str(browser.get(path).url)
    answer = browser.post("/password/new", {"password": NEW})
    assert "Sign in with it" in said(answer)
    browser.come_with(theirs)
    assert "/sign-in" in str(browser.get("/profile").url)
    assert browser.password(manager).status_code == 409
    browser.password(manager, NEW)
    assert browser.get("/profile").status_code == 200
    browser.forget()
    assert browser.get(path).status_code == 410
    actions = session.scalars(select(AuditEvent.action)).all()
    assert {"user.password_reset_requested", "user.password_changed"} <= set(actions)


def test_a_link_runs_out_after_a_day(browser, manager, box, work, clock):
    browser.post("/password/reset", {"email": manager.email})
    work()
    clock.pass_(hours=24)
    assert browser.get(link_in(box)).status_code == 410


def test_a_second_link_replaces_the_first(browser, manager, box, work):
    paths = []
    for _ in range(2):
        browser.post("/password/reset", {"email": manager.email})
        work()
        paths.append(link_in(box))
    assert [browser.get(path).status_code for path in paths] == [410, 200]


@pytest.mark.usefixtures("box")
def test_an_unknown_address_gets_the_same_answer_and_no_letter(browser, manager, work):
    answers = [
        said(browser.post("/password/reset", {"email": email}))
        for email in (manager.email, "nobody@example.com")
    ]
    assert answers[0] == answers[1]
    assert work() == 1


@pytest.mark.usefixtures("box")
def test_five_letters_a_day_are_enough(browser, manager):
    answers = [browser.post("/password/reset", {"email": manager.email}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["Retry-After"]


@pytest.mark.parametrize("path", ["/password/reset", "/invite"])
def test_a_guessed_link_opens_nothing(browser, path):
    answer = browser.get(f"{path}/pkl_{'A' * 43}")
    assert answer.status_code == 410


def test_neither_the_outbox_nor_the_letter_holds_the_link(browser, manager, box, work, session):
    browser.post("/password/reset", {"email": manager.email})
    held = [*session.scalars(select(Job.payload)), *session.scalars(select(Letter.data))]
    work()
    secret = link_in(box).rpartition("/")[2]
    assert held
    assert secret not in str(held)


def test_a_letter_that_is_refused_is_tried_again_and_then_given_up(
    browser, manager, box, work, session, clock
):
    box.refusing = "550 no such mailbox"
    browser.post("/password/reset", {"email": manager.email})
    for pause in (*BACKOFF, timedelta()):
        work()
        clock.pass_(seconds=pause.total_seconds())
    letter = session.scalars(select(Letter)).one()
    assert (letter.status, "no such mailbox" in letter.error) == ("failed", True)
    failed = session.scalars(select(AuditEvent).where(AuditEvent.action == "mail.failed")).one()
    assert failed.subject_id == manager.id
    assert mailing.failed(session, manager.vendor_id) == [letter]


def test_a_letter_that_was_given_up_is_sent_when_somebody_says_so(owner, box, work, session, clock):
    vendor = session.get_one(Vendor, owner.vendor_id)
    box.refusing = "451 come back later"
    mailing.send_test(session, vendor, mailing.To(owner.email, "ru"))
    session.commit()
    for _ in range(ATTEMPTS):
        work()
        clock.pass_(hours=7)
    box.refusing = ""
    [letter] = mailing.failed(session, vendor.id)
    mailing.retry(session, vendor.id, letter.id, actor=SYSTEM)
    session.commit()
    work()
    session.refresh(letter)
    assert (letter.status, len(box.letters)) == ("sent", 1)
    assert "job.retried" in session.scalars(select(AuditEvent.action)).all()


def test_a_job_that_runs_twice_sends_one_letter(box, owner, work, session, world):
    letter = mailing.send_test(session, world.vendor, mailing.To(owner.email, "en"))
    session.commit()
    work()
    session.add(
        Job(kind="mail.test", payload={"letter": str(letter.id)}, created_at=session.now(),
            next_at=session.now(), attempts=0)
    )  # fmt: skip
    session.commit()
    assert work() == 1
    assert len(box.letters) == 1


def test_the_password_of_the_mail_server_is_sealed_and_never_recorded(box, world, session):
    assert box.password.encode() not in world.vendor.smtp_password
    told = session.scalars(
        select(AuditEvent.data).where(AuditEvent.action == "vendor.settings_updated")
    ).one()
    assert told["password_changed"] is True
    assert box.password not in str(told)
    assert mailing.server_of(session, world.vendor.id).password == box.password


def test_whatever_stops_a_letter_is_on_record(box, owner, work, session, clock, monkeypatch):
    monkeypatch.setattr("app.kit.mail.send", lambda *_: "я@example.com".encode("ascii"))
    letter = mailing.send_test(
        session, session.get_one(Vendor, owner.vendor_id), mailing.To("x@example.com", "ru")
    )
    session.commit()
    for _ in range(ATTEMPTS):
        work()
        clock.pass_(hours=7)
    session.refresh(letter)
    assert (letter.status, letter.error[:18]) == ("failed", "UnicodeEncodeError")
    assert mailing.failed(session, owner.vendor_id) == [letter]
    assert box.letters == []


@pytest.mark.usefixtures("box")
def test_a_letter_whose_worker_died_with_it_is_given_up(owner, session):
    letter = mailing.send_test(
        session, session.get_one(Vendor, owner.vendor_id), mailing.To("x@example.com", "ru")
    )
    session.commit()
    assert mailing.give_up_lost(session) == 0
    session.execute(update(Job).values(dead_at=session.now(), attempts=ATTEMPTS))
    assert mailing.give_up_lost(session) == 1
    session.commit()
    assert mailing.failed(session, owner.vendor_id) == [letter]
    assert mailing.give_up_lost(session) == 0
    assert "mail.failed" in session.scalars(select(AuditEvent.action)).all()


@pytest.mark.usefixtures("box")
def test_somebody_disabled_gets_no_link(browser, manager, work, session):
    session.execute(
        User.__table__.update().where(User.__table__.c.id == manager.id).values(status="disabled")
    )
    session.commit()
    browser.post("/password/reset", {"email": manager.email})
    assert work() == 0


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize(("factor", "letters"), [(False, 0), (True, 1)])
def test_a_link_alone_never_opens_another_vendor(browser, session, world, work, factor, letters):
    """Whoever runs a mail server reads what it sends: of two vendors, one must not open both."""
    other = make_world(session, "OTHR")
    person = a_person(session, world.vendor.id, "support", factor=factor)
    session.add(
        Membership(
            id=new_id(),
            vendor_id=other.vendor.id,
            created_at=session.now(),
            user_id=person.id,
            role="support",
            accepted_at=session.now(),
        )
    )
    session.commit()
    browser.post("/password/reset", {"email": person.email})
    assert work() == letters


def test_a_sign_in_from_a_new_browser_is_told_by_mail(browser, manager, box, work):
    browser.sign_in(manager)
    browser.post("/sign-out")
    browser.sign_in(manager)
    assert work() == 0  # the first browser is no news, and it is known from then on
    browser.forget()
    browser.sign_in(manager)
    assert work() == 1
    assert box.letters[0]["To"] == manager.email
    assert "testclient" in box.text()


def test_a_kept_link_dies_with_a_new_password(browser, manager, box, work):
    browser.post("/password/reset", {"email": manager.email})
    work()
    kept = link_in(box)
    browser.sign_in(manager)
    browser.post("/profile/password", {"current_password": PASSWORD, "password": NEW})
    browser.forget()
    browser.get(kept)
    assert browser.post("/password/new", {"password": PASSWORD}).status_code == 410


def test_a_link_of_somebody_shut_out_opens_nothing(browser, manager, box, work, session):
    browser.post("/password/reset", {"email": manager.email})
    work()
    session.execute(Membership.__table__.update().values(disabled_at=session.now()))
    session.commit()
    browser.get(link_in(box))
    assert browser.post("/password/new", {"password": NEW}).status_code == 410


def test_an_accepted_invitation_ends_the_links_of_others(browser, owner, box, work, session):
    """A vendor's mail server reads what it sends: it must not open the next vendor's cabinet."""
    other = make_world(session, "OTHR")
    person = a_person(session, owner.vendor_id, "support", factor=False)
    session.commit()
    browser.post("/password/reset", {"email": person.email})
    work()
    kept = link_in(box)
    session.add(
        Membership(
            id=new_id(),
            vendor_id=other.vendor.id,
            created_at=session.now(),
            user_id=person.id,
            role="support",
        )
    )
    fresh = links.make(session, LinkPurpose.INVITATION, person.id, other.vendor.id)
    record_everywhere(session, Action.USER_INVITED, person.id, actor=SYSTEM)
    session.commit()
    browser.sign_in(person)
    browser.get(fresh.address.partition("/cabinet")[2])
    assert browser.post("/invite").status_code == 200
    browser.forget()
    browser.get(kept)
    assert browser.post("/password/new", {"password": NEW}).status_code == 410
