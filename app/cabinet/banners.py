"""What the first page warns of: the server's health, trust, failed jobs, codes shown today."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from app.accounts import queries as accounts
from app.accounts.schemas import Permission, Role
from app.accounts.schemas.health import CHECKS, SCHEDULE, State
from app.accounts.service import mailing
from app.audit import queries as audit
from app.audit.models import Action
from app.cabinet.auth import Viewer
from app.kit import schedules
from app.kit.clock import day_start, local_date
from app.kit.db import KitSession
from app.kit.i18n import N_
from app.kit.schedules import ScheduleRow
from app.trust import queries as trust
from app.trust.models import (
    ROOT_FAULT,
    ROOT_WARNINGS,
    TIMESTAMP_FAULT,
    TIMESTAMP_WARNING,
    TrustRepository,
)

Tone = Literal["bad", "warn", "info"]
OWN: Final = {"trust_resigning", "trust_timestamp", "trust_root", "dead_letters"}
"""Checks that have banners of their own here, by what the vendor itself has."""
_TO_TRUST, _TO_SYSTEM = N_("Open the trust page"), N_("Open the system page")
_TRUST, _CHECKS = ("/cabinet/trust", _TO_TRUST), ("/cabinet/system#checks", _TO_SYSTEM)
_FAILED = ("/cabinet/system#failed", N_("Open the failed jobs"))
PLACES: Final[Mapping[str, tuple[str, str]]] = dict.fromkeys(CHECKS, _CHECKS) | {
    "dead_letters": _FAILED,
    "schedule_overdue": ("/cabinet/system#schedules", N_("Open the schedules")),
    "quarantined_artifacts": ("/cabinet/audit?action=artifact.quarantined", N_("Which files")),
    "audit_chain_verified": ("/cabinet/audit/verify", N_("Check the chain")),
    "trust_timestamp": _TRUST,
    "trust_root": _TRUST,
    "trust_resigning": _TRUST,
}
"""Where owners and administrators mend what a check finds, or see more of it."""
MASTER: Final = ("/cabinet/trust/master", N_("What to do"))
"""The same for the words of MASTER, which owners alone confirm."""
_WORST_FIRST: Final[Sequence[Tone]] = ("bad", "warn", "info")
SHOWN = (
    Action.LICENSE_KEY_REVEALED,
    Action.COUPON_REVEALED,
    Action.COUPON_BATCH_EXPORTED,
)
"""What a full code leaves by."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A warning with the page that mends it; texts are message ids."""

    tone: Tone
    title: str
    text: str
    path: str
    link: str
    params: dict[str, int] = field(default_factory=dict)


def banners(session: KitSession, viewer: Viewer) -> list[Banner]:
    """Those that the viewer may do something about, the worst first.

    What the vendor mends by itself is looked at now, the rest as the worker saw it last.
    """
    found: list[Banner] = []
    if viewer.master_unconfirmed:
        found.append(_trouble("master_words", "warn", MASTER))
    rows = schedules.states(session)
    if viewer.may(Permission.TRUST_READ):
        found += _signing(rows)
        row = trust.repository(session, viewer.vendor_id)
        found += of_trust(row, session.now()) if row else ()
    if viewer.may(Permission.SETTINGS_MANAGE):
        found += _jobs(session, viewer)
        found += _watch(session, rows)
        found += _server(session, viewer)
    if viewer.role == Role.OWNER:
        found += _shown(session, viewer)
    return sorted(found, key=lambda each: _WORST_FIRST.index(each.tone))


def _trouble(check: str, tone: Tone, place: tuple[str, str] | None = None) -> Banner:
    path, link = place or PLACES[check]
    return Banner(tone, CHECKS[check].trouble, CHECKS[check].advice, path, link)


def _signing(rows: Sequence[ScheduleRow]) -> Iterator[Banner]:
    if any(row.has_failed for row in rows if row.name == "trust.resign"):
        yield _trouble("trust_resigning", "bad")


def of_trust(row: TrustRepository, now: datetime) -> Iterator[Banner]:
    """What runs out: the signatures of every day, and the root."""
    if row.root_expires_at is None:
        return
    signed = row.timestamp_signed_at or row.created_at
    if now - signed >= TIMESTAMP_WARNING:
        title = N_("Releases have not been signed anew for {n} days")
        tone: Tone = "bad" if now - signed >= TIMESTAMP_FAULT else "warn"
        days = {"n": (now - signed).days}
        yield Banner(tone, title, CHECKS["trust_timestamp"].advice, *_TRUST, days)
    left = row.root_expires_at - now
    if left <= timedelta(0):
        yield Banner("bad", N_("The root of trust has ended"), CHECKS["trust_root"].advice, *_TRUST)
    elif left.days <= ROOT_WARNINGS[0].days:
        title = N_("The root of trust ends in {n} days")
        tone = "bad" if left.days <= ROOT_FAULT.days else "warn"
        yield Banner(tone, title, CHECKS["trust_root"].advice, *_TRUST, {"n": left.days})


def _jobs(session: KitSession, viewer: Viewer) -> Iterator[Banner]:
    count = len(mailing.failed(session, viewer.vendor_id))
    if count:
        title = N_("Letters that were not delivered: {n}")
        text = N_("Look at the reason and try again.")
        yield Banner("bad", title, text, *_FAILED, {"n": count})


def _watch(session: KitSession, rows: Sequence[ScheduleRow]) -> Iterator[Banner]:
    """Without a worker nobody would see the rest."""
    late = max(
        (row.periods_late(session.now()) for row in rows if row.name == SCHEDULE), default=0.0
    )
    if late >= schedules.LATE:
        title = N_("Nobody watches the server")
        text = N_("The worker does not run: letters do not leave, and faults stay unseen.")
        tone: Tone = "bad" if late >= schedules.TOO_LATE else "warn"
        yield Banner(tone, title, text, *PLACES["schedule_overdue"])


def _server(session: KitSession, viewer: Viewer) -> Iterator[Banner]:
    own = OWN | ({"master_words"} if viewer.role == Role.OWNER else set())
    for alarm in accounts.alarms(session, viewer.vendor_id):
        if alarm.name in CHECKS.keys() - own:
            tone: Tone = "bad" if alarm.state == State.FAIL.word else "warn"
            yield _trouble(alarm.name, tone)


def _shown(session: KitSession, viewer: Viewer) -> Iterator[Banner]:
    zone = viewer.vendor.time_zone
    today = day_start(local_date(session.now(), zone), zone)
    count = audit.count_since(session, viewer.vendor_id, SHOWN, today)
    if count:
        title = N_("Full codes were shown today: {n}")
        text = N_("Who, which and why stands in the audit log.")
        path = "/cabinet/audit?action=license_key.revealed"
        yield Banner("info", title, text, path, N_("Open the audit log"), {"n": count})
