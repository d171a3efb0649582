"""Alarms: who is told what a check of the server's health finds, and how often.

A fault of the server concerns the owners of every vendor, for each loses by it and nobody knows
who of them has the server's root password; each is written by the mail server of their own vendor.
What is one vendor's own (its signatures, its files) concerns that vendor alone. Warnings are
written to nobody: pages show them.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts import queries
from app.accounts.models import HealthAlarm, Letter, Vendor
from app.accounts.schemas.health import CHECKS, State
from app.accounts.service import letters, mailing
from app.accounts.service.mailing import Compose, To
from app.kit.clock import rfc3339
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import Language, translate
from app.kit.mail import Content

LOOK: Final = timedelta(minutes=5)
"""How often somebody looks at the checks."""
AGAIN: Final = timedelta(hours=6)
"""How long a failure is written of once, however often it comes and goes."""
_SETTLED: Final = LOOK - timedelta(minutes=1)
"""A failure is written of at the second look: a restart that it was the shadow of is over then."""


def keep(session: UnitOfWork, vendor_id: uuid.UUID, states: Mapping[str, State]) -> None:
    """Keeps how the checks are for a vendor, and queues letters about those that fail or recover.

    The rows are locked first: of two workers the second one finds that everything is told.
    """
    wrong = sorted(name for name, state in states.items() if state is not State.OK)
    _begin(session, vendor_id, wrong)
    vendor = session.get_one(Vendor, vendor_id)
    for alarm in _held(session, vendor_id):
        if alarm.name in states:
            _follow(session, vendor, alarm, states[alarm.name])


def _begin(session: UnitOfWork, vendor_id: uuid.UUID, names: Sequence[str]) -> None:
    fresh = {"vendor_id": vendor_id, "state": State.OK.word, "owes_end": False}
    rows = [fresh | {"name": name, "since": session.now()} for name in names]
    if rows:
        session.execute(insert(HealthAlarm).values(rows).on_conflict_do_nothing())


def _held(session: UnitOfWork, vendor_id: uuid.UUID) -> Sequence[HealthAlarm]:
    rows = select(HealthAlarm).where(HealthAlarm.vendor_id == vendor_id)
    return session.scalars(rows.order_by(HealthAlarm.name).with_for_update()).all()


def _follow(session: UnitOfWork, vendor: Vendor, alarm: HealthAlarm, state: State) -> None:
    now = session.now()
    if alarm.state != state.word:
        alarm.state, alarm.since = state.word, now
    if state is State.FAIL:
        is_new = alarm.told_at is None or now - alarm.told_at >= AGAIN
        if is_new and now - alarm.since >= _SETTLED and _tell(session, vendor, alarm):
            alarm.told_at, alarm.owes_end = now, True
    elif alarm.owes_end:
        _tell(session, vendor, alarm)
        alarm.owes_end = False


def _tell(session: UnitOfWork, vendor: Vendor, alarm: HealthAlarm) -> int:
    """How many owners are written to; none where the vendor cannot send, and none is due then."""
    owners = queries.owners(session, vendor.id) if vendor.smtp is not None else []
    told = {"check": alarm.name, "state": alarm.state, "since": rfc3339(alarm.since)}
    for owner in owners:
        mailing.queue(session, "health", To(owner.email, owner.locale), vendor, **told)
    return len(owners)


def _compose(session: KitSession, letter: Letter) -> Content:
    told, language = letter.data, cast("Language", letter.locale)
    check, vendor = CHECKS[told["check"]], session.get_one(Vendor, letter.vendor_id)
    since = datetime.fromisoformat(told["since"]).astimezone(ZoneInfo(vendor.time_zone))
    return letters.write(
        session,
        letter,
        "health",
        host=session.kit.settings.public_url.host,
        trouble=translate(check.trouble, language),
        advice=translate(check.advice, language),
        state=told["state"],
        since=since,
    )


COMPOSE: Final[Mapping[str, Compose]] = {"health": _compose}
