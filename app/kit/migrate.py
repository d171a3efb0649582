"""Brings a database to the schema of this code; the only module of `app` that loads alembic."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.kit.resources import folder

Indexes = Mapping[str, tuple[str, Sequence[str], str | None]]
"""By their names: the table, its columns, and which of its rows, if not all."""
_INVALID = """
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid)
"""
PART = 5_000
"""Rows whose locks a step of a revision holds at once."""
_NEXT = (
    "SELECT array_agg(id) FROM (SELECT id FROM {} WHERE id > :last ORDER BY id LIMIT :part) part"
)


class MigrationError(RuntimeError):
    """The revisions do not lead from where the database is, as when it is newer than we are."""


def configuration(url: str) -> Config:
    """Alembic's configuration for one database; the folder is found wherever we are installed."""
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def is_known(url: str, revision: str) -> bool:
    """Whether this code has a revision: a newer program's it has not."""
    try:
        ScriptDirectory.from_config(configuration(url)).get_revision(revision)
    except CommandError:
        return False
    return True


def upgrade(url: str, revision: str = "head") -> None:
    """Runs all missing revisions under an advisory lock, one transaction each."""
    try:
        command.upgrade(configuration(url), revision)
    except CommandError as error:
        raise MigrationError(str(error)) from error


def downgrade(url: str, revision: str) -> None:
    """Takes revisions back, for the test that every one of them can be."""
    command.downgrade(configuration(url), revision)


def check(url: str) -> None:
    """Raises if the models say something that no revision has written."""
    command.check(configuration(url))


def build_indexes(wanted: Indexes, using: str = "btree") -> None:
    """Builds them while the tables are read and written, outside the revision's transaction.

    A revision that was interrupted here begins again and finds the finished ones.
    """
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")
        op.execute("SET lock_timeout = 0")  # it waits for others, who do not wait for it
        for name, (table, columns, rows) in wanted.items():
            if op.get_bind().scalar(text(_INVALID), {"name": name}):
                op.execute(f"DROP INDEX CONCURRENTLY {name}")
            op.create_index(
                name,
                table,
                list(columns),
                if_not_exists=True,
                postgresql_where=rows and text(rows),
                postgresql_using=using,
                postgresql_concurrently=True,
            )
        op.execute("RESET statement_timeout")
        op.execute("RESET lock_timeout")


def in_parts(table: str, statement: str) -> None:
    """Runs a statement over the `:ids` of a table, each part a commit of its own.

    Whoever waits for a row waits for one part; a revision that was interrupted begins again.
    """
    following, last = text(_NEXT.format(table)), UUID(int=0)
    step = text(statement).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        while ids := connection.scalar(following, {"last": last, "part": PART}):
            connection.execute(step, {"ids": ids})
            last = max(ids)


def drop_indexes(gone: Indexes) -> None:
    """Drops them without stopping those who work with the tables."""
    with op.get_context().autocommit_block():
        for name, (table, _, _) in gone.items():
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
