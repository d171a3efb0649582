"""One request is one transaction, and its end comes before the first byte of the answer."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from app.audit.actor import SYSTEM
from app.audit.models import Action, AuditEvent
from app.audit.service import denial
from app.customers.models import Customer
from app.kit.config import Settings
from app.kit.db import (
    ReadSessionDep,
    SessionDep,
    UnitOfWork,
    UnsafeDatabaseSettingsError,
    make_engine,
    new_id,
    problem_of,
    reading,
    require_durable,
    transaction,
)
from app.kit.problems import Busy, Conflict, DatabaseUnavailable
from app.licensing.problems import KeySuspended
from app.main import create_app
from tests.asgi import exchange, scope_of
from tests.factories.kit import a_kit


@pytest.fixture
def real(clone_database: Callable[[], str]) -> Iterator[Engine]:
    """A pool of one connection to a database where commits stay."""
    engine = make_engine(clone_database(), Settings(environment="test", threads=1))
    yield engine
    engine.dispose()


def story(app: FastAPI, engine: Engine, endpoint: Callable[..., object]) -> tuple[list[str], int]:
    """What happened in which order when a route with this endpoint was asked, and its status."""
    told: list[str] = []
    for name in ("commit", "rollback"):
        event.listen(engine, name, lambda _, name=name: told.append(name))
    app.add_api_route("/api/v1/story", endpoint)
    answer = exchange(app, scope_of("GET", "/api/v1/story"), told=told.append)
    return told, answer.status


def test_the_commit_comes_between_the_endpoint_and_the_answer(real, kit):
    def endpoint(session: SessionDep):
        session.execute(text("SELECT 1"))
        return {}

    told, status = story(create_app(real, kit), real, endpoint)
    assert (told, status) == (["commit", "http.response.start", "http.response.body"], 200)


def test_a_reading_request_ends_with_a_rollback_before_the_answer(real, kit):
    def endpoint(session: ReadSessionDep):
        session.execute(text("SELECT 1"))
        return {}

    told, status = story(create_app(real, kit), real, endpoint)
    assert (told, status) == (["rollback", "http.response.start", "http.response.body"], 200)


@pytest.mark.parametrize(("error", "status"), [(KeySuspended, 403), (ZeroDivisionError, 500)])
def test_a_refusal_is_rolled_back_before_it_is_told(real, kit, error, status):
    def endpoint(session: SessionDep):
        session.execute(text("SELECT 1"))
        raise error

    told, answered = story(create_app(real, kit), real, endpoint)
    assert (told[:2], answered) == (["rollback", "http.response.start"], status)


def test_a_commit_whose_connection_died_is_no_success(real, kit, cluster):
    killer = make_engine(cluster.url, Settings(environment="test", threads=1))

    def endpoint(session: SessionDep):
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with killer.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        return {}

    app = create_app(real, kit)
    told, status = story(app, real, endpoint)
    killer.dispose()
    assert (told.count("http.response.start"), status) == (1, 503)
    assert exchange(app, scope_of("GET", "/health/ready")).status == 200, (
        "service returns by itself"
    )


def test_a_commit_that_a_constraint_refuses_is_no_success(real, kit):
    def endpoint(session: SessionDep):
        session.execute(text("CREATE TEMP TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        session.execute(text("INSERT INTO t VALUES (1), (1)"))
        return {}

    told, status = story(create_app(real, kit), real, endpoint)
    assert (told.count("http.response.start"), status) == (1, 500)


def test_a_refusal_takes_its_rows_back_and_leaves_its_denial(session, world, kit, connection):
    def refuse() -> None:
        with transaction(connection, kit) as work:
            world.session = work
            world.another_customer("ООО «Лютик»")
            denied = denial(
                work, Action.COUPON_REDEEMED, actor=SYSTEM, subject=world.key, problem=KeySuspended
            )
            raise KeySuspended(denied=denied)

    before = events(session)
    with pytest.raises(KeySuspended):
        refuse()
    assert session.scalar(select(Customer).where(Customer.company == "ООО «Лютик»")) is None
    assert events(session) == [*before, len(before) + 1], "no event of what was taken back"
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (last.action, last.outcome, last.reason) == (
        "coupon.redeemed",
        "denied",
        "KEY_SUSPENDED",
    )


def test_another_error_takes_everything_back(session, world, kit, connection):
    def fail() -> None:
        with transaction(connection, kit) as work:
            world.session = work
            world.another_customer("ООО «Лютик»")
            raise ZeroDivisionError

    before = events(session)
    with pytest.raises(ZeroDivisionError):
        fail()
    assert session.scalar(select(Customer).where(Customer.company == "ООО «Лютик»")) is None
    assert events(session) == before


def events(session: UnitOfWork) -> list[int]:
    return list(session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq)))


def test_a_dry_run_leaves_neither_rows_nor_events(session, world):
    pending, written = list(session.pending), list(session.written)
    with session.savepoint(undo=True):
        made = world.another_customer("ООО «Лютик»")
        assert session.get(Customer, made.id) is made
        assert len(session.pending) > len(pending)
    assert session.scalar(select(Customer).where(Customer.company == "ООО «Лютик»")) is None
    assert (session.pending, session.written) == (pending, written)


def test_a_savepoint_that_fails_leaves_what_was_before_it(session, world):
    def fail() -> None:
        with session.savepoint():
            world.another_customer("ООО «Лютик»")
            raise KeySuspended

    world.another_customer("ООО «Ромашка»")
    pending, written = list(session.pending), list(session.written)
    with pytest.raises(KeySuspended):
        fail()
    assert (session.pending, session.written) == (pending, written)
    session.commit()
    companies = set(session.scalars(select(Customer.company)))
    assert "ООО «Ромашка»" in companies
    assert "ООО «Лютик»" not in companies


def test_savepoints_nest(session, world):
    with session.savepoint():
        world.another_customer("ООО «Ромашка»")
        with session.savepoint(undo=True):
            world.another_customer("ООО «Лютик»")
    assert [event.subject.label for event in session.pending] == ["ООО «Ромашка»"]


@pytest.mark.usefixtures("world")
def test_a_change_that_meets_no_row_is_no_change(session):
    statement = update(Customer).where(Customer.id == uuid.uuid4()).values(comment="x")
    assert session.change(statement) == 0
    assert session.written == []
    session.commit()
    assert session.change(update(Customer).values(comment="y")) == 1
    assert session.written == [Customer]


def test_an_insert_happens_once(session, world):
    told = {
        "id": new_id(),
        "vendor_id": world.vendor.id,
        "created_at": session.now(),
        "company": "ООО «Лютик»",
        "email": "a@example.com",
    }
    statement = insert(Customer).values(told | {"contact_name": "", "phone": "", "comment": ""})
    statement = statement.values(status="active", row_version=1)
    statement = statement.on_conflict_do_nothing().returning(Customer.id)
    assert session.insert_once(statement) == told["id"]
    assert session.written == [Customer]
    assert session.insert_once(statement) is None
    assert session.written == [Customer]


@pytest.mark.usefixtures("world")
def test_reading_takes_back_what_was_written_by_mistake(session, kit, connection):
    with reading(connection, kit) as read:
        read.execute(update(Customer).values(comment="x"))
    assert session.scalar(select(Customer.comment)) == ""


def test_a_session_speaks_by_the_clock_of_its_kit(connection, kit):
    at = datetime(2026, 11, 22, tzinfo=UTC)
    frozen = a_kit(kit.settings, lambda: at)
    with UnitOfWork(connection, kit=frozen) as session:
        assert session.now() is at


def test_ids_are_uuids_of_version_7_in_the_order_of_their_milliseconds():
    made = [new_id() for _ in range(1_000)]
    assert {(each.version, each.variant) for each in made} == {(7, uuid.RFC_4122)}
    assert len(set(made)) == 1_000
    moments = [each.int >> 80 for each in made]
    assert moments == sorted(moments)
    now = datetime.now(UTC).timestamp() * 1_000
    assert abs(now - moments[-1]) < 60_000


def test_a_time_without_zone_is_refused(session, world):
    world.customer.created_at = datetime(2026, 11, 22)  # noqa: DTZ001 - the point
    with pytest.raises(StatementError, match="naive"):
        session.flush()


def test_a_time_comes_back_in_utc(session, world):
    moscow = timezone(timedelta(hours=3))
    world.customer.created_at = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=moscow)
    session.flush()
    session.refresh(world.customer)
    told = world.customer.created_at
    assert told.isoformat() == "2026-11-22T09:00:00.123456+00:00"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("40001", Busy),
        ("40P01", Busy),
        ("55P03", Busy),
        ("57014", Busy),
        ("53300", DatabaseUnavailable),
        ("53100", DatabaseUnavailable),
        ("57P01", DatabaseUnavailable),
        ("08006", DatabaseUnavailable),
        ("23505", type(None)),
        ("42P01", type(None)),
        ("22021", type(None)),
        ("XX000", type(None)),
    ],
)
def test_what_postgresql_refuses_becomes_a_refusal_of_ours(connection, state, expected):
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(DBAPIError) as raised:
        connection.execute(text(raising))
    assert type(problem_of(raised.value)) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [(PoolTimeout(), Busy), (StaleDataError(), Conflict), (ValueError(), type(None))],
)
def test_what_the_session_cannot_do_becomes_a_refusal_of_ours(error, expected):
    assert type(problem_of(error)) is expected


def test_who_has_to_wait_is_told_how_long():
    assert Busy().headers == {"Retry-After": "1"}
    assert DatabaseUnavailable(n=5).headers == {"Retry-After": "5"}


def test_waits_on_the_server_are_bounded(real):
    expected = {
        "timezone": "UTC",
        "statement_timeout": "10s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "30s",
        "transaction_isolation": "read committed",
    }
    with real.connect() as connection:
        assert {name: connection.scalar(text(f"SHOW {name}")) for name in expected} == expected


def test_only_tests_run_on_a_database_that_can_forget(real):
    require_durable(real, Settings(environment="test"))
    with pytest.raises(UnsafeDatabaseSettingsError, match="fsync"):
        require_durable(real, Settings(environment="development"))


def test_parameters_stay_out_of_errors(real):
    with real.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text("SELECT 1 FROM nowhere WHERE name = :name"), {"name": "Василёк"})
    assert "Василёк" not in str(raised.value)
