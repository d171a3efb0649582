"""Nothing is committed unaudited."""

import uuid

import pytest
from sqlalchemy import delete, insert, select, update

from app.audit import service as audit
from app.audit.actor import SYSTEM
from app.audit.guard import UnauditedWriteError
from app.audit.models import Action, AuditEvent, AuditHead
from app.customers.models import Customer
from app.kit.db import SessionDep, UnitOfWork, new_id, transaction
from app.licensing.models import LicenseKey
from tests.asgi import exchange, scope_of
from tests.factories.application import an_app


def customer(session: UnitOfWork, world) -> dict[str, object]:
    return {
        "id": new_id(),
        "vendor_id": world.vendor.id,
        "created_at": session.now(),
        "company": "ООО «Лютик»",
        "contact_name": "",
        "phone": "",
        "email": "a@example.com",
        "comment": "",
        "status": "active",
        "row_version": 1,
    }


WRITES = {
    "a new row": lambda work, world: work.add(Customer(**customer(work, world))),
    "a changed row": lambda work, world: setattr(
        work.get_one(Customer, world.customer.id), "comment", "x"
    ),
    "a deleted row": lambda work, world: work.delete(work.get_one(Customer, world.free.id)),
    "a bulk insert": lambda work, world: work.execute(
        insert(Customer), [customer(work, world), customer(work, world)]
    ),
    "a bulk update": lambda work, _: work.execute(update(Customer).values(comment="x")),
    "a bulk delete": lambda work, world: work.execute(
        delete(Customer).where(Customer.id == world.free.id)
    ),
    "a counted change": lambda work, _: work.change(update(Customer).values(comment="x")),
}


@pytest.fixture
def world(world):
    """With a customer that nothing refers to."""
    world.free = world.another_customer("ООО «Ромашка»")
    world.session.commit()
    return world


def rows(session: UnitOfWork) -> list[tuple[object, ...]]:
    session.expire_all()
    found = session.execute(select(Customer.id, Customer.comment).order_by(Customer.id))
    return [tuple(row) for row in found]


@pytest.mark.parametrize("name", WRITES)
def test_a_write_without_an_event_is_not_committed(session, world, kit, connection, name):
    def write() -> None:
        with transaction(connection, kit) as work:
            WRITES[name](work, world)

    before = rows(session)
    with pytest.raises(UnauditedWriteError, match=r"^Customer$"):
        write()
    assert rows(session) == before


@pytest.mark.parametrize("name", WRITES)
def test_the_same_write_with_an_event_is(session, world, kit, connection, name):
    before = rows(session)
    with transaction(connection, kit) as work:
        WRITES[name](work, world)
        audit.record(work, Action.CUSTOMER_CREATED, actor=SYSTEM, subject=world.vendor)
    assert rows(session) != before


@pytest.mark.usefixtures("world")
def test_every_model_that_was_written_is_named(kit, connection):
    def write() -> None:
        with transaction(connection, kit) as work:
            work.execute(update(LicenseKey).values(comment="x"))
            work.execute(update(Customer).values(comment="x"))
            work.execute(update(Customer).values(comment="y"))

    with pytest.raises(UnauditedWriteError, match=r"^Customer, LicenseKey$"):
        write()


def test_a_row_that_was_touched_and_not_changed_is_no_write(world, kit, connection):
    with transaction(connection, kit) as work:
        found = work.get_one(Customer, world.customer.id)
        found.comment = found.comment
        found.company = "x"
        found.company = world.customer.company


@pytest.mark.usefixtures("world")
def test_a_technical_table_needs_no_event(session, kit, connection):
    with transaction(connection, kit) as work:
        work.execute(insert(AuditHead).values(vendor_id=uuid.uuid4(), seq=0, hash=bytes(32)))
    assert len(session.scalars(select(AuditHead)).all()) == 2


def test_a_savepoint_is_no_commit(session, world, kit, connection):
    def chain() -> int:
        return len(session.scalars(select(AuditEvent.seq)).all())

    before = chain()
    with transaction(connection, kit) as work:
        with work.savepoint():
            work.execute(update(Customer).values(comment="x"))
        with work.savepoint():
            audit.record(work, Action.CUSTOMER_CREATED, actor=SYSTEM, subject=world.customer)
        assert len(work.scalars(select(AuditEvent.seq)).all()) == before
    assert chain() == before + 1


@pytest.mark.usefixtures("world")
def test_what_a_savepoint_took_back_needs_no_event(kit, connection):
    with transaction(connection, kit) as work, work.savepoint(undo=True):
        work.execute(update(Customer).values(comment="x"))


def test_an_event_that_was_taken_back_covers_nothing(world, kit, connection):
    def write() -> None:
        with transaction(connection, kit) as work:
            with work.savepoint(undo=True):
                audit.record(work, Action.CUSTOMER_CREATED, actor=SYSTEM, subject=world.customer)
            work.execute(update(Customer).values(comment="x"))

    with pytest.raises(UnauditedWriteError):
        write()


def test_the_second_commit_of_a_session_starts_anew(session, world):
    world.another_customer("ООО «Лютик»")
    session.commit()
    session.scalars(select(Customer)).all()
    session.commit()
    session.execute(update(Customer).values(comment="x"))
    with pytest.raises(UnauditedWriteError):
        session.commit()


@pytest.mark.usefixtures("world")
def test_an_unaudited_route_is_a_defect_that_writes_nothing(session, kit, connection):
    def endpoint(work: SessionDep):
        work.execute(update(Customer).values(comment="x"))
        return {}

    app = an_app(connection, kit)
    app.add_api_route("/api/v1/unaudited", endpoint)
    assert exchange(app, scope_of("GET", "/api/v1/unaudited")).status == 500
    assert {comment for _, comment in rows(session)} == {""}
