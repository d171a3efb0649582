"""What has served its time goes, in small steps, and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from app.kit import sweeping
from app.kit.db import Base, UnitOfWork, make_engine, new_id, transaction
from app.kit.idempotency import IdempotentAnswer
from app.kit.sweeping import sweep
from app.kit.throttle import Limit, ThrottleBucket, count
from app.upkeep.sweep import run
from tests.factories.clock import NOON

pytestmark = pytest.mark.usefixtures("noon")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def answer(name: str, expires_at: datetime) -> dict[str, object]:
    told = {"id": new_id(), "principal": "key:1", "key": name, "route": "POST /", "status": 200}
    told |= {"body_sha256": b"", "media_type": None, "sealed_body": b"", "created_at": NOON}
    return told | {"expires_at": expires_at}


def bucket(name: str, updated_at: datetime) -> dict[str, object]:
    return {"name": name, "tokens": 1, "updated_at": updated_at}


@pytest.fixture
def left(session: UnitOfWork) -> Callable[[], set[str]]:
    def names() -> set[str]:
        rows = (IdempotentAnswer.key, ThrottleBucket.name)
        return {name for column in rows for name in session.scalars(select(column))}

    return names


def rows_of(session: UnitOfWork, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def cleared(engine, kit) -> list[int]:
    """How many rows each transaction cleared, those aside that found nothing to clear."""
    return [count for count in run(engine, kit) if count]


def test_what_is_over_goes_and_what_may_be_asked_for_stays(session, left):
    told = [answer("over", NOON - HOUR), answer("fresh", NOON + HOUR), answer("just", NOON)]
    session.execute(insert(IdempotentAnswer), told)
    told = [bucket("full", NOON - DAY - HOUR), bucket("filling", NOON - DAY + HOUR)]
    session.execute(insert(ThrottleBucket), told)
    assert sweep(session, NOON) == 2
    assert left() == {"fresh", "just", "filling"}
    assert sweep(session, NOON) == 0


def test_a_bucket_that_went_was_full_again(connection, kit, session, clock):
    """Without it the same number of failures passes as with it."""
    limit = Limit("unknown_coupon", 30, 86_400)
    for _ in range(30):
        count(connection, kit, [limit], "203.0.113.0/24")
    clock.pass_(days=1, minutes=10)
    assert sweep(session, session.now()) == 1
    session.commit()
    for _ in range(30):
        count(connection, kit, [limit], "203.0.113.0/24")


def test_it_goes_in_steps_until_nothing_is_left(connection, kit, session, monkeypatch):
    monkeypatch.setattr(sweeping, "BATCH", 2)
    told = [answer(f"K{n}", NOON - HOUR) for n in range(5)]
    session.execute(insert(IdempotentAnswer), told)
    session.execute(insert(ThrottleBucket), [bucket("full", NOON - 2 * DAY)])
    session.commit()
    assert cleared(connection, kit) == [3, 2, 1]
    assert rows_of(session, IdempotentAnswer) == rows_of(session, ThrottleBucket) == 0


def test_a_row_that_somebody_holds_is_left_to_him(clone_database, settings, kit):
    engine = make_engine(clone_database(), settings)
    with transaction(engine, kit) as session:
        told = [answer("held", NOON - HOUR), answer("over", NOON - HOUR)]
        session.execute(insert(IdempotentAnswer), told)
    with engine.connect() as other:
        held = select(IdempotentAnswer.key).where(IdempotentAnswer.key == "held")
        other.execute(held.with_for_update())
        assert cleared(engine, kit) == [1]
        other.rollback()
    assert cleared(engine, kit) == [1]
    engine.dispose()
