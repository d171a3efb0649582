"""The statements of the event loop's routes on a test's own connection, inside its transaction."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


class OneConnection:
    """As `app.kit.pool.Pool`, where what a test has written is not committed."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection

    async def row(self, query: str, parameters: Sequence[object]):
        found = self._run(query, parameters).one_or_none()
        return None if found is None else tuple(found)

    async def write(self, query: str, parameters: Sequence[object]) -> None:
        self._run(query, parameters)

    async def close(self) -> None:
        pass

    def _run(self, query: str, parameters: Sequence[object]):
        named = re.sub(r"\$(\d+)", r"%(p\1)s", query)
        values = {f"p{number}": value for number, value in enumerate(parameters, 1)}
        try:
            with self._connection.begin_nested():
                return self._connection.exec_driver_sql(named, values)
        except DBAPIError as error:
            raise error.orig from error
