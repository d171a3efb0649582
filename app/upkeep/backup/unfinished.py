"""The mark of a restoration that is not finished: no server starts on such a database."""

from typing import Final

from sqlalchemy import Engine, text

from app.kit.db import Kit, KitSession, UnitOfWork, reading, transaction

_TABLE: Final = "restore_unfinished"


def mark(engine: Engine, kit: Kit, backup: str) -> None:
    """From now on this database is being restored from a backup."""
    with transaction(engine, kit) as session:
        session.execute(text(f"CREATE TABLE {_TABLE} (backup text NOT NULL)"))
        session.execute(
            text(f"INSERT INTO {_TABLE} VALUES (:backup)"),  # noqa: S608 - a constant of ours
            {"backup": backup},
        )


def unmark(session: UnitOfWork) -> None:
    """Part of the transaction that finishes it."""
    session.execute(text(f"DROP TABLE {_TABLE}"))


def marked(session: KitSession) -> str | None:
    """The backup whose restoration was begun here and not finished."""
    if session.scalar(text("SELECT to_regclass(:table)"), {"table": _TABLE}) is None:
        return None
    return str(session.scalars(text(f"SELECT backup FROM {_TABLE}")).one())  # noqa: S608 - as above


def is_empty(session: KitSession) -> bool:
    """Whether nothing of anybody's is in the database."""
    found = text(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')"
        " AND c.relname <> :table"
    )
    return not session.scalar(found, {"table": _TABLE})


def state(engine: Engine, kit: Kit) -> tuple[str | None, bool]:
    """The mark, and whether the database is empty but for it."""
    with reading(engine, kit) as session:
        return marked(session), is_empty(session)
