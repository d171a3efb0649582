"""How PostgreSQL answers what a page asks: its statements, and what each of them reads."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event

WHOLE = 15_000
"""Rows of a sequential scan that are no longer the beginning of a table."""
SORTED = 3_000
"""Rows that may be put in order for a page: no more than happen in two days."""
_VERBS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A statement with its parameters."""

    statement: str
    parameters: Any

    def plan(self, connection: Connection) -> Node:
        """What was done for it, measured."""
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {self.statement}"
        return connection.exec_driver_sql(explain, self.parameters).scalar()[0]["Plan"]


@contextmanager
def told(engine: Engine | Connection) -> Iterator[list[Told]]:
    """The statements that are run meanwhile, but for transactions and settings."""
    seen: list[Told] = []

    def note(_connection, _cursor, statement, parameters, *_):
        if statement.lstrip().startswith(_VERBS):
            seen.append(Told(statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def blocks(plan: Node) -> int:
    """How many pages of the database were looked at."""
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def faults_of(plan: Node, large: Collection[str]) -> Iterator[str]:
    """Large tables that are read through, and sorts of more than a page needs."""
    for node in nodes(plan):
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large and rows > WHOLE:
            yield f"reads through {node['Relation Name']}"
        if node["Node Type"] == "Sort" and node["Plans"][0]["Actual Rows"] > SORTED:
            yield f"sorts {node['Plans'][0]['Actual Rows']:.0f} rows by {node['Sort Key']}"


def nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
