"""The whole database as text: what a test compares before and after, and searches for secrets."""

from sqlalchemy import Connection, text


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, as PostgreSQL itself writes it."""
    names = connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ).all()
    return {
        name: sorted(connection.scalars(text(f'SELECT CAST(t AS text) FROM "{name}" t')).all())  # noqa: S608 - a name from the catalogue
        for name in names
    }
