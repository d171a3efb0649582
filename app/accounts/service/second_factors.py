"""The second factor: set up, shown, shown again, taken away; and its recovery codes."""

import hashlib
import hmac
import secrets
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, delete, select, update

from app.accounts.models import RecoveryCode, SecondFactor, User, UserSession
from app.accounts.problems import OtpInvalid
from app.accounts.service.history import record_everywhere
from app.accounts.service.sessions import end_sessions
from app.accounts.service.viewers import Viewer
from app.audit.actor import Actor
from app.audit.models import Action
from app.kit import throttle, totp
from app.kit.db import Kit, KitSession, UnitOfWork, new_id, transaction
from app.kit.signing.keyring import CannotOpenError

RECOVERY_CODES: Final = 10
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYMBOLS: Final = 10  # five bits each
_LOOK_ALIKES = str.maketrans("OILАВЕКМНОРСТХ", "011ABEKMH0PCTX")


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret that is being set up, as an authenticator takes it and as people type it."""

    address: str
    letters: str


def offer(session: UnitOfWork, user_id: uuid.UUID) -> Offer:
    """The secret to set up: a fresh one, or the one that was offered and not yet confirmed."""
    user, row = session.get_one(User, user_id), _row(session, user_id)
    secret = _open(session, user_id, row.offered)
    if secret is None:
        secret = totp.new_secret()
        row.offered = session.kit.keyring.seal("totp", secret, user_id.bytes)
    return Offer(totp.address(secret, user.email, "Podkluch"), totp.in_letters(secret))


def confirm(
    session: UnitOfWork, user_id: uuid.UUID, code: str, *, session_id: uuid.UUID, actor: Actor
) -> list[str]:
    """Makes the offered secret the second factor, by a code of it; returns the recovery codes.

    All other sessions end; this one has shown its second factor. OTP_INVALID otherwise.
    """
    row = _row(session, user_id)
    secret = _open(session, user_id, row.offered)
    step = totp.step_of(secret, _digits(code), session.now()) if secret else None
    if step is None:
        raise OtpInvalid
    row.secret, row.offered, row.last_step = row.offered, None, step
    row.confirmed_at = session.now()
    codes = _fresh_codes(session, user_id)
    end_sessions(session, user_id, but=session_id)
    mine = update(UserSession).where(UserSession.id == session_id)
    session.change(mine.values(otp_at=session.now()))
    record_everywhere(
        session, Action.USER_SECOND_FACTOR_CHANGED, user_id, actor=actor, change="set_up"
    )
    return codes


def renew_recovery_codes(session: UnitOfWork, user_id: uuid.UUID, *, actor: Actor) -> list[str]:
    """Ten other codes; those from before do not work any more."""
    codes = _fresh_codes(session, user_id)
    record_everywhere(
        session, Action.USER_SECOND_FACTOR_CHANGED, user_id, actor=actor, change="recovery_codes"
    )
    return codes


def remove(session: UnitOfWork, user_id: uuid.UUID, *, actor: Actor) -> None:
    """Takes the second factor away, by the command line: whoever lost it sets it up anew."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    end_sessions(session, user_id)
    record_everywhere(
        session, Action.USER_SECOND_FACTOR_CHANGED, user_id, actor=actor, change="removed"
    )


def use(session: UnitOfWork, user_id: uuid.UUID, code: str) -> str:
    """Takes a code of either kind, once, and says which kind; OTP_INVALID otherwise."""
    digits = _digits(code)
    if len(digits) == totp.DIGITS and digits.isdecimal():
        if _use_step(session, user_id, digits):
            return "code"
    elif _use_recovery_code(session, user_id, code):
        return "recovery_code"
    raise OtpInvalid


def show_again(engine: Engine | Connection, kit: Kit, viewer: Viewer, code: str) -> Viewer:
    """Takes a code for a dangerous act; the viewer with a fresh second factor.

    OTP_INVALID or RATE_LIMITED otherwise; nothing of it is an act that history keeps.
    """
    throttle.count(engine, kit, throttle.ONE_TIME_CODE, str(viewer.user_id))
    with transaction(engine, kit) as session:
        use(session, viewer.user_id, code)
        now = session.now()
        mine = update(UserSession).where(UserSession.id == viewer.session_id)
        session.change(mine.values(otp_at=now))
    throttle.give_back(engine, kit, throttle.ONE_TIME_CODE, str(viewer.user_id))
    return replace(viewer, otp_at=now)


def recovery_codes_left(session: KitSession, user_id: uuid.UUID) -> int:
    """How many codes still work."""
    unused = select(RecoveryCode.id).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return len(session.scalars(unused).all())


def confirmed_at(session: KitSession, user_id: uuid.UUID) -> datetime | None:
    """Since when a person has a second factor."""
    row = session.get(SecondFactor, user_id)
    return row.confirmed_at if row else None


def _row(session: UnitOfWork, user_id: uuid.UUID) -> SecondFactor:
    row = session.get(SecondFactor, user_id, with_for_update=True)
    if row is None:
        row = SecondFactor(user_id=user_id, last_step=0)
        session.add(row)
        session.flush()
    return row


def _open(session: KitSession, user_id: uuid.UUID, sealed: bytes | None) -> bytes | None:
    """The secret; None if there is none, or its MASTER is gone."""
    try:
        return session.kit.keyring.open("totp", sealed, user_id.bytes) if sealed else None
    except CannotOpenError:
        return None


def _use_step(session: UnitOfWork, user_id: uuid.UUID, digits: str) -> bool:
    row = session.get(SecondFactor, user_id)
    secret = _open(session, user_id, row.secret) if row else None
    step = totp.step_of(secret, digits, session.now()) if secret else None
    if step is None:
        return False
    # Of two requests with one code the second changes no row.
    once = update(SecondFactor).where(
        SecondFactor.user_id == user_id, SecondFactor.last_step < step
    )
    return session.change(once.values(last_step=step)) == 1


def _use_recovery_code(session: UnitOfWork, user_id: uuid.UUID, code: str) -> bool:
    once = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.digest == _digest(session.kit, user_id, code),
        RecoveryCode.used_at.is_(None),
    )
    return session.change(once.values(used_at=session.now())) == 1


def _fresh_codes(session: UnitOfWork, user_id: uuid.UUID) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(id=new_id(), user_id=user_id, digest=_digest(session.kit, user_id, code))
        for code in codes
    )
    session.flush()
    return codes


def _new_code() -> str:
    text = "".join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(_SYMBOLS))
    return f"{text[:5]}-{text[5:]}"


def _digest(kit: Kit, user_id: uuid.UUID, code: str) -> bytes:
    """Fifty bits could be tried by whoever has the table, so the key is not in it."""
    text = unicodedata.normalize("NFKC", code).upper().translate(_LOOK_ALIKES)
    plain = "".join(symbol for symbol in text if symbol in _ALPHABET)
    return hmac.new(
        kit.keyring.subkey("totp"), user_id.bytes + plain.encode(), hashlib.sha256
    ).digest()


def _digits(code: str) -> str:
    return "".join(unicodedata.normalize("NFKC", code).split())[:64]
