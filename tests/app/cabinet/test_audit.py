"""The audit log: filters, one event with its difference, files of it, the check of its chain."""

import csv
import io
import json
from itertools import pairwise

import pytest
from sqlalchemy import select, text

from app.audit import service
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.customers import service as customers
from app.customers.schemas import UpdateCustomer
from tests.factories.people import a_person, hidden, said


@pytest.fixture
def at(world, session, browser):
    """The browser of somebody of a role, with an authenticator."""

    def come(role: str = "auditor"):
        person = a_person(session, world.vendor.id, role)
        session.commit()
        return browser.sign_in(person)

    return come


def changed(world, session) -> AuditEvent:
    """The event of a changed customer."""
    command = UpdateCustomer(company="ООО «Новое имя»", email="new@example.com")
    customers.update(
        session, world.vendor.id, world.customer.id, command, version=None, actor=SYSTEM
    )
    session.commit()
    return session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()


def test_the_newest_events_come_first_and_pages_follow(world, session, at):
    browser = at()
    words = said(browser.get("/audit"))
    assert words.index("Signed in") < words.index("Key issued")
    seqs = session.scalars(select(AuditEvent.seq)).all()
    first = browser.get("/audit?limit=5")
    cursor = first.text.partition("cursor=")[2].partition('"')[0]
    assert cursor == str(len(seqs) - 4)
    rest = said(browser.get(f"/audit?limit=5&cursor={cursor}"))
    assert rest.count("№") == min(5, len(seqs) - 5)
    assert world


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("action=license_key.issued", "DEMO-", "Product added"),
        ("outcome=denied", "Activation refused", "Key issued"),
        ("created_from=2100-01-01", "Nothing matches", "Key issued"),
        ("created_to=2000-01-01", "Nothing matches", "Key issued"),
        ("ip=203.0.113.0/24", "Nothing matches", "Key issued"),
        ("request_id=unknown-1", "Nothing matches", "Key issued"),
    ],
)
def test_it_is_narrowed_by_its_address(at, installer, query, there, absent):
    installer.activate()
    words = said(at().get(f"/audit?{query}")).partition("Request id Apply")[2]
    assert there in words
    assert absent not in words


def test_an_event_shows_what_changed(world, session, at):
    event = changed(world, session)
    words = said(at("owner").get(f"/audit/{event.seq}"))
    assert "Company ООО «Василёк» ООО «Новое имя»" in words
    assert "E-mail buyer@example.com new@example.com" in words
    assert event.hash.hex() in words


def test_an_auditor_sees_the_change_without_contacts(world, session, at):
    event = changed(world, session)
    words = said(at().get(f"/audit/{event.seq}"))
    assert "ООО «Новое имя»" in words
    assert "new@example.com" not in words


@pytest.mark.parametrize("seq", ["0", "999999"])
def test_no_event_of_that_number(at, seq):
    assert at().get(f"/audit/{seq}").status_code == 404


def test_the_log_as_csv_has_its_hashes(world, session, at):
    browser = at()
    before = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    answer = browser.post("/audit/export", {"format": "csv-comma"})
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["hash"] for row in rows][: len(before)] == [row.hash.hex() for row in before]
    assert rows[0]["prev_hash"] == "00" * 32
    assert all(a["hash"] == b["prev_hash"] for a, b in pairwise(rows))
    assert world


def test_the_log_as_json_lines_can_be_verified_outside(session, at):
    answer = at("owner").post("/audit/export?action=license_key.issued", {"format": "jsonl"})
    [row] = [json.loads(line) for line in answer.text.splitlines()]
    stored = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "license_key.issued")
    ).one()
    assert (row["seq"], row["hash"]) == (stored.seq, stored.hash.hex())
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (last.action, last.data["filters"]) == (
        "audit.exported",
        {"action": "license_key.issued"},
    )


def test_a_whole_chain_is_said_to_be_whole(session, at):
    answer = at().post("/audit/verify")
    assert "the chain is whole" in said(answer)
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (last.action, last.data["code"]) == ("audit.verified", None)


def test_a_long_chain_goes_on_from_page_to_page(monkeypatch, at):
    monkeypatch.setattr(service, "STEP", 1)
    browser = at()
    answer, pages = browser.post("/audit/verify"), 1
    while "all whole so far" in said(answer):
        answer, pages = browser.post("/audit/verify", hidden(answer)), pages + 1
    assert "the chain is whole" in said(answer)
    assert pages > 1


def test_the_first_broken_event_is_named(session, at):
    browser = at()
    session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER USER"))
    session.execute(text("UPDATE audit_events SET actor_label = 'Другой' WHERE seq = 4"))
    session.commit()
    assert "The chain is broken at event 4" in said(browser.post("/audit/verify"))


@pytest.mark.parametrize("after", ["-1", "x", "9" * 30, "1e3"])
def test_a_made_up_place_begins_anew(at, after):
    assert "the chain is whole" in said(at().post("/audit/verify", {"after": after}))
