"""Pages by key, newest first, with cursors that know the filter they belong to."""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Self, TypeVar

from sqlalchemy import Date, Select, cast, func
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.db import KitSession
from app.kit.fields import PAGE_DEFAULT, PAGE_MAX, ListQuery
from app.kit.i18n import N_
from app.kit.problems import Problem, plain

LIMIT_MAX = PAGE_MAX
LIMIT_DEFAULT = PAGE_DEFAULT
_CURSOR_MAX = 200  # ours have about a hundred symbols; nobody nests JSON in so few

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
        if self.cursor is None:
            return None
        if len(self.cursor) > _CURSOR_MAX:
            raise CursorInvalid
        try:
            text = base64.urlsafe_b64decode(self.cursor.encode() + b"==")
            member = json.loads(text)
            last, belongs = uuid.UUID(str(member["id"])), member["f"]
        except (ValueError, KeyError, TypeError):
            raise CursorInvalid from None
        if belongs != self._digest():
            raise CursorInvalid
        return last

    def next_after(self, last: uuid.UUID) -> str:
        """The cursor behind a row."""
        text = json.dumps({"id": str(last), "f": self._digest()}, separators=(",", ":"))
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
) -> Rows[R]:
    """A page of rows with their ids descending: UUIDv7 ids grow with time."""
    after = page.after()
    if after is not None:
        query = query.where(column < after)
    rows = session.scalars(query.order_by(column.desc()).limit(page.limit + 1)).all()
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    return Rows(shown, page.next_after(getattr(shown[-1], column.key)) if more else None)


def created_within(
    query: Select[R], column: InstrumentedAttribute[datetime], asked: ListQuery, zone: str
) -> Select[R]:
    """Only rows of the days that the list is asked for, as the zone counts days."""
    day = cast(func.timezone(zone, column), Date)
    if asked.created_from is not None:
        query = query.where(day >= asked.created_from)
    if asked.created_to is not None:
        query = query.where(day <= asked.created_to)
    return query
