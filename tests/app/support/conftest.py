"""How PostgreSQL would read what a query asks for."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Connection, event, text


@pytest.fixture
def plans(connection: Connection) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collects the plans of the SELECTs inside a `with`, made as for tables too long to scan."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        seen: list[str] = []

        def explain(_connection, cursor, statement, parameters, *_):
            if statement.lstrip().startswith(("SELECT", "WITH")):
                with cursor.connection.cursor() as own:
                    own.execute(f"EXPLAIN {statement}", parameters)
                    seen.append("\n".join(row[0] for row in own.fetchall()))

        connection.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(connection, "before_cursor_execute", explain)
        try:
            yield seen
        finally:
            event.remove(connection, "before_cursor_execute", explain)

    return collect
