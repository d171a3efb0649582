"""The chain: numbers without gaps, hashes over everything, and nothing secret in it."""

import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from app.audit import service as audit
from app.audit.actor import SYSTEM, Actor, ActorKind, Subject
from app.audit.models import Action, AuditEvent, AuditHead
from app.audit.service import GENESIS, find_broken_chain
from app.kit.db import Kit, UnitOfWork, new_id, reading, transaction

SECRETS = ("DEMO-ABEKM-HCTPX-01234-567C7", "DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST", f"pki_{'x' * 43}")


class Thing:
    """Something that events can be about."""

    def __init__(self, vendor_id: uuid.UUID, label: str = "Вещь") -> None:
        self.subject = Subject(vendor_id, "thing", new_id(), label)


def chain(session: UnitOfWork, vendor_id: uuid.UUID) -> list[AuditEvent]:
    found = select(AuditEvent).where(AuditEvent.vendor_id == vendor_id).order_by(AuditEvent.seq)
    return list(session.scalars(found))


def recomputed(event: AuditEvent) -> bytes:
    """The hash by its definition, written down once more."""
    at = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    members = {column.name: getattr(event, column.name) for column in AuditEvent.__table__.columns}
    del members["hash"]
    told = members | {"at": at, "prev_hash": event.prev_hash.hex()}
    told = {
        name: str(value) if isinstance(value, uuid.UUID) else value for name, value in told.items()
    }
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def test_a_chain_begins_with_one_and_ends_at_its_head(session):
    vendor_id = uuid.uuid4()
    for number in range(3):
        audit.record(
            session, Action.DOWNLOAD_STARTED, actor=SYSTEM, subject=Thing(vendor_id), n=number
        )
        session.commit()
    events, head = chain(session, vendor_id), session.get_one(AuditHead, vendor_id)
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.prev_hash for event in events] == [GENESIS, events[0].hash, events[1].hash]
    assert (head.seq, head.hash) == (3, events[2].hash)


def test_every_hash_is_that_of_the_event_as_it_is_stored(session):
    vendor_id = uuid.uuid4()
    actor = Actor(ActorKind.INSTALLER, "DEMO-…-567C7", new_id(), "203.0.113.0/24", "1С", "a" * 16)
    data = {
        "text": 'Ёлка "в кавычках" \\ \n\t\u2028 \U0001f384',
        "many": [1, -(2**63), 2**53 + 1, True, None, {"б": 1, "а": [], "A": {}}],
        "at": datetime(2026, 11, 22, 9, 0, 0, 999999, tzinfo=UTC),
        "id": uuid.uuid4(),
        "on": datetime(2026, 11, 22, tzinfo=UTC).date(),
    }
    audit.record(session, Action.COUPON_REDEEMED, actor=actor, subject=Thing(vendor_id), **data)
    session.commit()
    session.expire_all()
    [event] = chain(session, vendor_id)
    assert event.hash == recomputed(event)
    assert event.data["at"] == "2026-11-22T09:00:00.999Z"
    assert (event.ip, event.user_agent, event.request_id) == ("203.0.113.0/24", "1С", "a" * 16)


def test_the_chain_of_a_whole_world_holds(session, world):
    events = chain(session, world.vendor.id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert all(event.hash == recomputed(event) for event in events)
    assert list(find_broken_chain(session)) == []


def test_two_vendors_have_two_chains(session):
    one, other = uuid.uuid4(), uuid.uuid4()
    for vendor_id in (one, other, one, other, one):
        audit.record(session, Action.DOWNLOAD_STARTED, actor=SYSTEM, subject=Thing(vendor_id))
    session.commit()
    assert [event.seq for event in chain(session, one)] == [1, 2, 3]
    assert [event.seq for event in chain(session, other)] == [1, 2]
    assert chain(session, one)[0].prev_hash == chain(session, other)[0].prev_hash == GENESIS


def test_parallel_commits_leave_no_gap(clone_database: Callable[[], str], kit: Kit):
    engine, threads, each = create_engine(clone_database(), pool_size=8), 8, 12
    vendors = [uuid.uuid4(), uuid.uuid4()]
    begin = threading.Barrier(threads)
    failed: list[Exception] = []

    def work() -> None:
        try:
            begin.wait()
            for number in range(each):
                with transaction(engine, kit) as session:
                    for vendor_id in vendors if number % 2 else reversed(vendors):
                        audit.record(
                            session, Action.DOWNLOAD_STARTED, actor=SYSTEM, subject=Thing(vendor_id)
                        )
        except Exception as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    with reading(engine, kit) as session:
        for vendor_id in vendors:
            assert [event.seq for event in chain(session, vendor_id)] == list(
                range(1, threads * each + 1)
            )
        assert list(find_broken_chain(session)) == []
    engine.dispose()


def test_a_transaction_that_fails_takes_no_number(session, kit, connection):
    vendor_id = uuid.uuid4()

    def fail() -> None:
        with transaction(connection, kit) as work:
            audit.record(work, Action.DOWNLOAD_STARTED, actor=SYSTEM, subject=Thing(vendor_id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with transaction(connection, kit) as work:
        audit.record(work, Action.DOWNLOAD_STARTED, actor=SYSTEM, subject=Thing(vendor_id))
    assert [event.seq for event in chain(session, vendor_id)] == [1]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET data = '{}'",
        "UPDATE audit_events SET hash = hash WHERE false",
        "DELETE FROM audit_events",
        "DELETE FROM audit_events WHERE seq = 1",
        "TRUNCATE audit_events",
        "TRUNCATE audit_events, audit_heads CASCADE",
    ],
)
def test_history_is_only_added_to(connection, statement):
    with pytest.raises(DBAPIError, match="audit_events is append-only"):
        connection.execute(text(statement))


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_does_not_get_into_the_record(session, secret):
    vendor_id = uuid.uuid4()
    told = {
        "plain": secret,
        "inside": f"Ключ {secret}.",
        "deep": [{"a": (secret,)}],
        "low": secret.lower(),
    }
    audit.record(session, Action.COUPON_REDEEMED, actor=SYSTEM, subject=Thing(vendor_id), **told)
    session.commit()
    [event] = chain(session, vendor_id)
    assert secret.lower() not in json.dumps(event.data, ensure_ascii=False).lower()
    assert event.data["inside"] == "Ключ [secret]."
    assert event.hash == recomputed(event)


def test_no_secret_of_a_world_is_in_its_record(session, world):
    world.coupon(3)
    session.commit()
    story = " ".join(str(vars(event)) for event in chain(session, world.vendor.id))
    assert world.key.hint in story
    assert world.code not in story
