"""The system: version, checks in words, schedules, bundled works, and jobs that failed."""

import json
import uuid
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app import __version__
from app.accounts.schemas import Permission
from app.accounts.schemas.health import CHECKS
from app.accounts.service import mailing
from app.cabinet.auth import Signed, Viewer
from app.cabinet.banners import MASTER, PLACES
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit import schedules
from app.kit.db import KitSession, ReadSessionDep, SessionDep, schema_revision
from app.kit.i18n import N_
from app.kit.resources import folder
from app.kit.web.flash import go

router = pages("/system")
Manager = Annotated[Viewer, Depends(Signed(Permission.SETTINGS_MANAGE))]
Checks = Callable[[KitSession, uuid.UUID], dict[str, Any]]
SCHEDULES = {
    "health": N_("Look at the server's health"),
    "check": N_("Check of the data"),
    "check.full": N_("Full check of the data"),
    "sweep": N_("Clearing away what has served its time"),
    "trust.resign": N_("Signing anew"),
    "audit.head": N_("Head of the audit chain to the owners"),
    "reminders": N_("Reminders of ends"),
}
LETTERS = {
    "key": N_("Letter with a key"),
    "coupons": N_("Letter with coupons"),
    "invitation": N_("Invitation"),
    "password_reset": N_("New password"),
    "reminder": N_("Reminder of an end"),
    "test": N_("Test letter"),
    "audit_head": N_("Head of the audit chain"),
    "health": N_("Fault of the server"),
    "new_device": N_("Sign-in from a new device"),
}


@router.get("")
def show(request: Request, session: ReadSessionDep, viewer: Manager) -> Response:
    """How the server is; numbers about the whole server are not every vendor's."""
    read: Checks = request.app.state.checks
    states, now = {row.name: row for row in schedules.states(session)}, session.now()
    backup = states.pop("backup", None)  # done by the operator's timer, not by the worker
    context = {
        "version": __version__,
        "revision": schema_revision(session),
        "checks": read(session, viewer.vendor_id)["checks"],
        "schedules": states.values(),
        "late": [row.name for row in states.values() if row.periods_late(now) >= schedules.LATE],
        "backup": backup,
        "is_embedded": session.kit.settings.database_url is None,
        "failed": mailing.failed(session, viewer.vendor_id),
        "works": bundled(),
        "check_words": CHECKS,
        "places": dict(PLACES) | ({"master_words": MASTER} if viewer.master_unconfirmed else {}),
        "schedule_words": SCHEDULES,
        "letter_words": LETTERS,
    }
    return page(request, viewer, "cabinet/system/page.html", context)


@router.post("/letters/{letter_id}/retry")
def retry(request: Request, session: SessionDep, viewer: Manager, letter_id: uuid.UUID) -> Response:
    """Tries a failed job again."""
    mailing.retry(session, viewer.vendor_id, letter_id, actor=viewer.actor)
    return go(request, "/cabinet/system", N_("The job is tried again"))


@cache
def bundled() -> Sequence[tuple[str, str, str]]:
    """Works of others that the pages come with: name, version, licence."""
    told = json.loads((folder("static") / "vendor" / "VENDOR.json").read_text("utf-8"))
    return sorted({(each["name"], each["version"], each["licence"]) for each in told})
