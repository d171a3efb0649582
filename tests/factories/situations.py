"""What can be wrong with any request: the pieces that situations are made of."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, text, update

from app.kit.db import Base, Kit, new_id
from app.kit.idempotency import IdempotentAnswer
from app.kit.problems import Problem
from app.kit.signing import lookup_digest
from app.kit.throttle import Limit, ThrottleBucket, count
from tests.factories.requests import Call, Stage
from tests.factories.world import bearer
from tests.factories.written import written

Changes = dict[str, Any]
"""What to send otherwise than the good request does."""
Situation = Callable[[Connection, Stage, Call], Changes]
TOMORROW = timedelta(days=1)


def rows(model: type[Base], **values: object) -> Situation:
    """Every row of a table changes."""

    def situation(connection: Connection, _: Stage, __: Call) -> Changes:
        written(connection, update(model).values(values))
        return {}

    return situation


def body(**members: object) -> Situation:
    """Members of the body change, where the route takes one."""

    def situation(_: Connection, __: Stage, call: Call) -> Changes:
        return {"json": call.json | members} if call.json is not None else {}

    return situation


def headers(**told: str | None) -> Situation:
    """Other headers than usual; None leaves one out."""
    said = {name.replace("_", "-"): value for name, value in told.items()}
    return lambda _, __, ___: {"headers": said}


def credential(text: str) -> Situation:
    return headers(**bearer(text))


def content(text: bytes, media: str = "application/json") -> Situation:
    """Another body, where the route takes one."""

    def situation(_: Connection, __: Stage, call: Call) -> Changes:
        if call.json is None:
            return {}
        return {"json": None, "content": text, "headers": {"Content-Type": media}}

    return situation


def no_credential(_: Connection, __: Stage, ___: Call) -> Changes:
    return {"headers": {"Authorization": ""}}


def in_path(word: str, digest: str = "") -> Situation:
    """Another id in the path, or another digest, where the path has one."""

    def situation(_: Connection, __: Stage, call: Call) -> Changes:
        return {"path": call.renamed(digest if "{sha256}" in call.route else word)}

    return situation


def no_guesses_left(limits: Sequence[Limit]) -> Situation:
    """Whoever guesses from this network has guessed too often."""

    def situation(connection: Connection, stage: Stage, _: Call) -> Changes:
        network = "127.0.0.0/24" if "fleet" in connection.info else ""
        count(stage.world.session.get_bind(), stage.world.session.kit, limits, network)
        connection.execute(update(ThrottleBucket).values(tokens=0))
        return {}

    return situation


def refuse_next(
    connection: Connection, kit: Kit, name: str, problem: type[Problem], **params: object
) -> None:
    """This call of the store fails once; in a fleet, whatever the file is wanted for."""
    if fleet := connection.info.get("fleet"):
        fleet.page.stumble(problem)
        return

    def failing(*_: object) -> None:
        delattr(kit.artifacts, name)
        raise problem(**params)

    setattr(kit.artifacts, name, failing)


def both(first: Situation, second: Situation) -> Situation:
    """One thing after the other."""
    return lambda *world: first(*world) | second(*world)


def key_of_another_request(connection: Connection, stage: Stage, _: Call) -> Changes:
    """The caller's Idempotency-Key came with another path before."""
    now, key = stage.world.session.now(), lookup_digest("K").hex()
    for holder in stage.principals():
        told = {"route": "POST /other", "body_sha256": b"", "status": 200, "media_type": None}
        told |= {"sealed_body": b"", "created_at": now, "expires_at": now + TOMORROW}
        connection.execute(
            insert(IdempotentAnswer).values(id=new_id(), principal=holder, key=key, **told)
        )
    return {"headers": {"Idempotency-Key": "K"}}


def twin_at_work(connection: Connection, _: Stage, __: Call) -> Changes:
    """The database says what it says to whoever has waited too long for a twin's row."""
    connection.execute(
        text(
            "CREATE FUNCTION locked() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'lock_not_available'; END $$"
        )
    )
    connection.execute(
        text(
            "CREATE TRIGGER locked BEFORE INSERT ON idempotent_answers "
            "FOR EACH ROW EXECUTE FUNCTION locked()"
        )
    )
    return {"headers": {"Idempotency-Key": "K"}}
