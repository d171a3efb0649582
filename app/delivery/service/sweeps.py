"""What becomes of downloads that nobody finished, and of records that are too old."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, func, literal, select, update

from app.accounts.models import Vendor
from app.delivery.models import Download, DownloadSlot, DownloadStatus, InstallReport
from app.kit.db import UnitOfWork, UtcDateTime

SHORTEST: Final = timedelta(days=30)
"""How long downloads and reports are remembered at least; each vendor says how long really."""
_PART: Final = 1_000


def abort_expired(session: UnitOfWork) -> int:
    """Rights whose day is over and that nobody reported as completed; how many, a part at a time.

    No act of anybody: the passing of time is not audited, so this goes by the table.
    """
    table = _table(Download)
    open_ends = (DownloadStatus.ISSUED, DownloadStatus.STARTED)
    over = table.c.status.in_(open_ends), table.c.expires_at <= session.now()
    values = {"status": DownloadStatus.ABORTED.value}
    return session.change(update(table).where(_first(table, *over)).values(values))


def forget_old(session: UnitOfWork) -> int:
    """Downloads and reports that were kept long enough; how many, a part at a time.

    The audit chain is never cut.
    """
    tables = [_table(model) for model in (Download, InstallReport)]
    return sum(
        session.change(delete(table).where(_first(table, *_old(table, session.now()))))
        for table in tables
    )


def _old(table: Table, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Older than its vendor keeps; the first condition is one that an index answers."""
    days = (
        select(func.make_interval(0, 0, 0, Vendor.retention_days))
        .where(Vendor.id == table.c.vendor_id)
        .scalar_subquery()
    )
    created = table.c.created_at
    return created < now - SHORTEST, created < literal(now, UtcDateTime) - days


def free_slots(session: UnitOfWork) -> int:
    """Slots that were let go or lost; how many."""
    free = DownloadSlot.held_until <= session.now()
    return session.change(delete(DownloadSlot).where(free))


def _table(model: type[Download | InstallReport]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - mapped to a table, not to a query
    return table


def _first(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    part = select(table.c.id).where(*conditions).order_by(table.c.created_at, table.c.id)
    return table.c.id.in_(part.limit(_PART).with_for_update(skip_locked=True))
