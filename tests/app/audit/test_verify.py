"""One chain, part by part: whole, or up to the first event that is wrong."""

import pytest
from sqlalchemy import select, text

from app.audit import service
from app.audit.models import AuditEvent, AuditHead
from app.audit.service import verify


@pytest.fixture(autouse=True)
def _tampering(session, world):
    """Whoever owns the database can switch off what keeps events from being changed."""
    assert world
    session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER USER"))


def length(session, vendor_id) -> int:
    return session.scalar(select(AuditHead.seq).where(AuditHead.vendor_id == vendor_id))


def test_a_whole_chain_is_walked_to_its_head(world, session):
    found = verify(session, world.vendor.id)
    assert (found.finding, found.is_done) == (None, True)
    assert found.seq == length(session, world.vendor.id)


def test_it_goes_in_steps_from_where_it_stopped(world, session, monkeypatch):
    monkeypatch.setattr(service, "STEP", 2)
    end, seen, found = length(session, world.vendor.id), [], verify(session, world.vendor.id)
    while not found.is_done:
        seen.append(found.seq)
        found = verify(session, world.vendor.id, found.seq)
    assert seen == list(range(2, end, 2))
    assert (found.seq, found.finding) == (end, None)


def test_a_chain_of_nothing_is_whole(session, world):
    session.execute(text("DELETE FROM audit_events"))
    session.execute(text("DELETE FROM audit_heads"))
    assert verify(session, world.vendor.id).is_done


@pytest.mark.parametrize(
    ("harm", "code", "seq"),
    [
        ("UPDATE audit_events SET actor_label = 'Другой' WHERE seq = 3", "AUDIT_HASH_WRONG", 3),
        ("DELETE FROM audit_events WHERE seq = 2", "AUDIT_SEQ_GAP", 3),
        ("UPDATE audit_events SET prev_hash = hash WHERE seq = 4", "AUDIT_LINK_BROKEN", 4),
        ("UPDATE audit_heads SET hash = decode('00', 'hex')", "AUDIT_HEAD_WRONG", None),
        ("UPDATE audit_heads SET seq = seq + 1", "AUDIT_HEAD_WRONG", None),
        ("UPDATE audit_heads SET seq = seq - 1", "AUDIT_HEAD_WRONG", None),
    ],
)
def test_the_first_wrong_event_is_named(world, session, harm, code, seq):
    session.execute(text(harm))
    session.expire_all()
    found = verify(session, world.vendor.id)
    assert found.is_done
    assert found.finding.code == code
    assert seq is None or found.seq == seq


def test_it_finds_what_the_check_of_all_chains_finds(world, session):
    session.execute(text("UPDATE audit_events SET action = 'x' WHERE seq = 5"))
    session.expire_all()
    [all_of_them] = service.find_broken_chain(session)
    assert verify(session, world.vendor.id).finding == all_of_them


def test_nothing_is_missed_between_two_steps(world, session, monkeypatch):
    monkeypatch.setattr(service, "STEP", 3)
    session.execute(text("DELETE FROM audit_events WHERE seq = 4"))
    found = verify(session, world.vendor.id, 3)
    assert found.finding.code == "AUDIT_SEQ_GAP"
    assert session.scalar(select(AuditEvent.seq).where(AuditEvent.seq == 4)) is None
