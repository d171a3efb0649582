"""The people of the demo's vendor: one for each role that is shown, let in by one password."""

import re

from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import Vendor
from app.audit.models import AuditEvent
from app.demo import seed
from app.demo.banner import banner
from app.demo.staff import PEOPLE, hire, new_password
from tests.factories.people import HERE


def test_passwords_are_of_one_folder_only():
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", each) for each in made)


def test_everybody_is_hired_once(session, world):
    first = hire(session, world.vendor.id, new_password())
    again = hire(session, world.vendor.id, new_password())
    assert first == again
    people = accounts.colleagues(session, world.vendor.id)
    assert {each.user.email for each in people} == {email for email, _ in PEOPLE.values()}
    assert {each.membership.role for each in people} == set(PEOPLE)


def test_what_the_vendor_did_was_done_by_its_people(session):
    seed.load(session)
    session.commit()
    vendor = session.scalars(select(Vendor)).one()
    ids = {each.user.id for each in accounts.colleagues(session, vendor.id)}
    done = select(AuditEvent).where(
        AuditEvent.action.in_(("release.published", "license_key.issued"))
    )
    events = session.scalars(done).all()
    assert len(events) == 5
    assert {event.actor_id for event in events} < ids


def test_owner_and_support_sign_in_with_the_password_of_the_banner(client, session, tmp_path):
    made = seed.load(session)
    session.commit()
    text = banner("http://127.0.0.1:8000", tmp_path, "", made)
    for role in ("owner", "support"):
        email = PEOPLE[role][0]
        assert email in text
        answer = client.post(
            "/cabinet/sign-in", data={"email": email, "password": made.password}, headers=HERE
        )
        assert (answer.status_code, answer.url.path) != (200, "/cabinet/sign-in")
        assert answer.status_code == 200
        client.cookies.clear()
    assert made.password in text
    assert "http://127.0.0.1:8000/cabinet\n" in text


def test_without_a_password_the_banner_names_nobody(tmp_path):
    made = seed.Credentials("extension", "DEMO-1", "DEMO-2", ["DEMOUPD-1"])
    text = banner("http://127.0.0.1:8000", tmp_path, "", made)
    assert "@example.com" not in text
