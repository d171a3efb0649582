"""What becomes of downloads that nobody finished, and of records that are too old."""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, select, update

from app.delivery.models import Download, DownloadSlot, DownloadStatus, InstallReport
from app.kit.db import UnitOfWork

KEPT: Final = timedelta(days=400)
"""How long downloads and reports are remembered; the audit chain is never cut."""
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
    """Downloads and reports that were kept long enough; how many, a part at a time."""
    before = session.now() - KEPT
    tables = [_table(model) for model in (Download, InstallReport)]
    return sum(
        session.change(delete(table).where(_first(table, table.c.created_at < before)))
        for table in tables
    )


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
