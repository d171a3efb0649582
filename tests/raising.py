"""What a route is refused with, one wrong thing at a time, against what it declares."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Connection, func, select

from app.audit.models import AuditEvent
from app.kit.problems import ANY_TIME
from tests.factories.requests import API, Call, Stage
from tests.factories.situations import Situation
from tests.shapes import faults
from tests.taking_back import taken_back

ALWAYS = {problem.code for problem in ANY_TIME}
"""What can meet every request, and no situation of this world."""


def declared(app: FastAPI, route: str) -> set[str]:
    """The codes of a route in the description of the interface."""
    method, _, path = route.partition(" ")
    answers = app.openapi()["paths"][API + path][method.lower()]["responses"].values()
    media = (answer.get("content", {}).get("application/problem+json", {}) for answer in answers)
    return {code for each in media for code in each.get("examples", ())}


def raised(
    client, connection, stage: Stage, call: Call, situations: Mapping[str, Situation]
) -> Iterator[tuple[str, str]]:
    """The refusals of a route: in which situation which code."""
    for name, situation in situations.items():
        with undoing(connection, stage):
            changes = situation(connection, stage, call)
            path = changes.pop("path", call.path)
            before = done(connection)
            answer = replace(call, path=path).send(client, stage, **changes)
            if not answer.is_success:
                assert done(connection) == before, "who was refused changed nothing"
                yield name, told(answer, call, client.app.openapi())


@contextmanager
def undoing(connection: Connection, stage: Stage) -> Iterator[None]:
    """Takes back what is done inside, so that the next request meets the same world."""
    stage.world.session.rollback()
    with taken_back(connection, stage.world.session.kit):
        yield
        stage.world.session.rollback()


def told(answer, call: Call, description: dict[str, Any]) -> str:
    """The code of a refusal, which has to be a whole problem document (RFC 9457)."""
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    shape = description["components"]["schemas"]["ProblemDocument"]
    assert list(faults(document, shape, description)) == []
    assert document["status"] == answer.status_code
    assert document["request_id"] == answer.headers["x-request-id"]
    path = API + re.sub(r"/{\w+}", "", call.route.partition(" ")[2])
    assert document["instance"] == (path if document["code"] != "BODY_TOO_LARGE" else "/")
    assert document["title"]
    assert document["detail"] or document["action"] == "none"
    return document["code"]


def done(connection: Connection) -> int | None:
    """How many acts are on record, refusals apart."""
    acts = select(func.count()).where(AuditEvent.outcome == "ok")
    return connection.scalar(acts)
