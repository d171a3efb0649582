"""Pages by key, newest first, with cursors that know the filter they belong to."""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.clock import day_end, day_start
from app.kit.db import KitSession
from app.kit.fields import PAGE_DEFAULT, PAGE_MAX, ListQuery, is_text
from app.kit.i18n import N_
from app.kit.problems import Problem, plain

LIMIT_MAX = PAGE_MAX
LIMIT_DEFAULT = PAGE_DEFAULT
CAP = 1_000
EVERY = 1_000_000_000
"""A cap that no list reaches: every row is counted."""
NOBODYS = uuid.UUID(int=0)
"""An id that nothing has: what a list is narrowed by where a name names nothing."""
_CURSOR_MAX = 1_000  # ours have about a hundred symbols, and the value of one field

R = TypeVar("R")


class CursorInvalid(Problem):
    """Edited, or taken from another query."""

    code, title, status = "CURSOR_INVALID", N_("The cursor does not fit this query"), 400
    action = "fix_input"


@dataclass(frozen=True, slots=True)
class Page:
    """What a list is asked for: how many rows, after which cursor, under which filter."""

    limit: int = LIMIT_DEFAULT
    cursor: str | None = None
    filters: Mapping[str, object] | None = None

    @classmethod
    def of(cls, asked: ListQuery) -> Self:
        """The page that a list is asked for."""
        return cls(asked.limit, asked.cursor, {"": type(asked).__name__} | asked.filters())

    def after(self) -> uuid.UUID | None:
        """The id that the page begins behind."""
        place = self.place()
        return place[1] if place else None

    def place(self) -> tuple[object, uuid.UUID] | None:
        """The value and the id that the page begins behind."""
        if self.cursor is None:
            return None
        if len(self.cursor) > _CURSOR_MAX:
            raise CursorInvalid
        try:
            text = base64.urlsafe_b64decode(self.cursor.encode() + b"==")
            member = json.loads(text)
            last, belongs = uuid.UUID(str(member["id"])), member["f"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CursorInvalid from None
        if belongs != self._digest():
            raise CursorInvalid
        return member.get("v"), last

    def instant(self) -> tuple[datetime | None, uuid.UUID | None]:
        """The instant and the id that a page by time begins behind."""
        place = self.place()
        if place is None:
            return None, None
        try:
            at = datetime.fromisoformat(str(place[0]))
        except ValueError:
            raise CursorInvalid from None
        if at.tzinfo is None:
            raise CursorInvalid
        return at, place[1]

    @property
    def is_of_days(self) -> bool:
        """Whether a period was asked for."""
        return not {"created_from", "created_to"}.isdisjoint(self.filters or ())

    def next_after(self, last: uuid.UUID, value: object = None) -> str:
        """The cursor behind a row; `value` is what the list is ordered by, if not by the id."""
        told = {"id": str(last), "f": self._digest()} | ({} if value is None else {"v": value})
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _digest(self) -> str:
        given = {name: plain(value) for name, value in (self.filters or {}).items()}
        text = json.dumps(given, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """The rows of a page, and the cursor of the next one if there is one."""

    rows: Sequence[R]
    next_cursor: str | None


def newest_first(
    session: KitSession,
    query: Select[R],
    column: InstrumentedAttribute[uuid.UUID],
    page: Page,
    *,
    by_time: bool = False,
) -> Rows[R]:
    """A page of rows with their ids descending: UUIDv7 ids grow with time.

    `by_time`, and always where days are asked for: by the instant first, which is what the index
    of those rows begins with.
    """
    order: list[InstrumentedAttribute[Any]] = [column]
    after: list[object] = [page.after()]
    if by_time or page.is_of_days:
        order, after = [column.class_.created_at, column], list(page.instant())
    if page.cursor is not None:
        query = query.where(tuple_(*order) < tuple_(*after))
    rows = session.scalars(
        query.order_by(*(each.desc() for each in order)).limit(page.limit + 1)
    ).all()
    shown = rows[: page.limit]
    if len(rows) <= page.limit:
        return Rows(shown, None)
    *at, last = (getattr(shown[-1], each.key) for each in order)
    return Rows(shown, page.next_after(last, at[0].isoformat() if at else None))


def oldest_first(
    session: KitSession,
    query: Select[R],
    column: InstrumentedAttribute[uuid.UUID],
    page: Page,
) -> Rows[R]:
    """A page of rows with their ids ascending."""
    after = page.after()
    if after is not None:
        query = query.where(column > after)
    rows = session.scalars(query.order_by(column).limit(page.limit + 1)).all()
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    return Rows(shown, page.next_after(getattr(shown[-1], column.key)) if more else None)


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: a column that is never null in it, then the id; in one direction."""

    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[uuid.UUID]
    descending: bool = False
    read: Callable[[str], object] = str
    """What the column holds, of its text; ValueError where it is none."""

    def place(self, page: Page) -> tuple[object, uuid.UUID] | None:
        """Behind which value and id a page begins."""
        place = page.place()
        if place is None:
            return None
        if not isinstance(place[0], str) or not is_text(place[0]):
            raise CursorInvalid
        try:
            return self.read(place[0]), place[1]
        except ValueError:
            raise CursorInvalid from None


def in_order(session: KitSession, query: Select[R], order: Order, page: Page) -> Rows[R]:
    """A page of rows by a column, as its index has them."""
    columns, place = (order.column, order.id), order.place(page)
    if place is not None:
        behind = (
            tuple_(*columns) < tuple_(*place)
            if order.descending
            else tuple_(*columns) > tuple_(*place)
        )
        query = query.where(behind)
    ordered = query.order_by(*(each.desc() if order.descending else each for each in columns))
    rows = session.scalars(ordered.limit(page.limit + 1)).all()
    shown = rows[: page.limit]
    if len(rows) <= page.limit:
        return Rows(shown, None)
    last, value = (getattr(shown[-1], each.key) for each in (order.id, order.column))
    return Rows(shown, page.next_after(last, plain(value)))


def capped(session: KitSession, query: Select[Any], cap: int = CAP) -> int:
    """How many rows there are; one more than the cap means: more than that."""
    return capped_sum(session, [query], cap)


def capped_sum(session: KitSession, queries: Sequence[Select[Any]], cap: int = CAP) -> int:
    """How many rows there are in queries that share none, likewise; in one statement."""
    one = literal(1).label("one")
    some = [query.with_only_columns(one).order_by(None).limit(cap + 1) for query in queries]
    every = some[0] if len(some) == 1 else union_all(*(select(part.subquery()) for part in some))
    found = session.scalar(select(func.count()).select_from(every.subquery())) or 0
    return min(found, cap + 1)


def created_within(
    query: Select[R], column: InstrumentedAttribute[datetime], asked: ListQuery, zone: str
) -> Select[R]:
    """Only rows of the days that the list is asked for, as the zone counts days."""
    return query.where(*within_days(column, asked, zone))


def within_days(
    column: InstrumentedAttribute[datetime], asked: ListQuery, zone: str
) -> list[ColumnElement[bool]]:
    """The days as instants, which an index of the column can be asked for."""
    wanted: list[ColumnElement[bool]] = []
    if asked.created_from is not None:
        wanted.append(column >= day_start(asked.created_from, zone))
    if asked.created_to is not None:
        wanted.append(column < day_end(asked.created_to, zone))
    return wanted
