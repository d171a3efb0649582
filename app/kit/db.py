"""The database: engine, sessions, and the one place where a transaction begins and ends."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Protocol, cast

from fastapi import Depends, Request
from psycopg.errors import ConnectionTimeout
from sqlalchemy import (
    Connection,
    CursorResult,
    DateTime,
    Engine,
    Executable,
    ForeignKeyConstraint,
    Index,
    MetaData,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeDecorator

from app.kit.cache import NewestCache
from app.kit.clock import Clock, utc_now
from app.kit.config import Settings
from app.kit.pool import BUSY_STATES
from app.kit.problems import (
    Busy,
    Conflict,
    DatabaseUnavailable,
    PreconditionFailed,
    Problem,
)
from app.kit.revisions import REVISIONS
from app.kit.signing.keyring import Keyring
from app.kit.storage import ArtifactStore

SCHEMA_HEAD = REVISIONS[-1]
"""The revision that this code needs."""
# About 28 MB for 20,000 compiled rules of compatibility, the heaviest of what is kept.
CACHED = 200_000

_SERVER_OPTIONS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "timezone": "UTC",
        "statement_timeout": "10s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "30s",
    }.items()
)
# A list is narrowed by what few rows have or many: a plan made once for both fits neither.
_PLANNED = "-c plan_cache_mode=force_custom_plan"
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class UnsafeDatabaseSettingsError(RuntimeError):
    """The database would acknowledge writes that a power cut can take back."""


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, the rest random."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (2 << 62)
    return uuid.UUID(int=value)


class UtcDateTime(TypeDecorator[datetime]):
    """`timestamptz` that refuses a naive value instead of guessing its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return value.astimezone(UTC) if value else value


class Base(DeclarativeBase):
    """All tables; `__audited__ = False` opts a technical table out of the audit guard."""

    __audited__: ClassVar[bool] = True
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime}


class TenantRow(Base):
    """A row that belongs to one vendor; others reach it only by (vendor_id, id)."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    vendor_id: Mapped[uuid.UUID]
    created_at: Mapped[datetime]


def tenant_args(*items: SchemaItem) -> tuple[SchemaItem, ...]:
    """Table arguments of a TenantRow: what composite foreign keys point at, and the vendor."""
    return (
        UniqueConstraint("vendor_id", "id"),
        ForeignKeyConstraint(["vendor_id"], ["vendors.id"]),
        *items,
    )


def by_hash(table: str, column: str) -> Index:
    """For what every check and offer looks up: its bucket and the row, however many there are."""
    return Index(f"ix_{table}_{column}_hash", column, postgresql_using="hash")


def newest_by(*columns: str) -> Iterator[Index]:
    """What lists are read by, one of these columns at a time."""
    return (Index(None, "vendor_id", column, "id") for column in columns)


def tenant_fk(column: str, table: str) -> ForeignKeyConstraint:
    """A reference inside one vendor: a link across vendors cannot be written."""
    return ForeignKeyConstraint(["vendor_id", column], [f"{table}.vendor_id", f"{table}.id"])


@dataclass(frozen=True, slots=True)
class Kit:
    """What verbs reach through their session: settings, the clock, artifacts, the keyring."""

    settings: Settings
    artifacts: ArtifactStore
    clock: Clock = utc_now
    keyring: Keyring = field(kw_only=True)
    cache: NewestCache[Any] = field(kw_only=True, default_factory=lambda: NewestCache(CACHED))


class HasRowVersion(Protocol):
    """A mutable row whose changes are counted."""

    @property
    def row_version(self) -> int:
        """How often it was changed; what ETags are made of."""


class KitSession(Session):
    """A session that carries the kit; queries accept it, reading or writing.

    Bound to a connection that is in a transaction already, it commits into a savepoint of it.
    """

    def __init__(self, bind: Engine | Connection, *, kit: Kit) -> None:
        super().__init__(bind, expire_on_commit=False, join_transaction_mode="create_savepoint")
        self.kit = kit

    def now(self) -> datetime:
        """The server's clock, the only one that decides."""
        return self.kit.clock()


class ReadSession(KitSession):
    """Ends with a rollback, whatever happened."""


