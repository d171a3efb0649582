"""The parts of the settings that are kept by one verb: general, keys, security, retention."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from app.accounts import queries as accounts
from app.accounts import service
from app.accounts.models import Vendor
from app.accounts.schemas import UpdateVendor
from app.cabinet.routers import pages
from app.cabinet.settings.forms import (
    PATH,
    Consequence,
    Manager,
    Part,
    Setting,
    changes_of,
    confirm,
    show,
)
from app.delivery.queries.retention import kept_before
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import NotFound, command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep
from app.licensing.queries.infobases import checks_before, silent_seats

router = pages("/settings")


def _seats_come_back(
    session: KitSession, vendor: Vendor, wish: Mapping[str, Any]
) -> Sequence[Consequence]:
    """A release by itself that begins, or begins earlier."""
    days, now = wish.get("auto_release_after_days"), vendor.auto_release_after_days
    if not isinstance(days, int) or (now is not None and days >= now):
        return ()
    if days < wish.get("stale_after_days", vendor.stale_after_days):
        return ()  # the verb refuses that
    seats = silent_seats(session, vendor.id, session.now() - timedelta(days=days))
    return [
        Consequence(
            N_("Infobases that were silent for longer lose access; their seats become free."),
            "seats",
            seats,
        )
    ]


def _codes_for_all(
    session: KitSession, vendor: Vendor, wish: Mapping[str, Any]
) -> Sequence[Consequence]:
    """A second factor that everybody has to set up."""
    if not wish.get("second_factor_for_all") or vendor.second_factor_for_all:
        return ()
    without = [
        each
        for each in accounts.colleagues(session, vendor.id)
        if not each.has_second_factor and each.membership.disabled_at is None
    ]
    return [
        Consequence(
            N_("Whoever has no second factor sets it up before any other page opens."),
            "people",
            len(without),
        )
    ]


def _records_go(
    session: KitSession, vendor: Vendor, wish: Mapping[str, Any]
) -> Sequence[Consequence]:
    """Records that would be kept no longer."""
    days = wish.get("retention_days")
    if not isinstance(days, int) or days >= vendor.retention_days:
        return ()
    before = session.now() - timedelta(days=days)
    gone = kept_before(session, vendor.id, before) + checks_before(session, vendor.id, before)
    return [
        Consequence(
            N_("Older checks, downloads and reports are deleted and do not come back."),
            "records",
            gone,
        )
    ]


PARTS: Final = {
    part.name: part
    for part in (
        Part(
            "general",
            (
                Setting("name", N_("Name"), "line", N_("Customers see it in letters")),
                Setting("legal_name", N_("Legal name"), "line", required=False),
                Setting("inn", N_("INN"), "line", required=False),
                Setting("locale", N_("Language"), "language", N_("Of letters and invitations")),
                Setting(
                    "time_zone", N_("Time zone"), "zone", N_("A term ends at midnight of this zone")
                ),
                Setting(
                    "expiring_days",
                    N_("Days before an end at which a product is expiring"),
                    hint=N_("From 0 to 365"),
                ),
            ),
            fixed={"slug": N_("Code")},
        ),
        Part(
            "keys",
            (
                Setting(
                    "rotation_grace_hours",
                    N_("Hours that a replaced key goes on working"),
                    hint=N_("From 0 to 72; proposed whenever a key is replaced"),
                ),
                Setting(
                    "coupon_batch_max",
                    N_("Coupons in one batch, at most"),
                    hint=N_("The cabinet makes up to 10,000 at once, podkluch up to 100,000"),
                ),
                Setting(
                    "stale_after_days",
                    N_("Days of silence after which a seat is marked as stale"),
                    hint=N_("The seat stays taken"),
                ),
                Setting(
                    "auto_release_after_days",
                    N_("Days of silence after which a seat comes back by itself"),
                    hint=N_("Empty: never"),
                    required=False,
                ),
            ),
            fixed={"prefix": N_("Prefix of keys and coupons")},
            leads_to=_seats_come_back,
        ),
        Part(
            "security",
            (
                Setting(
                    "second_factor_for_all",
                    N_("A second factor for everybody"),
                    "tick",
                    N_("Owners, administrators and release managers always need it"),
                ),
            ),
            leads_to=_codes_for_all,
        ),
        Part(
            "retention",
            (
                Setting(
                    "retention_days",
                    N_("Days that checks, downloads and reports are kept"),
                    hint=N_("From 30 to 3650"),
                ),
            ),
            intro=N_("Events of the audit log are kept for ever: what was done stays provable."),
            leads_to=_records_go,
        ),
    )
}


@router.get("")
def begin(viewer: Manager) -> Response:
    """Leads to the first part."""
    del viewer
    return RedirectResponse(f"{PATH}/general", 303)


@router.get("/{part}")
def show_part(request: Request, session: ReadSessionDep, viewer: Manager, part: str) -> Response:
    """What is set now."""
    page, vendor = _part(part), accounts.vendor(session, viewer.vendor_id)
    fixed = [(label, getattr(vendor, name)) for name, label in (page.fixed or {}).items()]
    return show(request, viewer, page, _now(page, vendor), vendor.row_version, fixed=fixed)


@router.post("/{part}")
def save_part(
    request: Request,
    session: SessionDep,
    viewer: Manager,
    part: str,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """Keeps it; what takes something from somebody is confirmed first."""
    page, vendor = _part(part), accounts.vendor(session, viewer.vendor_id)
    wish = command(UpdateVendor, fields.own(page.told(fields)))
    given = wish.model_dump(exclude_unset=True)
    if not fields.has("sure") and (led := page.leads_to(session, vendor, given)):
        changes = changes_of(page, _now(page, vendor), given)
        return confirm(request, viewer, page, changes, led, fields)
    service.update_vendor(session, vendor, wish, actor=viewer.actor, version=fields.version())
    return go(request, once.leads_to(f"{PATH}/{page.name}"), N_("Saved"))


def _part(name: str) -> Part:
    if name not in PARTS:
        raise NotFound
    return PARTS[name]


def _now(part: Part, vendor: Vendor) -> dict[str, object]:
    return {name: getattr(vendor, name) for name in part.labels}
