"""Very many rows of one vendor, made by statements over whole sets from one of each kind."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, text

from tests.factories import crowd_rows as rows

_IDENT = """
CREATE FUNCTION pg_temp.ident(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN (
    '01900000-00' || kind || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
"""
_AROUND = """
SELECT this.vendor_id, this.infobase_id, infobases.uid, memberships.user_id AS owner_id
FROM activations AS this JOIN infobases ON infobases.id = this.infobase_id
JOIN memberships ON memberships.vendor_id = this.vendor_id AND memberships.role = 'owner'
WHERE this.id = :activation_id ORDER BY memberships.id LIMIT 1
"""
_REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(:tables)
AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def make_crowd(connection: Connection, ids: Mapping[str, str]) -> None:
    """100,000 keys, coupons, infobases, downloads, reports and answers; 1,000,000 events.

    `ids` name one of each kind, as `tests.browser.site` does: what is copied, and whose the copies
    of the first page are.
    """
    told = dict(ids) | dict(connection.execute(text(_AROUND), ids).mappings().one())
    connection.execute(text(_IDENT))
    with _without_references(connection), _without_indexes(connection):
        for table in ("entitlements", "install_reports"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in rows.STATEMENTS:
            _run(connection, statement, told)
        for table in ("entitlements", "install_reports"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        _run(connection, "SELECT sum_up_keys(ARRAY[CAST(:key_id AS uuid)])", told)
        _make_room(connection, told)
        _run(connection, rows.LOG, told)


def _make_room(connection: Connection, told: Mapping[str, object]) -> None:
    """The events that there are follow those of the crowd, which are older."""
    connection.execute(text("ALTER TABLE audit_events DISABLE TRIGGER USER"))
    for table in ("audit_events", "audit_heads"):
        later = f"UPDATE {table} SET seq = seq + {rows.EVENTS} WHERE vendor_id = :vendor_id"  # noqa: S608 - all ours
        _run(connection, later, told)
    connection.execute(text("ALTER TABLE audit_events ENABLE TRIGGER USER"))


@contextmanager
def _without_references(connection: Connection) -> Iterator[None]:
    """Checks them once at the end, table by table instead of row by row."""
    found = connection.execute(text(_REFERENCES)).all()
    for table, name, _ in found:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield
    for table, name, definition in found:
        connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Builds those of large tables once at the end, which takes a fraction of the time."""
    found = connection.execute(text(_INDEXES), {"tables": list(rows.LARGE)}).all()
    for name, _ in found:
        connection.execute(text(f"DROP INDEX {name}"))
    yield
    for _, definition in found:
        connection.execute(text(definition))


def _run(connection: Connection, statement: str, told: Mapping[str, object]) -> None:
    query = text(statement)
    connection.execute(query, {name: told[name] for name in query.compile().params})
