"""What the first page warns of: trust, jobs that failed, MASTER, codes shown today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.accounts.schemas import Permission, Role
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

ROOT_DAYS, STALE_DAYS = 120, 3
BACKUP, BACKUP_HOURS = "backup", 26
_LAST_DAYS = 30
SHOWN = (
    Action.LICENSE_KEY_REVEALED,
    Action.COUPON_REVEALED,
    Action.COUPON_BATCH_EXPORTED,
)
"""What a full code leaves by."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A warning with the page that mends it; texts are message ids."""

    tone: Literal["bad", "warn", "info"]
    title: str
    text: str
    path: str
    link: str
    params: dict[str, int] = field(default_factory=dict)


def banners(session: KitSession, viewer: Viewer) -> list[Banner]:
    """Those that the viewer may do something about."""
    found: list[Banner] = []
    if viewer.master_unconfirmed:
        found.append(
            Banner(
                "warn",
                N_("The MASTER secret is not written down"),
                N_("Without it a copy of the database opens no key. Were the words missed?"),
                "/cabinet/trust/master",
                N_("What to do"),
            )
        )
    rows = schedules.states(session)
    if viewer.may(Permission.TRUST_READ):
        found += _signing(rows)
        found += _trust(session, viewer)
    if viewer.may(Permission.SETTINGS_MANAGE):
        found += _jobs(session, viewer)
        found += _backup(session, rows)
    if viewer.role == Role.OWNER:
        found += _shown(session, viewer)
    return found


def _signing(rows: Sequence[ScheduleRow]) -> Iterator[Banner]:
    if any(row.error and not row.is_done for row in rows if row.name == "trust.resign"):
        title = N_("The last signing failed")
        text = N_("Releases are served with the signatures of before until they run out.")
        yield Banner("bad", title, text, "/cabinet/trust", N_("Open the trust page"))


def _trust(session: KitSession, viewer: Viewer) -> Iterator[Banner]:
    row = trust.repository(session, viewer.vendor_id)
    if row is None or row.root_expires_at is None:
        return
    now, path, link = session.now(), "/cabinet/trust", N_("Open the trust page")
    signed = row.timestamp_signed_at
    if signed is None or (now - signed).days >= STALE_DAYS:
        title = N_("Releases have not been signed anew for 3 days")
        text = N_("Agents soon stop installing: the regular work does not run, or signing fails.")
        yield Banner("bad", title, text, path, link)
    left = (row.root_expires_at - now).days
    if left <= ROOT_DAYS:
        title = N_("The root of trust ends in {n} days")
        text = N_("Hold the ceremony of a new root in time: without it agents trust nothing new.")
        tone: Literal["bad", "warn"] = "bad" if left <= _LAST_DAYS else "warn"
        yield Banner(tone, title, text, path, link, {"n": max(left, 0)})


def _jobs(session: KitSession, viewer: Viewer) -> Iterator[Banner]:
    count = len(mailing.failed(session, viewer.vendor_id))
    if count:
        title = N_("Letters that were not delivered: {n}")
        text = N_("Look at the reason and try again.")
        link = N_("Open the failed jobs")
        yield Banner("bad", title, text, "/cabinet/system", link, {"n": count})


def _backup(session: KitSession, rows: Sequence[ScheduleRow]) -> Iterator[Banner]:
    """Without a backup, how long there has been something to lose: since the first work here."""
    taken = [row.last_started_at for row in rows if row.name == BACKUP and row.last_started_at]
    since = max(taken) if taken else min((row.created_at for row in rows), default=session.now())
    hours = int((session.now() - since).total_seconds()) // 3_600
    if hours >= BACKUP_HOURS:
        title = N_("No backup has been taken for {n} h")
        text = N_("What was written since would be lost with this server.")
        link = N_("Open the system page")
        yield Banner("warn", title, text, "/cabinet/system", link, {"n": hours})


def _shown(session: KitSession, viewer: Viewer) -> Iterator[Banner]:
    zone = viewer.vendor.time_zone
    today = day_start(local_date(session.now(), zone), zone)
    count = audit.count_since(session, viewer.vendor_id, SHOWN, today)
    if count:
        title = N_("Full codes were shown today: {n}")
        text = N_("Who, which and why stands in the audit log.")
        path = "/cabinet/audit?action=license_key.revealed"
        yield Banner("info", title, text, path, N_("Open the audit log"), {"n": count})
