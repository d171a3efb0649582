"""Answers to POSTs that carry an Idempotency-Key, kept for a day and replayed byte for byte."""

import hashlib
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from psycopg.errors import LockNotAvailable
from sqlalchemy import ColumnElement, Index, UniqueConstraint, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base, SessionDep, UnitOfWork, new_id
from app.kit.lanes import ending
from app.kit.problems import IdempotencyInProgress, IdempotencyMismatch
from app.kit.signing import lookup_digest

KEPT = timedelta(hours=24)
LARGEST = 64 * 1024
PRINCIPAL, _CLAIM = "principal", "idempotency_claim"  # members of the request's state

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentAnswer(Base):
    """One answered POST: whose, to what, and the sealed body of the answer."""

    __tablename__ = "idempotent_answers"
    __audited__ = False

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    principal: Mapped[str]
    key: Mapped[str]
    route: Mapped[str]
    body_sha256: Mapped[bytes]
    status: Mapped[int | None]
    media_type: Mapped[str | None]
    sealed_body: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("principal", "key"), Index(None, "expires_at"))


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given."""

    status: int
    media_type: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A caller's key on one request: the right to be the one that is answered afresh."""

    session: UnitOfWork
    principal: str
    key: str
    route: str
    body_sha256: bytes

    def first(self) -> bool:
        """Whether nobody sent this key before; a twin that is not done yet is waited for."""
        now = self.session.now()
        fresh = {
            "id": new_id(),
            "route": self.route,
            "body_sha256": self.body_sha256,
            "status": None,
            "media_type": None,
            "sealed_body": None,
            "created_at": now,
            "expires_at": now + KEPT,
        }
        statement = (
            insert(IdempotentAnswer)
            .values(principal=self.principal, key=self.key, **fresh)
            .on_conflict_do_update(
                index_elements=[IdempotentAnswer.principal, IdempotentAnswer.key],
                set_=fresh,
                where=IdempotentAnswer.expires_at <= now,
            )
        )
        try:
            return self.session.insert_once(statement.returning(IdempotentAnswer.id)) is not None
        except OperationalError as error:
            if isinstance(error.orig, LockNotAvailable):
                raise IdempotencyInProgress from None
            raise

    def kept(self) -> Kept | None:
        """What the first request was answered; None if it was another request."""
        row = self.session.scalars(select(IdempotentAnswer).where(*self._row)).one()
        if (row.route, row.body_sha256) != (self.route, self.body_sha256):
            return None
        assert row.status is not None  # noqa: S101 - a row is committed with its answer
        assert row.sealed_body is not None  # noqa: S101 - likewise
        body = self.session.kit.keyring.open("idempotency", row.sealed_body, self._aad)
        return Kept(row.status, row.media_type, body)

    def first_answer(self) -> Response:
        """What the first request was answered, if it was the same request."""
        kept = self.kept()
        if kept is None:
            raise IdempotencyMismatch
        headers = {"Idempotency-Replayed": "true"}
        return Response(kept.body, kept.status, headers, kept.media_type)

    def keep(self, status: int, media_type: str | None, body: bytes) -> None:
        """Keeps the answer, in the transaction of what it tells of."""
        answer = {
            "status": status,
            "media_type": media_type,
            "sealed_body": self.session.kit.keyring.seal("idempotency", body, self._aad),
        }
        self.session.execute(update(IdempotentAnswer).where(*self._row).values(answer))

    def settle(self, response: Response) -> None:
        """Keeps the answer, in the transaction of what it tells of; one too large is forgotten."""
        if not _is_kept(response):
            self.drop()
            return
        media_type = response.headers.get("content-type")
        self.keep(response.status_code, media_type, bytes(response.body))

    def drop(self) -> None:
        """Forgets the claim: the same key may come again."""
        self.session.execute(delete(IdempotentAnswer).where(*self._row))

    @property
    def _row(self) -> tuple[ColumnElement[bool], ...]:
        row = IdempotentAnswer
        return row.principal == self.principal, row.key == self.key

    @property
    def _aad(self) -> bytes:
        return f"{self.principal} {self.key}".encode()


def _is_kept(response: Response) -> bool:
    return response.status_code in range(200, 300) and len(response.body) <= LARGEST


class _ReplayedError(Exception):
    """The request was answered before."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


async def _body_digest(request: Request) -> bytes:
    return hashlib.sha256(await request.body()).digest()


def once(
    request: Request,
    session: SessionDep,
    body_sha256: Annotated[bytes, Depends(_body_digest)],
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[\x21-\x7e]{1,255}$",
            description="The same request with the same key gets the first answer for 24 hours.",
        ),
    ] = None,
) -> None:
    """Claims the caller's key for this request, or ends the request with the first answer."""
    state = request.scope["state"]
    principal: str = state[PRINCIPAL]  # so a route names its caller before `Once`
    if idempotency_key is None:
        return
    route = f"{request.method} {request.url.path}"
    # Of the key only a digest: a client may well name a redemption by its coupon.
    key = lookup_digest(idempotency_key).hex()
    claim = Claim(session, principal, key, route, body_sha256)
    if not claim.first():
        raise _ReplayedError(claim.first_answer())
    state[_CLAIM] = claim


Once = Annotated[None, Depends(once)]
"""For POSTs that create or redeem, after the caller in the signature: `_: Once`."""
ONCE_REFUSALS = (IdempotencyInProgress, IdempotencyMismatch)
"""What such a POST may be refused with because of its key."""


def remembering(handle: Handler) -> Handler:
    """Around a route's handler, inside its transaction: the answer is complete, nothing is sent."""

    async def remembered(request: Request) -> Response:
        try:
            response = await handle(request)
        except _ReplayedError as replayed:
            return replayed.answer
        claim: Claim | None = request.scope["state"].get(_CLAIM)
        if claim is not None:
            await ending(claim.settle, response)
        return response

    return remembered
