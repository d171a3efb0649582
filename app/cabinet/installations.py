"""Installations: what is installed now, what agents reported, and what all of it adds up to."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.lists import Filter, Listing, ListKind, asked, given
from app.cabinet.phases import phase_word, phases
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog.queries.extensions import extension_titles
from app.delivery.models import InstallReport
from app.delivery.queries import installed, lists, looks
from app.delivery.schemas.views import FindObserved, ListInstalled, ListReports
from app.kit.db import ReadSessionDep
from app.kit.i18n import N_, Sentence
from app.support.queries import reportcodes

router = pages("/installations")
Reader = Annotated[Viewer, Depends(Signed(Permission.INSTALLS_READ))]
_PATH = "/cabinet/installations"
OUTCOMES = {
    "done": N_("installed"),
    "done_restart_required": N_("restart needed"),
    "noop": N_("was installed already"),
    "failed": N_("failed"),
    "rolled_back": N_("rolled back"),
    "rollback_failed": N_("rollback failed"),
}
LOOK = {"done": "installed", "done_restart_required": "restart_needed"}
"""The state of a report by its outcome, where the two have other names."""
_ONLY = {"true": N_("yes")}
NOW = ListKind(
    filters=(
        Filter("customer", N_("Customer")),
        Filter("extension", N_("Extension")),
        Filter("outcome", N_("State"), OUTCOMES),
        Filter("behind", N_("Behind the newest"), _ONLY),
        Filter("version", N_("Version")),
        Filter("configuration_name", N_("Configuration")),
        Filter("code", N_("Error code")),
        Filter("created_from", N_("From day")),
        Filter("created_to", N_("To day")),
        Filter("infobase_id", N_("Infobase")),
        Filter("key_id", N_("Key")),
    )
)
REPORTS = ListKind(
    filters=(
        Filter("outcome", N_("Result"), OUTCOMES),
        Filter("failed", N_("Only failed"), _ONLY),
        Filter("extension", N_("Extension")),
        Filter("code", N_("Error code")),
        Filter("configuration_name", N_("Configuration")),
        Filter("version", N_("Version")),
        Filter("created_from", N_("From day")),
        Filter("created_to", N_("To day")),
        Filter("infobase_id", N_("Infobase")),
        Filter("key_id", N_("Key")),
        Filter("release_id", N_("Release")),
        Filter("activation_id", N_("Activation")),
    )
)
OBSERVED = ListKind(
    filters=(Filter("extension", N_("Extension")), Filter("release_id", N_("Release")))
)


@router.get("")
def installation_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """What is installed now, of each extension in each infobase; last reported on first."""
    wish, zone = asked(ListInstalled, request), viewer.vendor.time_zone
    found = installed.installations(session, viewer.vendor_id, wish, zone)
    count = installed.installations_count(session, viewer.vendor_id, wish, zone)
    titles = extension_titles(session, viewer.vendor_id, viewer.locale)
    names = dict(titles)
    for each in found.rows:
        names |= {str(each.infobase.id): each.infobase.label, str(each.key.id): each.key.hint}
    listing = Listing(NOW, _PATH, given(request), viewer.locale, found, count, names)
    context = {"listing": listing, "extensions": titles, **_words()}
    return page(request, viewer, "cabinet/installations/list.html", context)


@router.get("/reports")
def report_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The reports that the address asks for, newest first."""
    wish, zone = asked(ListReports, request), viewer.vendor.time_zone
    found = looks.reports(session, viewer.vendor_id, wish, zone)
    count = looks.reports_count(session, viewer.vendor_id, wish, zone)
    titles = extension_titles(session, viewer.vendor_id, viewer.locale)
    names = dict(titles)
    for each in found.rows:
        infobase, key, _, _, release = each.named
        names |= {str(infobase.id): infobase.label, str(key.id): key.hint}
        names |= {str(release.id): release.version} if release else {}
    path = f"{_PATH}/reports"
    listing = Listing(REPORTS, path, given(request), viewer.locale, found, count, names)
    context = {"listing": listing, "extensions": titles, **_words()}
    return page(request, viewer, "cabinet/installations/reports.html", context)


def _words() -> dict[str, object]:
    return {"outcomes": OUTCOMES, "look": LOOK, "meaning": meaning}


@router.get("/observed")
def observed(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """Releases by the versions of configurations that they were installed on."""
    found = lists.observed(session, viewer.vendor_id, asked(FindObserved, request))
    titles = extension_titles(session, viewer.vendor_id, viewer.locale)
    listing = Listing(
        OBSERVED, f"{_PATH}/observed", given(request), viewer.locale, found, None, titles
    )
    context = {"listing": listing, "extensions": titles}
    return page(request, viewer, "cabinet/installations/observed.html", context)


@router.get("/{report_id}")
def installation(
    request: Request, session: ReadSessionDep, viewer: Reader, report_id: uuid.UUID
) -> Response:
    """One report with its phases, and the step that follows from it."""
    found = looks.report(session, viewer.vendor_id, report_id)
    infobase, key, customer, extension, release = found.named
    context = {
        "report": found.row,
        "infobase": infobase,
        "key": key,
        "customer": customer,
        "extension": extension,
        "release": release,
        "look": LOOK,
        "said": meaning(found.row),
        "stopped_at": phase_word(found.row.failed_state or "", viewer.locale),
        "phases": phases(found.row, viewer.zone, viewer.locale),
    }
    return page(request, viewer, "cabinet/installations/report.html", context)


def meaning(report: InstallReport) -> tuple[Sentence, Sentence] | None:
    """What went wrong and the next step; None where nothing did."""
    if report.outcome not in reportcodes.OUTCOMES:
        return None
    return reportcodes.told(report.outcome, report.code)
