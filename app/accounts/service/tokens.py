"""API tokens: made, recognised, revoked."""

import uuid
import zlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network

from app.accounts import queries
from app.accounts.models import ApiToken, VendorStatus
from app.accounts.problems import TokenExpired
from app.accounts.schemas import CreateToken, Permission, Role
from app.audit import service as audit
from app.audit.actor import Actor, ActorKind, Caller
from app.audit.models import Action
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.problems import TokenInvalid
from app.kit.signing import lookup_digest, new_secret

PREFIX = "pkt_"
_SECRET_LENGTH = len(PREFIX) + 43


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody of the vendor, or a program that acts for it."""

    vendor_id: uuid.UUID
    role: Role
    permissions: frozenset[Permission]
    actor: Actor


@dataclass(frozen=True, slots=True)
class FreshToken:
    """A new token with its text, which exists nowhere else."""

    token: ApiToken
    text: str


def create_token(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateToken, *, actor: Actor
) -> FreshToken:
    """A token for automation, valid for at most 366 days."""
    text = new_token()
    token = ApiToken(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        name=command.name,
        digest=lookup_digest(text),
        hint=text[-4:],
        scopes=sorted({scope.value for scope in command.scopes}),
        role=command.role,
        allowed_addresses=[str(network) for network in command.allowed_addresses],
        expires_at=session.now() + timedelta(days=command.days),
    )
    session.add(token)
    session.flush()
    audit.record(
        session,
        Action.API_TOKEN_CREATED,
        actor=actor,
        subject=token,
        role=token.role,
        scopes=token.scopes,
        expires_at=token.expires_at,
    )
    return FreshToken(token, text)


def revoke_token(
    session: UnitOfWork, vendor_id: uuid.UUID, token_id: uuid.UUID, *, actor: Actor
) -> ApiToken:
    """Ends a token at once; twice is a success."""
    token = queries.token(session, vendor_id, token_id)
    if token.revoked_at is None:
        token.revoked_at = session.now()
        session.flush()
        audit.record(session, Action.API_TOKEN_REVOKED, actor=actor, subject=token)
    return token


def new_token() -> str:
    """256 random bits and their CRC32, so that a scanner of leaks can tell ours from noise."""
    secret = new_secret(PREFIX)
    return f"{secret}{_crc(secret)}"


def is_token(text: str) -> bool:
    """Whether the text could be one of our tokens; decided without a query."""
    secret = text[:_SECRET_LENGTH]
    return len(secret) == _SECRET_LENGTH and text == f"{secret}{_crc(secret)}"


def _crc(secret: str) -> str:
    # Six hex digits, as the format has them: the lowest 24 bits.
    return f"{zlib.crc32(secret.encode()) & 0xFFFFFF:06x}"


def identify(session: KitSession, text: str, caller: Caller) -> Principal:
    """Who a token is; an unknown, a revoked and a misplaced one look the same."""
    token = queries.token_by_digest(session, lookup_digest(text)) if is_token(text) else None
    if token is None or token.revoked_at is not None or not _is_at_home(token, caller):
        raise TokenInvalid
    vendor = queries.vendor(session, token.vendor_id)
    if vendor.status != VendorStatus.ACTIVE:
        raise TokenInvalid
    if token.expires_at <= session.now():
        raise TokenExpired
    actor = Actor(
        ActorKind.TOKEN,
        token.name,
        id=token.id,
        ip=caller.ip,
        user_agent=caller.user_agent,
        request_id=caller.request_id,
    )
    permissions = frozenset(Permission(scope) for scope in token.scopes)
    return Principal(token.vendor_id, Role(token.role), permissions, actor)


def _is_at_home(token: ApiToken, caller: Caller) -> bool:
    """Whether the caller's address lies in a network that the token is allowed from."""
    if not token.allowed_addresses:
        return True
    if caller.address is None:
        return False
    return any(caller.address in ip_network(allowed) for allowed in token.allowed_addresses)