class UnitOfWork(KitSession):
    """One business transaction; verbs demand this type."""

    def __init__(self, bind: Engine | Connection, *, kit: Kit) -> None:
        super().__init__(bind, kit=kit)
        self.afterwards: list[Callable[[], None]] = []
        """What is stored apart, when the transaction is over: its rollback would erase it."""
        self.forget()

    @property
    def pending(self) -> list[Any]:
        """Audit events that are written by the last statements before the commit."""
        return cast("list[Any]", self.info["pending"])

    @property
    def written(self) -> list[type[Base]]:
        """Model classes that this transaction has changed."""
        return cast("list[type[Base]]", self.info["written"])

    def forget(self) -> None:
        """After a rollback nothing is pending and nothing was written."""
        self.info["pending"], self.info["written"] = [], []

    def settle(self) -> None:
        """Does what was left for the end; this session holds no connection any more."""
        for act in self.afterwards:
            act()

    def change(self, statement: Executable) -> int:
        """Runs a conditional UPDATE (a limit) and says how many rows it changed."""
        self.flush()
        written = len(self.written)
        changed = cast("CursorResult[Any]", self.execute(statement)).rowcount
        if not changed:
            del self.written[written:]  # nothing was written, so nothing has to be audited
        return changed

    def hold(self, row: HasRowVersion, version: int | None = None) -> None:
        """Locks a row for a change; one that builds on another version than it has is refused.

        FOR NO KEY UPDATE: rows that refer to it may be inserted meanwhile.
        """
        self.refresh(row, with_for_update={"key_share": True})
        if version not in (None, row.row_version):
            raise PreconditionFailed

    def insert_once(self, statement: ReturningInsert[uuid.UUID]) -> uuid.UUID | None:
        """Runs INSERT … ON CONFLICT DO NOTHING RETURNING id; None if the row was there."""
        self.flush()
        written = len(self.written)
        inserted = self.scalars(statement).one_or_none()
        if inserted is None:
            del self.written[written:]
        return inserted

    @contextmanager
    def savepoint(self, *, undo: bool = False) -> Iterator[None]:
        """Around an insert whose conflict is expected, or (undo) around a dry run."""
        self.flush()
        pending, written = len(self.pending), len(self.written)
        nested = self.begin_nested()
        try:
            yield
            self.flush()
        except BaseException:
            undo = True
            raise
        finally:
            if undo:
                nested.rollback()
                del self.pending[pending:], self.written[written:]
            else:
                nested.commit()


def make_engine(url: str, settings: Settings) -> Engine:
    """A pool of as many connections as there are threads, with bounded waits on the server."""
    return create_engine(
        url,
        pool_size=settings.threads,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # an error in the log would show digests and names of customers
        connect_args={"options": f"{_SERVER_OPTIONS} {_PLANNED}", "connect_timeout": 5},
    )


def require_durable(engine: Engine, settings: Settings) -> None:
    """Refuses a database that can lose what it acknowledged; only tests may run on one."""
    if settings.environment == "test":
        return
    with engine.connect() as connection:
        off = [name for name in _DURABLE if connection.scalar(text(f"SHOW {name}")) == "off"]
    if off:
        raise UnsafeDatabaseSettingsError(f"UNSAFE_DATABASE_SETTINGS: {', '.join(off)} = off")


def schema_revision(session: KitSession) -> str | None:
    """The revision that the database is at; None before the first migration."""
    if session.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    return cast("str | None", session.scalar(text("SELECT version_num FROM alembic_version")))


@contextmanager
def transaction(engine: Engine | Connection, kit: Kit) -> Iterator[UnitOfWork]:
    """One business transaction: committed at the end, rolled back by any exception.

    The denial that a Problem carries is history too: it is committed in a fresh transaction.
    What has to be stored `afterwards` may itself refuse, and is then the answer.
    """
    with UnitOfWork(engine, kit=kit) as session:
        try:
            yield session
        except Problem as problem:
            session.rollback()
            session.forget()
            if problem.denied is not None:
                session.pending.append(problem.denied)
                session.commit()
            session.settle()
            raise
        except BaseException:
            session.rollback()
            raise
        else:
            session.commit()
            session.settle()


@contextmanager
def reading(
    engine: Engine | Connection, kit: Kit, *, patient: bool = False, still: bool = False
) -> Iterator[ReadSession]:
    """A transaction that writes nothing; a patient one may take hours, as no request may.

    In a still one all statements see the same state of the database.
    """
    with ReadSession(engine, kit=kit) as session:
        try:
            if still and isinstance(engine, Engine):
                session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            if patient:
                session.execute(text("SET LOCAL statement_timeout = 0"))
                session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield session
        finally:
            session.rollback()


@contextmanager
def exclusive(engine: Engine, name: str) -> Iterator[bool]:
    """Whether nobody else in the world is inside under this name; it ends with the process too.

    For work that is longer than a transaction may be: it holds one connection and no transaction.
    """
    key = {"key": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key))
        try:
            yield mine
        finally:
            if mine:
                with suppress(DBAPIError):  # a connection that broke has let go by itself
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


def session_scope(request: Request) -> Iterator[UnitOfWork]:
    """The request's one business transaction."""
    with transaction(request.app.state.engine, request.app.state.kit) as session:
        yield session


def read_scope(request: Request) -> Iterator[ReadSession]:
    """The request's one reading transaction."""
    with reading(request.app.state.engine, request.app.state.kit) as session:
        yield session


# scope="function": the commit comes before the first byte of the answer, so that a failed
# commit becomes a 503 and not a 200 that nothing stands behind.
SessionDep = Annotated[UnitOfWork, Depends(session_scope, scope="function")]
ReadSessionDep = Annotated[ReadSession, Depends(read_scope, scope="function")]


def problem_of(error: Exception) -> Problem | None:
    """What a database error means for the caller, or None if it is a defect of ours."""
    if isinstance(error, PoolTimeout):
        return Busy()
    if isinstance(error, StaleDataError):
        return Conflict()
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state in BUSY_STATES:
            return Busy()
        if isinstance(error.orig, ConnectionTimeout) or error.connection_invalidated:
            return DatabaseUnavailable(n=5)
        if isinstance(error, OperationalError | InterfaceError):
            return DatabaseUnavailable(n=5)
    return None
