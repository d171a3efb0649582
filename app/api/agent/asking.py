"""What the two routes have in common that the event loop serves: the body, the caller, the log."""

import uuid
from functools import partial
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from app.api import auth
from app.audit.actor import Actor, ActorKind
from app.delivery.queries import catalogue as catalogues
from app.delivery.queries.catalogue import Catalogue
from app.delivery.queries.standing import OF_CODE, OF_TOKEN, Standing
from app.kit.asgi import strict_json
from app.kit.clock import local_date
from app.kit.problems import (
    Busy,
    TokenInvalid,
    UnsupportedMedia,
    ValidationFailed,
)
from app.kit.signing import lookup_digest
from app.licensing.problems import KeyRevoked
from app.licensing.service import checklog, keys
from app.licensing.service.checklog import Told
from app.licensing.service.keys import InstallerPrincipal

C = TypeVar("C", bound=BaseModel)
ENOUGH: Final = 1_001
"""Members of a list, of which a check and an offer take 1,000."""


def described(message: type[object], answer: type[object]) -> dict[str, Any]:
    """What FastAPI would have read from a signature: the shapes of request and answer."""
    schema = {"$ref": f"#/components/schemas/{message.__name__}"}
    content = {"application/json": {"schema": schema}}
    return {
        "response_model": answer,
        "openapi_extra": {"requestBody": {"content": content, "required": True}},
    }


async def body(request: Request) -> object:
    """The JSON of the request, as every route reads it."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise UnsupportedMedia
    return strict_json(await request.body())


def shaped(message: TypeAdapter[Any], command: type[C], told: object) -> C:
    """The command of a body that has the shape of the message.

    Whoever calls is not known yet, and the loop waits: of too long a list no more is looked at
    than says that it is too long.
    """
    if isinstance(told, dict):
        told = {name: _cut(value) for name, value in told.items()}
    try:
        message.validate_python(told)
        return command.model_validate(told)
    except ValidationError as error:
        raise ValidationFailed.of(error.errors(include_input=False, include_url=False)) from None


def _cut(value: object) -> object:
    return value[:ENOUGH] if isinstance(value, list) else value


async def standing(request: Request, uid: uuid.UUID | None, *, accepted: bool) -> Standing:
    """Whom the credential belongs to and what it gives; `accepted` asks for agreements too."""
    value, state = auth.credential(request), request.app.state
    if value.startswith(keys.TOKEN_PREFIX):
        query, digests = OF_TOKEN, iter([lookup_digest(value)])
    elif auth.is_token(value):
        raise TokenInvalid
    else:
        query, digests = OF_CODE, keys.digests(value)
    for digest in digests:
        row = await state.statements.row(query, (digest, uid, accepted))
        if row is not None:
            found = Standing._make(row)
            if found.expires_at is not None and found.expires_at <= state.kit.clock():
                raise KeyRevoked
            return found
    # Rare, and it blocks: it says what is wrong with the credential, and counts a guess.
    await run_in_threadpool(auth.installer, request)
    raise Busy  # it was issued between the two looks


async def catalogue(request: Request, found: Standing) -> Catalogue:
    """The vendor's catalogue, as new as the row that was read."""
    state = request.app.state
    name = catalogues.name_of(found.vendor_id)
    held = state.kit.cache.fresh(name, found.catalogue_version)
    if held is not None:
        return held.value  # type: ignore[no-any-return] # the cache holds anything
    build = partial(catalogues.build, state.engine, state.kit, found.vendor_id)
    made: Catalogue = await state.flights.at_least(
        state.kit.cache, name, found.catalogue_version, build
    )
    return made


def installer(request: Request, found: Standing) -> InstallerPrincipal:
    """Whoever calls, as events and the log name it."""
    caller = auth.caller(request)
    actor = Actor(
        ActorKind.INSTALLER,
        found.hint,
        id=found.key_id,
        ip=caller.ip,
        user_agent=caller.user_agent,
        request_id=caller.request_id,
    )
    return InstallerPrincipal(
        found.vendor_id,
        found.key_id,
        found.customer_id,
        actor,
        found.activation_id,
        found.infobase_id,
        found.own_uid,
    )


async def note(request: Request, found: Standing, told: Told) -> None:
    """Keeps what is answered, before it is: once per infobase, the vendor's day and answer."""
    state = request.app.state
    now = state.kit.clock()
    day = local_date(now, found.time_zone)
    name = checklog.name_of(found.key_id, told.infobase_uid, day, told.answer)
    if name in state.noted:
        return
    caller = installer(request, found)
    if await checklog.note(state.statements, told, caller=caller, at=now, day=day):
        state.noted.add(name)


def trust_of(found: Standing) -> dict[str, object] | None:
    """What every answer says of the vendor's repository."""
    if found.repo_id is None:
        return None
    return {"repository": found.repo_id, "timestamp_version": found.timestamp_version}


def answer(document: object) -> Response:
    """The answer, its bytes made."""
    return Response(encoded(document), media_type="application/json")


encoded = to_json
"""Compact JSON."""
