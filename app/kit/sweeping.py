"""What has served its time: answers kept for repeated requests, buckets that are full again."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.db import Base, UnitOfWork
from app.kit.idempotency import IdempotentAnswer
from app.kit.throttle import LONGEST, ThrottleBucket

BATCH = 1_000
"""Rows of a table that one transaction deletes: it is short, whatever has piled up."""
_LATE = timedelta(minutes=10)  # longer than any request takes and than clocks of hosts differ


def sweep(session: UnitOfWork, now: datetime) -> int:
    """Deletes the next batch of either kind and says how many rows; 0 when nothing is left."""
    past = now - _LATE
    answer, bucket = IdempotentAnswer, ThrottleBucket
    deleted = _delete(session, answer, answer.id, answer.expires_at <= past)
    # In the longest time any bucket has filled up again, and a full one is as good as none.
    return deleted + _delete(session, bucket, bucket.name, bucket.updated_at <= past - LONGEST)


def _delete(
    session: UnitOfWork,
    table: type[Base],
    key: InstrumentedAttribute[Any],
    expired: ColumnElement[bool],
) -> int:
    """Rows that a request holds right now are in use again, and nobody waits for them."""
    rows = select(key).where(expired).limit(BATCH).with_for_update(skip_locked=True)
    statement = delete(table).where(key.in_(rows.scalar_subquery()))
    return session.change(statement.execution_options(synchronize_session=False))
