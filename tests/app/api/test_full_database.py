"""A database without room for one more row: said on every route, and nothing half written."""

import pytest
from sqlalchemy import Connection, text

from app.kit.db import Base
from tests.factories.office_calls import program_calls
from tests.factories.requests import Call, calls
from tests.raising import done, undoing

pytestmark = [
    pytest.mark.fault,
    pytest.mark.usefixtures("noon"),
    pytest.mark.in_process("fills the disk by triggers, which no server takes back"),
]
FULL_DISK = 503, "DATABASE_UNAVAILABLE"
FULL = """
CREATE SEQUENCE writes;
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('writes') > {room} THEN
        RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
    END IF;
    RETURN NULL;
END $$
"""


def fill(connection: Connection, room: int = 0) -> None:
    """PostgreSQL's own error of a full volume at whatever would write, after so many writes."""
    connection.execute(text(FULL.format(room=room)))
    for table in Base.metadata.sorted_tables:
        event = f'CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON "{table.name}"'
        connection.execute(text(f"{event} EXECUTE FUNCTION disk_full()"))


def writing(office) -> dict[str, Call]:
    every = calls(office) | program_calls(office)
    return {route: call for route, call in every.items() if call.method not in {"GET", "HEAD"}}


def test_every_route_that_writes_says_so_and_works_again_afterwards(client, connection, office):
    refused, read_only = set(), set()
    for route, call in writing(office).items():
        with undoing(connection, office):
            fill(connection)
            before = done(connection)
            answer = call.send(client, office)
            assert done(connection) == before, route
        if answer.is_success:
            read_only.add(route)
            continue
        assert (answer.status_code, answer.json()["code"]) == FULL_DISK, route
        assert int(answer.headers["retry-after"]) > 0
        refused.add(route)
        with undoing(connection, office):
            assert call.send(client, office).is_success, route
    assert len(refused) > 40
    assert read_only == READS, "a route wrote nothing, though it is there to write"


def test_a_disk_that_fills_in_the_middle_of_a_request_keeps_nothing_of_it(
    client, connection, office, pytestconfig
):
    rooms = {"ci": [4], "campaign": range(1, 11)}[pytestconfig.getoption("--fault-profile")]
    for room in rooms:
        refused = 0
        for route, call in writing(office).items():
            with undoing(connection, office):
                fill(connection, room)
                before = done(connection)
                answer = call.send(client, office)
                if answer.is_success:
                    continue  # it writes no more than that
                assert (answer.status_code, answer.json()["code"]) == FULL_DISK, route
                assert done(connection) == before, route
            refused += 1
        assert refused, room


READS = {
    "POST /vendor/customers/{customer_id}/unblock",  # who is not blocked
    "POST /vendor/compatibility/evaluate",
    "POST /offers",
    "POST /license-checks",
    "POST /vendor/coupons/find",
    "POST /vendor/license-keys/find",
}
"""Routes that only look, or find nothing to change."""
