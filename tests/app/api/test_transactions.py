"""What a request does to the database: one transaction, one connection, and its events."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, select

from app.audit.models import AuditEvent
from app.kit.config import Settings
from app.kit.db import Kit, make_engine, reading, transaction
from app.main import create_app
from tests.asgi import exchange, scope_of
from tests.factories.requests import API, Stage, calls, make_stage

pytestmark = pytest.mark.in_process("watches transactions and connections from inside")

# What each request leaves in the record when it is sent, and when it is sent again.
EVENTS: dict[str, tuple[list[str], list[str]]] = {
    "GET /information": ([], []),
    "POST /license-checks": ([], []),
    "POST /offers": ([], []),
    "GET /eulas/{eula_id}": ([], []),
    "POST /eula-acceptances": ([], []),  # the stage has accepted it
    "POST /activations": (["activation.created"], ["activation.created"]),  # a fresh token each
    "POST /redemptions/preview": ([], []),
    "POST /redemptions": (["entitlement.updated", "coupon.redeemed"], []),
    "POST /downloads": (["download.issued"], ["download.issued"]),
    "GET /artifacts/{sha256}": (["download.started"], []),
    "HEAD /artifacts/{sha256}": ([], []),
    "POST /install-reports": (["extension.installed", "download.completed"], []),
}
READS = ["GET /eulas/{eula_id}"]
ON_THE_LOOP = ["POST /license-checks", "POST /offers"]
"""Single statements on connections of their own."""
SECRET_ALONE = ["GET /artifacts/{sha256}", "HEAD /artifacts/{sha256}"]


@dataclass
class Server:
    """The application on one connection, whose beginnings and ends are written down."""

    engine: Engine
    client: TestClient
    stage: Stage
    kit: Kit
    told: list[str]

    def send(self, route: str) -> list[str]:
        self.told.clear()
        assert calls(self.stage)[route].send(self.client, self.stage).is_success
        return list(self.told)

    def events(self) -> list[str]:
        with reading(self.engine, self.kit) as session:
            found = select(AuditEvent.action).order_by(AuditEvent.vendor_id, AuditEvent.seq)
            return list(session.scalars(found))


@pytest.fixture
def server(clone_database: Callable[[], str], kit: Kit) -> Iterator[Server]:
    engine = make_engine(clone_database(), Settings(environment="test", threads=1))
    with transaction(engine, kit) as session:
        stage = make_stage(session)
    told: list[str] = []
    for name in ("begin", "commit", "rollback"):
        event.listen(engine, name, lambda _, name=name: told.append(name))
    with TestClient(create_app(engine, kit)) as client:
        yield Server(engine, client, stage, kit, told)
    engine.dispose()


def test_one_request_is_one_transaction_on_the_only_connection(server):
    """Besides the one that finds out who calls, which has ended before."""
    who = ["begin", "rollback"]
    for route in EVENTS:
        expected = [*who, "begin", "commit"]
        if route in ON_THE_LOOP:
            server.send(route)  # the first one reads the catalogue
            expected = []
        if route == "GET /information":
            expected = []
        elif route in READS:
            expected = [*who, "begin", "rollback"]
        elif route in SECRET_ALONE:
            expected = ["begin", "commit"]
        if route == SECRET_ALONE[0]:
            expected *= 2  # its place among the key's transfers is given back at the end
        assert server.send(route) == expected, route


def test_a_file_on_its_way_holds_no_connection(server):
    held: list[int] = []
    secret = f"Bearer {server.stage.download.secret}".encode()
    scope = scope_of(
        "GET", API + calls(server.stage)[SECRET_ALONE[0]].path, [(b"authorization", secret)]
    )
    answer = exchange(
        server.client.app, scope, told=lambda _: held.append(server.engine.pool.checkedout())
    )
    assert answer.status == 200
    assert held == [0] * len(answer.messages)


def test_every_act_is_recorded_once(server):
    for route, expected in EVENTS.items():
        for again in expected:
            before = len(server.events())
            server.send(route)
            assert server.events()[before:] == again, route


def test_events_say_who_and_from_where(connection, kit, session, stage):
    call = calls(stage)["POST /downloads"]
    told = {
        "authorization": f"Bearer {stage.seat.token}",
        "content-type": "application/json",
        "user-agent": f"agent/1.0 (\x01Windows\x7f) {'x' * 300}",
        "x-forwarded-for": "198.51.100.1",
    }
    headers = [(name.encode(), said.encode()) for name, said in told.items()]
    scope = scope_of("POST", API + call.path, headers)
    answer = exchange(create_app(connection, kit), scope, [json.dumps(call.json).encode()])
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (answer.status, last.action) == (201, "download.issued")
    assert (last.actor_kind, last.actor_label) == ("installer", stage.world.key.hint)
    assert (last.actor_id, last.request_id) == (stage.world.key.id, answer.headers["x-request-id"])
    assert last.ip == "203.0.113.0/24"
    assert last.user_agent.startswith("agent/1.0 (Windows) xxx")
    assert len(last.user_agent) <= 200
    assert stage.seat.token not in str(vars(last))
