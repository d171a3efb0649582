"""Single statements outside of sessions, for the routes that the event loop itself serves."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.errors import FeatureNotSupported
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine

from app.kit.config import Settings
from app.kit.problems import Busy, DatabaseUnavailable, Problem

R = TypeVar("R")
Row = tuple[Any, ...]
CONNECTIONS: Final = 8
"""Of one process, besides those of its threads."""
WAIT_SECONDS: Final = 2.0
BUSY_STATES: Final = {"40001", "40P01", "55P03", "57014"}
"""A deadlock, a lock or a statement that took too long: the whole request may be repeated."""
_LIMITS: Final = "-c timezone=UTC -c statement_timeout=2s -c lock_timeout=1s"


class Statements(Protocol):
    """What runs one statement at a time, each its own transaction; parameters are $1, $2, …"""

    async def row(self, query: str, parameters: Sequence[object]) -> Row | None:
        """The only row that is read, or None."""

    async def write(self, query: str, parameters: Sequence[object]) -> None:
        """Done and committed."""

    async def close(self) -> None:
        """Nothing is asked any more."""


class Pool:
    """As many connections as are needed at once, within a bound; each is kept for the next one.

    A statement is prepared where a connection meets it first. Nothing is sent when a connection
    is taken or given back: that one is dead is found by a statement, which is then repeated.
    Each has one cursor, which remembers how the columns of its last statement are read.
    """

    def __init__(self, engine: Engine | Connection, settings: Settings) -> None:
        """Connects where the engine does, and not before the first statement."""
        self._engine, self._threshold = engine, 0 if settings.prepare else None
        self._idle: list[AsyncRawCursor[Row]] = []
        self._age = 0  # grows when all connections of until then are to go
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def row(self, query: str, parameters: Sequence[object]) -> Row | None:
        """Repeated once where a connection was dead, or a migration has changed the columns."""

        async def read(cursor: AsyncRawCursor[Row], *, prepare: bool | None = None) -> Row | None:
            await cursor.execute(query, parameters, prepare=prepare, binary=True)
            return await cursor.fetchone()

        try:
            return await self._run(read)
        except psycopg.Error as error:
            if not _passes(error):
                raise problem_of(error) or error from error
        await self._forget()
        return await self._told(partial(read, prepare=False))  # another migration harms no plan

    async def write(self, query: str, parameters: Sequence[object]) -> None:
        """Never repeated: whether a dead connection has done it nobody knows."""

        async def run(cursor: AsyncRawCursor[Row]) -> None:
            await cursor.execute(query, parameters)

        await self._told(run)

    async def close(self) -> None:
        """Those that are in use are closed when they come back."""
        await self._forget()

    async def _told(self, act: Callable[[AsyncRawCursor[Row]], Awaitable[R]]) -> R:
        try:
            return await self._run(act)
        except psycopg.Error as error:
            raise problem_of(error) or error from error

    async def _run(self, act: Callable[[AsyncRawCursor[Row]], Awaitable[R]]) -> R:
        await self._turn()
        age = self._age
        try:
            cursor = self._idle.pop() if self._idle else await self._connect()
            try:
                done = await act(cursor)
            except psycopg.Error as error:
                await self._keep(cursor, age, sound=not _passes(error))
                raise
            except BaseException:  # cancelled: an answer may be under way
                await cursor.connection.close()
                raise
            await self._keep(cursor, age)
            return done
        finally:
            self._free.release()

    async def _turn(self) -> None:
        if not self._free.locked():
            await self._free.acquire()  # at once
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Busy from None

    async def _connect(self) -> AsyncRawCursor[Row]:
        engine = self._engine.engine
        _, told = engine.dialect.create_connect_args(engine.url)
        told.pop("context", None)  # how SQLAlchemy wants values to be read
        ours = {  # before what the address says of the same, as with the engine's own connections
            "autocommit": True,
            "prepare_threshold": self._threshold,
            "options": _LIMITS,
            "connect_timeout": 5,
        }
        return AsyncRawCursor(await AsyncConnection.connect(**{**told, **ours}))

    async def _keep(self, cursor: AsyncRawCursor[Row], age: int, *, sound: bool = True) -> None:
        idle = cursor.connection.pgconn.transaction_status == TransactionStatus.IDLE
        if sound and idle and age == self._age:
            self._idle.append(cursor)
        else:
            await cursor.connection.close()

    async def _forget(self) -> None:
        """What one connection died of, the others have met as well, those in use too."""
        self._age += 1
        while self._idle:
            await self._idle.pop().connection.close()


def _passes(error: psycopg.Error) -> bool:
    """Whether another connection may do better."""
    if isinstance(error, FeatureNotSupported):  # a plan from before a migration
        return True
    return isinstance(problem_of(error), DatabaseUnavailable)


def problem_of(error: psycopg.Error) -> Problem | None:
    """What a database error means for the caller, or None if it is a defect of ours."""
    if error.sqlstate in BUSY_STATES:
        return Busy()
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseUnavailable(n=5)
    return None
