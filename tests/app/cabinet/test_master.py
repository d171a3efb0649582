"""An owner says once that the words of MASTER are kept; a new MASTER asks again."""

import pytest
from sqlalchemy import select

from app.accounts.service import viewers
from app.audit.models import AuditEvent
from app.kit.signing.keyring import Keyring
from tests.factories.people import a_person, said

pytestmark = pytest.mark.usefixtures("noon")


def test_the_word_is_kept_and_asked_for_once(browser, owner, session):
    browser.sign_in(owner)
    assert not viewers.is_master_confirmed(session)
    refused = browser.post("/trust/master")
    assert (refused.status_code, "Tick it" in said(refused)) == (422, True)
    browser.post("/trust/master", {"kept": "on"})
    assert "has confirmed" in said(browser.get("/trust/master"))
    session.expire_all()
    assert viewers.is_master_confirmed(session)
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "trust.master_confirmed")
    ).one()
    assert event.actor_id == owner.id


def test_another_master_makes_the_word_void(browser, owner, session, kit):
    browser.sign_in(owner).post("/trust/master", {"kept": "on"})
    session.expire_all()
    object.__setattr__(kit, "keyring", Keyring.of(bytes([1] * 32), bytes(32)))
    assert not viewers.is_master_confirmed(session)


def test_it_is_an_owners_word(browser, world, session):
    admin = a_person(session, world.vendor.id, "admin")
    session.commit()
    assert browser.sign_in(admin).post("/trust/master", {"kept": "on"}).status_code == 403
    assert not viewers.is_master_confirmed(session)


def test_it_needs_a_fresh_code(browser, owner, session, clock):
    browser.sign_in(owner)
    clock.pass_(minutes=11)
    assert browser.post("/trust/master", {"kept": "on"}).status_code == 403
    assert not viewers.is_master_confirmed(session)
