"""Level A: how many statements a request takes, and what each of them reads; no clock is asked."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from fastapi.testclient import TestClient
from psycopg import sql
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer

from tests.bench.asking import ROUTES, sent
from tests.bench.dataset import LARGE
from tests.bench.load import Request
from tests.bench.measure import BrokenRunError, Figure, Interval
from tests.bench.store import Base
from tests.factories.application import an_app
from tests.factories.plans import Node, blocks, nodes

SORTED = 1_000
"""Rows that may be put in order for one answer."""
_VERBS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
PATIENCE = 60
"""Seconds until a catalogue is built, however busy the machine is."""
PLANS = ("force_custom_plan", "force_generic_plan")


@dataclass(frozen=True, slots=True)
class Statement:
    """What was asked of the database, by whichever driver."""

    text: str
    parameters: Any
    query: type[PostgresQuery] = PostgresQuery
    """How the driver reads the text: with its own placeholders, or with the server's."""

    @property
    def reads(self) -> bool:
        return self.text.startswith(("SELECT", "WITH"))


@contextmanager
def asked() -> Iterator[list[Statement]]:
    """The statements of this process meanwhile, but for transactions and settings."""
    seen: list[Statement] = []
    originals = {kind: kind.execute for kind in (psycopg.Cursor, psycopg.AsyncCursor)}

    def noting(original):
        def execute(cursor, query, params=None, **more):
            text = query if isinstance(query, str) else _text(query, cursor)
            if text.lstrip().startswith(_VERBS):
                seen.append(Statement(text.strip(), params, cursor._query_cls))
            return original(cursor, query, params, **more)

        return execute

    for kind, original in originals.items():
        kind.execute = noting(original)
    try:
        yield seen
    finally:
        for kind, original in originals.items():
            kind.execute = original


def _text(query: Any, cursor: Any) -> str:
    return query.decode() if isinstance(query, bytes) else query.as_string(cursor)


def plan_of(connection: psycopg.Connection, statement: Statement, mode: str) -> Node:
    """What was done for it, measured, with a plan made for its values or for any."""
    query = statement.query(Transformer(connection))
    query.convert(statement.text, statement.parameters)
    connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
    types = ", ".join(
        connection.execute("SELECT %s::oid::regtype::text", [oid]).fetchone()[0]
        if oid
        else "unknown"
        for oid in query.types
    )
    listed = f"({types})" if types else ""
    connection.execute(f"PREPARE measured {listed} AS {query.query.decode()}")
    values = sql.SQL(", ").join(map(sql.Literal, _values(statement, query)))
    given = sql.SQL("({})").format(values) if types else sql.SQL("")
    explain = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE measured ") + given
    for _ in range(2):  # of the first one, what a connection looks up once in its life
        found = connection.execute(explain).fetchone()[0][0]["Plan"]
    connection.execute("DEALLOCATE measured")
    return found


def _values(statement: Statement, query: PostgresQuery) -> Sequence[Any]:
    if isinstance(statement.parameters, Mapping):
        return [statement.parameters[name] for name in query._order or ()]
    return list(statement.parameters or ())


def forbidden(plan: Node) -> Iterator[str]:
    """Large tables that are read through, and sorts of more than an answer needs."""
    for node in nodes(plan):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
            yield f"reads through {node['Relation Name']}"
        if node["Node Type"] == "Sort" and node["Plans"][0]["Actual Rows"] > SORTED:
            yield f"sorts {node['Plans'][0]['Actual Rows']:.0f} rows"


@dataclass(frozen=True, slots=True)
class Budget:
    """What one route takes, at most of all keys that were tried."""

    statements: int
    blocks: int
    bytes: int
    faults: tuple[str, ...]
    texts: tuple[str, ...]


def budgets(base: Base, keys: Sequence[int]) -> dict[str, Budget]:
    """Of the reads of agents; a first round lets processes and the check log remember."""
    with base.engine() as engine, TestClient(an_app(engine, base.kit)) as client:
        client.headers.clear()
        return {route: _budget(base, client, route, keys) for route in ROUTES}


def _budget(base: Base, client: TestClient, route: str, keys: Sequence[int]) -> Budget:
    counts, sizes, seen = [], [], []
    for key in keys:
        wanted = ROUTES[route](base, key)
        _settled(client, wanted)
        with asked() as statements:
            answer = sent(client, wanted)
        if answer.status_code != wanted.status:
            raise BrokenRunError(f"{route} of key {key}: {answer.status_code}")
        counts.append(len(statements))
        sizes.append(len(answer.content))
        seen.append([each for each in statements if each.reads])
    most, faults = _read(base, seen)
    texts = tuple(dict.fromkeys(each.text for each in seen[0]))
    return Budget(max(counts), most, max(sizes), tuple(sorted(faults)), texts)


def _settled(client: TestClient, wanted: Request) -> None:
    """Asks until nothing is left to be built: on a busy machine a first answer may be 503."""
    for _ in range(PATIENCE):
        if sent(client, wanted).status_code == wanted.status:
            return
        time.sleep(1)
    raise BrokenRunError(f"no answer but {sent(client, wanted).status_code}")


def _read(base: Base, seen: Sequence[Sequence[Statement]]) -> tuple[int, set[str]]:
    """The most blocks that one request read, and what no plan may do, under both kinds of plans."""
    most, faults = 0, set()
    with psycopg.connect(base.dataset.url) as connection:
        for statements in seen:
            for mode in PLANS:
                plans = [plan_of(connection, each, mode) for each in statements]
                most = max(most, sum(map(blocks, plans)))
                faults |= {fault for plan in plans for fault in forbidden(plan)}
            connection.rollback()
    return most, faults


def figures(small: dict[str, Budget], large: dict[str, Budget]) -> Iterator[Figure]:
    """Of two sizes: the budgets of the larger, and how they grew."""
    for route, budget in large.items():
        raw = {"bytes": budget.bytes, "texts": budget.texts}
        yield exact(f"{route}.statements", budget.statements, **raw)
        yield exact(f"{route}.blocks", budget.blocks)
        yield exact(f"growth.{route}.blocks", budget.blocks / small[route].blocks)
        yield exact(f"growth.{route}.bytes", budget.bytes / small[route].bytes)
    faults = [fault for each in large.values() for fault in each.faults]
    yield exact("reads.forbidden", len(faults), faults=faults)


def exact(name: str, value: float, level: str = "A", **raw: object) -> Figure:
    """A figure without rounds."""
    return Figure(name, level, Interval.exactly(value), raw=raw)
