"""Signing in: the password, then the code; failures are counted before anything is compared."""

import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Engine, Table, and_, case, func, select, update

from app.accounts.models import (
    Membership,
    SecondFactor,
    SessionStage,
    User,
    UserStatus,
    Vendor,
    VendorStatus,
)
from app.accounts.problems import OtpInvalid, SignInFailed
from app.accounts.schemas.people import ShowCode, SignIn
from app.accounts.service import devices, second_factors, sessions
from app.accounts.service.history import denials, record_everywhere
from app.accounts.service.viewers import HalfSignedIn, actor_of
from app.audit.actor import Caller
from app.audit.models import Action
from app.kit import passwords, throttle
from app.kit.db import Kit, KitSession, UnitOfWork, reading, transaction
from app.kit.problems import Problem
from app.kit.telemetry import log


@dataclass(frozen=True, slots=True)
class Started:
    """A session's secret, whether the code is still to come, and what a new browser is to keep."""

    secret: str
    needs_code: bool = False
    device: str | None = None


class Refused(SignInFailed):
    """SIGN_IN_FAILED with what is to be kept of it once the answer has left.

    Keeping it takes time only for people who exist: before the answer, that would tell them apart.
    """

    def __init__(self, keep: Callable[[], None]) -> None:
        super().__init__()
        self.keep = keep


def sign_in(
    engine: Engine | Connection, kit: Kit, command: SignIn, caller: Caller, device: str | None
) -> Started:
    """Begins a session for whoever knows the password; SIGN_IN_FAILED or RATE_LIMITED otherwise."""
    subjects = f"account:{folded(command.email)}", f"network:{throttle.network.get()}"
    throttle.count(engine, kit, throttle.SIGN_IN_ALL, "")
    throttle.count(engine, kit, throttle.SIGN_IN, *subjects)
    with reading(engine, kit) as session:
        user_id, kept = _known(session, command.email)
    if not passwords.is_right(command.password, kept, kit.settings) or user_id is None:
        raise Refused(partial(_keep_refusal, engine, kit, user_id, caller))
    throttle.give_back(engine, kit, throttle.SIGN_IN, *subjects)
    throttle.give_back(engine, kit, throttle.SIGN_IN_ALL, "")
    with transaction(engine, kit) as session:
        return _start(session, user_id, command.password, caller, device)


def show_code(
    engine: Engine | Connection,
    kit: Kit,
    half: HalfSignedIn,
    command: ShowCode,
    caller: Caller,
    *,
    device: str | None,
) -> Started:
    """Opens the session for whoever shows a code; its new secret. OTP_INVALID otherwise."""
    throttle.count(engine, kit, throttle.ONE_TIME_CODE, str(half.user_id))
    try:
        with transaction(engine, kit) as session:
            kind = second_factors.use(session, half.user_id, command.code)
            sessions.end_one(session, half.session_id)
            secret = sessions.begin(session, half.user_id, SessionStage.OPEN, caller, shown=True)
            _signed_in(session, half.user_id, caller, second_factor=kind)
            fresh = devices.meet(session, half.user_id, device, caller)
    except OtpInvalid:
        with transaction(engine, kit) as session:
            user = session.get_one(User, half.user_id)
            _deny(session, user, caller, OtpInvalid)
        raise
    throttle.give_back(engine, kit, throttle.ONE_TIME_CODE, str(half.user_id))
    return Started(secret, device=fresh)


def welcome(session: UnitOfWork, user_id: uuid.UUID, caller: Caller) -> str:
    """Opens a session for somebody who has just made their password; its secret."""
    secret = sessions.begin(session, user_id, SessionStage.OPEN, caller)
    _signed_in(session, user_id, caller)
    return secret


def by_email(session: KitSession, email: str) -> User | None:
    """The person of an address, however it is written."""
    return session.scalar(select(User).where(func.lower(User.email) == folded(email)))


def folded(email: str) -> str:
    """One address, however it is written; without what no text of the database can hold."""
    return unicodedata.normalize("NFC", email).strip().lower().replace("\x00", "")


def _known(session: KitSession, email: str) -> tuple[uuid.UUID | None, str | None]:
    """Who it is, and the password's hash if they may sign in; one statement for anybody."""
    opening = (
        select(Membership.id)
        .join(Vendor, Vendor.id == Membership.vendor_id)
        .where(
            Membership.user_id == User.id,
            Membership.accepted_at.is_not(None),
            Membership.disabled_at.is_(None),
            Vendor.status == VendorStatus.ACTIVE,
        )
        .exists()
    )
    may = case((and_(User.status == UserStatus.ACTIVE, opening), User.password_hash))
    row = session.execute(
        select(User.id, may).where(func.lower(User.email) == folded(email))
    ).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def _start(
    session: UnitOfWork, user_id: uuid.UUID, password: str, caller: Caller, device: str | None
) -> Started:
    user = session.get_one(User, user_id)
    factor = session.get(SecondFactor, user_id)
    needs_code = factor is not None and factor.confirmed_at is not None
    stage = SessionStage.CODE if needs_code else SessionStage.OPEN
    secret = sessions.begin(session, user_id, stage, caller)
    if passwords.is_outdated(user.password_hash or "", session.kit.settings):
        _rehash(session, user_id, password)
    if needs_code:
        return Started(secret, needs_code=True)
    _signed_in(session, user_id, caller)
    return Started(secret, device=devices.meet(session, user_id, device, caller))


def _rehash(session: UnitOfWork, user_id: uuid.UUID, password: str) -> None:
    """The same password at today's cost; by the table, since nothing changed for anybody."""
    table = User.__table__
    assert isinstance(table, Table)  # noqa: S101 - mapped to a table, not to a query
    kept = passwords.hashed(password, session.kit.settings)
    session.change(update(table).where(table.c.id == user_id).values(password_hash=kept))


def _signed_in(session: UnitOfWork, user_id: uuid.UUID, caller: Caller, **data: object) -> None:
    user = session.get_one(User, user_id)
    user.last_signed_in_at = session.now()
    session.flush()
    actor = actor_of(user, caller)
    record_everywhere(session, Action.USER_SIGNED_IN, user_id, actor=actor, **data)


def _keep_refusal(
    engine: Engine | Connection, kit: Kit, user_id: uuid.UUID | None, caller: Caller
) -> None:
    log.warning("sign-in refused", known=user_id is not None, network=caller.ip)
    if user_id is not None:
        with transaction(engine, kit) as session:
            _deny(session, session.get_one(User, user_id), caller, SignInFailed)


def _deny(session: UnitOfWork, user: User, caller: Caller, problem: type[Problem]) -> None:
    actor = actor_of(user, caller)
    session.pending.extend(
        denials(session, Action.USER_SIGNED_IN, user, actor=actor, problem=problem)
    )
