"""Runs revisions one transaction each, under an advisory lock and with bounded waits."""

import time

from alembic import context
from sqlalchemy import Connection, text

import app.accounts.models
import app.audit.models
import app.catalog.models
import app.coupons.models
import app.customers.models
import app.delivery.models
import app.kit.idempotency
import app.kit.outbox
import app.kit.schedules
import app.kit.throttle
import app.licensing.models
import app.trust.models  # noqa: F401 - the imports fill the metadata
from app.kit.config import Settings
from app.kit.db import Base, make_engine

# Any constant will do, as long as it is ours alone: "podkluch" in ASCII.
ADVISORY_LOCK = 0x706F646B6C756368
PAUSE = 0.2  # seconds


def wait_for_lock(connection: Connection) -> None:
    """Waits between questions: a transaction that waits would hold up indexes built meanwhile."""
    ours = text("SELECT pg_try_advisory_lock(:key)")
    while not connection.scalar(ours, {"key": ADVISORY_LOCK}):
        connection.commit()
        time.sleep(PAUSE)
    connection.commit()


def run(connection: Connection) -> None:
    """One migration run on an open connection."""
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '5s'"))
    connection.commit()
    wait_for_lock(connection)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
    connection.commit()


engine = make_engine(context.config.attributes["url"], Settings(environment="test", threads=1))
try:
    with engine.connect() as connection:
        run(connection)
finally:
    engine.dispose()
