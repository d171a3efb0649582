"""Sessions: begun, listed, ended; and what one page leaves in them for the next."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from app.accounts.models import SessionStage, User, UserSession
from app.accounts.service.history import record_everywhere
from app.accounts.service.viewers import IDLE, LONGEST, Viewer, is_alive, memberships_of
from app.audit import service as audit
from app.audit.actor import Caller
from app.audit.models import Action
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.problems import NotFound
from app.kit.signing import lookup_digest, new_secret

_DEVICE_MAX = 200
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class SessionView:
    """One place where a person is signed in."""

    id: uuid.UUID
    device: str
    ip: str | None
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


def begin(
    session: UnitOfWork,
    user_id: uuid.UUID,
    stage: SessionStage,
    caller: Caller,
    *,
    vendor_id: uuid.UUID | None = None,
    shown: bool = False,
) -> str:
    """A new session; its secret, which goes into the cookie and nowhere else.

    It works for the vendor that is named, or for the first that lets the person in.
    """
    secret, now = new_secret("pks_"), session.now()
    opening = [vendor.id for _, vendor in memberships_of(session, user_id)[:1]]
    session.add(
        UserSession(
            id=new_id(),
            digest=lookup_digest(secret),
            user_id=user_id,
            vendor_id=vendor_id or next(iter(opening), None),
            stage=stage,
            created_at=now,
            last_seen_at=now,
            otp_at=now if shown else None,
            ip=caller.ip,
            device=(caller.user_agent or "")[:_DEVICE_MAX],
            stash={},
        )
    )
    session.flush()
    return secret


def renew_secret(session: UnitOfWork, session_id: uuid.UUID) -> str:
    """Another secret for the same session: whoever knew the old one stays outside."""
    secret = new_secret("pks_")
    mine = update(UserSession).where(UserSession.id == session_id)
    session.change(mine.values(digest=lookup_digest(secret)))
    return secret


def of(session: KitSession, viewer: Viewer) -> list[SessionView]:
    """Where the viewer is signed in, the latest use first."""
    rows = session.scalars(
        select(UserSession)
        .where(UserSession.user_id == viewer.user_id, UserSession.stage == SessionStage.OPEN)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id)
    )
    return [
        SessionView(
            row.id,
            row.device,
            row.ip,
            row.created_at,
            row.last_seen_at,
            row.id == viewer.session_id,
        )
        for row in rows
        if is_alive(row, session.now())
    ]


def end_own(session: UnitOfWork, viewer: Viewer, session_id: uuid.UUID | None) -> int:
    """Ends one session of the viewer, or all others; how many."""
    ended = delete(UserSession).where(UserSession.user_id == viewer.user_id)
    if session_id is None:
        ended = ended.where(UserSession.id != viewer.session_id)
    else:
        ended = ended.where(UserSession.id == session_id)
    count = session.change(ended)
    if session_id is not None and not count:
        raise NotFound
    if count:
        record_everywhere(
            session, Action.USER_SESSIONS_ENDED, viewer.user_id, actor=viewer.actor, count=count
        )
    return count


def end_sessions(session: UnitOfWork, user_id: uuid.UUID, *, but: uuid.UUID | None = None) -> int:
    """Ends all sessions of a person, but for one if it is named; how many. Records nothing."""
    ended = delete(UserSession).where(UserSession.user_id == user_id)
    return session.change(ended if but is None else ended.where(UserSession.id != but))


def end_sessions_at(session: UnitOfWork, user_id: uuid.UUID, vendor_id: uuid.UUID) -> int:
    """Ends the sessions in which a person works for one vendor; how many. Records nothing.

    What the person does for others is none of this vendor's business.
    """
    here = (UserSession.user_id == user_id, UserSession.vendor_id == vendor_id)
    return session.change(delete(UserSession).where(*here))


def end_one(session: UnitOfWork, session_id: uuid.UUID) -> None:
    """Ends one session, whoever's it is. Records nothing."""
    session.change(delete(UserSession).where(UserSession.id == session_id))


def sign_out(session: UnitOfWork, viewer: Viewer) -> None:
    """Ends the viewer's session."""
    end_one(session, viewer.session_id)
    user = session.get_one(User, viewer.user_id)
    audit.record(
        session,
        Action.USER_SIGNED_OUT,
        actor=viewer.actor,
        subject=user.at(viewer.vendor_id),
    )


def switch_vendor(session: UnitOfWork, viewer: Viewer, vendor_id: uuid.UUID) -> None:
    """Works for another vendor from now on, in this session only."""
    if vendor_id not in {vendor.id for _, vendor in memberships_of(session, viewer.user_id)}:
        raise NotFound
    mine = update(UserSession).where(UserSession.id == viewer.session_id)
    session.change(mine.values(vendor_id=vendor_id))


def stash(session: UnitOfWork, viewer: Viewer, name: str, value: Any) -> None:
    """Leaves something for a later page that no address should carry; JSON, and small."""
    row = session.get_one(UserSession, viewer.session_id)
    row.stash = {**row.stash, name: value}
    session.flush()


def stashed(session: KitSession, viewer: Viewer, name: str) -> Any:
    """What was left under a name; None if nothing was."""
    return session.get_one(UserSession, viewer.session_id).stash.get(name)


def unstash(session: UnitOfWork, viewer: Viewer, name: str) -> Any:
    """What was left under a name, for the last time."""
    row = session.get_one(UserSession, viewer.session_id)
    value = row.stash.get(name)
    row.stash = {key: each for key, each in row.stash.items() if key != name}
    session.flush()
    return value


def forget_ended(session: UnitOfWork) -> int:
    """Deletes the next batch of sessions that are over; how many."""
    now = session.now()
    over = (UserSession.last_seen_at < now - IDLE) | (UserSession.created_at < now - LONGEST)
    ended = select(UserSession.id).where(over).limit(_BATCH).with_for_update(skip_locked=True)
    statement = delete(UserSession).where(UserSession.id.in_(ended))
    return session.change(statement.execution_options(synchronize_session=False))
