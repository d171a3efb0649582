"""Browsers that somebody has signed in from; of another one they hear by mail."""

import uuid
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select

from app.accounts.models import KnownDevice, User
from app.accounts.service import mailing
from app.accounts.service.mailing import To
from app.accounts.service.viewers import memberships_of
from app.audit.actor import Caller
from app.kit.browsers import program
from app.kit.clock import rfc3339
from app.kit.db import UnitOfWork
from app.kit.signing import lookup_digest, new_secret

KEPT: Final = timedelta(days=400)
_BATCH: Final = 1_000


def meet(session: UnitOfWork, user_id: uuid.UUID, secret: str | None, caller: Caller) -> str | None:
    """The secret that a new browser is to keep; None if it is known. The first one is no news."""
    known = session.scalars(select(KnownDevice.digest).where(KnownDevice.user_id == user_id)).all()
    if secret is not None and lookup_digest(secret) in known:
        return None
    fresh = new_secret("pkb_")
    row = KnownDevice(user_id=user_id, digest=lookup_digest(fresh), created_at=session.now())
    session.add(row)
    session.flush()
    if known:
        _tell(session, session.get_one(User, user_id), caller)
    return fresh


def _tell(session: UnitOfWork, user: User, caller: Caller) -> None:
    vendors = [vendor for _, vendor in memberships_of(session, user.id) if vendor.smtp]
    if vendors:
        mailing.queue(
            session,
            "new_device",
            To(user.email, user.locale),
            user.at(vendors[0].id),
            device=program(caller.user_agent) or "—",
            network=caller.ip or "—",
            at=rfc3339(session.now()),
        )


def forget_old(session: UnitOfWork) -> int:
    """Deletes the next batch of browsers that were met long ago; how many."""
    old = KnownDevice.created_at < session.now() - KEPT
    part = select(KnownDevice.digest).where(old).limit(_BATCH).with_for_update(skip_locked=True)
    statement = delete(KnownDevice).where(KnownDevice.digest.in_(part))
    return session.change(statement.execution_options(synchronize_session=False))
