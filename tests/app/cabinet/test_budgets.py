"""Lists, cards and the first page at 100,000 keys: few statements, each by an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from tests.factories.crowd import TABLES, ident, make_crowd
from tests.factories.people import Browser

BLOCKS = 1_100
"""What one statement may read: a count goes to its cap of 1,000 rows, each in its own block."""
WHOLE = 15_000
"""Rows of a sequential scan that are no longer the beginning of a table."""
STATEMENTS = {"/customers": 17, "/license-keys": 20, "/coupons": 17, "": 32}
OF_SETS = {
    "/customers?has_expiring=true": 3_000,
    "/license-keys?status=suspended": 5_500,
    "/license-keys?status=empty": 5_000,
    "/license-keys?status=expiring": 6_000,
    "/license-keys?status=blocked": 2_000,
}
"""Filters by what other tables hold: they join all that ends soon, one key in twenty here."""
CARDS = {
    "/customers/{1}": 20,
    "/customers/{1}/products": 20,
    "/customers/{1}/infobases": 20,
    "/customers/{1}/history": 20,
    "/license-keys/{2}": 20,
    "/license-keys/{2}/seats": 20,
    "/license-keys/{2}/coupons": 25,
    "/license-keys/{2}/history": 20,
    "/coupons/{6}": 25,
    "/coupons/batches/{5}": 25,
}
"""Cards and how many statements they may take; numbers are kinds of rows."""
ASKED = (
    "/customers",
    "/customers?sort=-company",
    "/customers?sort=-created_at",
    "/customers?q=клиент+777",
    "/customers?status=blocked",
    "/customers?responsible=Менеджер+7",
    "/customers?has_expiring=true",
    "/customers?email=a77@example.com",
    "/license-keys",
    "/license-keys?hint=00ABC",
    "/license-keys?status=suspended",
    "/license-keys?status=active",
    "/license-keys?status=empty",
    "/license-keys?status=expiring",
    "/license-keys?status=expired",
    "/license-keys?status=blocked",
    "/license-keys?status=revoked",
    "/license-keys?product=warehouse-helper",
    "/license-keys?expires_from=2026-01-01&expires_to=2999-01-01",
    "/license-keys?has_free_seats=true",
    "/license-keys?is_legacy=true",
    "/coupons",
    "/coupons?hint=00ABC",
    "/coupons?status=disabled",
    "/coupons?preset=extend_trial",
    "/coupons?product=warehouse-helper",
    "/coupons?invoice_number=С-77",
    "/coupons?created_from=2026-01-01",
    "/coupons?bound_key_id=01900002-0000-7000-8000-00000000004d",
    "/coupons?bound_customer_id=01900001-0000-7000-8000-00000000004d",
    "",
    "?product=warehouse-helper&days=365",
)


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


@contextmanager
def watched(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Statements with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_):
        seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)


def plan_of(connection: Connection, statement: str, parameters: Any) -> dict[str, Any]:
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    return connection.exec_driver_sql(explain, parameters).scalar()[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def whole_tables(plan: dict[str, Any]) -> list[str]:
    """Large tables that a statement reads through."""
    return [
        node["Relation Name"]
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan"
        and node["Relation Name"] in TABLES
        and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > WHOLE
    ]


def faults(desk: Browser, connection: Connection, path: str, most: int) -> Iterator[str]:
    with watched(connection) as seen:
        answer = desk.get(path)
    if answer.status_code != 200:
        yield f"{path}: {answer.status_code}"
    if len(seen) > most:
        yield f"{path}: {len(seen)} statements"
    for statement, parameters in seen:
        if statement.startswith(("SELECT", "WITH")):
            plan = plan_of(connection, statement, parameters)
            blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            if blocks > OF_SETS.get(path, BLOCKS):
                yield f"{path}: {blocks} blocks: {statement}"
            if path not in OF_SETS:
                yield from (f"{path}: reads through {name}" for name in whole_tables(plan))


def test_pages_stay_within_their_budgets_at_100_000_keys(desk, world, connection):
    make_crowd(connection, world)
    found = []
    for path in ASKED:
        found += faults(desk, connection, path, STATEMENTS[path.partition("?")[0]])
    for card, most in CARDS.items():
        path = card
        for kind in range(1, 7):
            path = path.replace(f"{{{kind}}}", str(ident(kind, 77)))
        found += faults(desk, connection, path, most)
    assert found == []


def test_a_scan_of_a_whole_table_is_noticed(world, connection):
    make_crowd(connection, world)
    plan = plan_of(connection, "SELECT count(*) FROM license_keys WHERE comment <> ''", {})
    assert whole_tables(plan) == ["license_keys"]


@pytest.mark.parametrize("path", ["/customers", "/license-keys", "/coupons", "/coupons/batches"])
def test_more_rows_take_no_more_statements(desk, world, session, statements, path):
    world.coupon(bound_key_id=world.key.id)
    session.commit()
    with statements() as few:
        desk.get(path)
    for number in range(5):
        key, _ = world.another_key(world.another_customer(f"ООО «{number}»"))
        world.coupon(bound_key_id=key.id)
    session.commit()
    with statements() as more:
        desk.get(path)
    assert len(more) == len(few)
