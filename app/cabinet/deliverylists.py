"""Downloads and installations as files have them: their rows, counts and cells."""

import uuid
from collections.abc import Sequence
from typing import Any

from app.accounts import queries as accounts
from app.cabinet.auth import Viewer
from app.cabinet.installations import OUTCOMES, meaning
from app.cabinet.states import look_of
from app.catalog.queries.extensions import extension_titles
from app.delivery.queries import installed, looks
from app.delivery.schemas.views import ListDownloads, ListInstalled
from app.kit.browsers import program
from app.kit.db import KitSession
from app.kit.i18n import N_, translate
from app.kit.paging import Rows

DOWNLOADS_HEAD = (
    N_("When"),
    N_("Customer"),
    N_("Key"),
    N_("Extension"),
    N_("Release"),
    N_("Configuration"),
    N_("Version of the configuration"),
    N_("Agent"),
    N_("Bytes"),
    N_("Result"),
    N_("Address"),
)
INSTALLATIONS_HEAD = (
    N_("Customer"),
    N_("Key"),
    N_("Infobase"),
    N_("Configuration"),
    N_("Version of the configuration"),
    N_("Extension"),
    N_("Installed"),
    N_("Offered version"),
    N_("State"),
    N_("Error code"),
    N_("Error"),
    N_("Last report"),
)


def download_rows(session: KitSession, viewer: Viewer, wish: ListDownloads) -> Rows[Any]:
    """A page of downloads."""
    return looks.downloads(session, viewer.vendor_id, wish, viewer.vendor.time_zone)


def download_count(session: KitSession, vendor_id: uuid.UUID, wish: ListDownloads, cap: int) -> int:
    """How many there are, up to the cap."""
    zone = accounts.vendor(session, vendor_id).time_zone
    return looks.downloads_count(session, vendor_id, wish, zone, cap)


def download_cells(
    session: KitSession, viewer: Viewer, rows: Sequence[Any]
) -> list[tuple[object, ...]]:
    """The cells of each download."""
    titles = extension_titles(session, viewer.vendor_id, viewer.locale)
    return [_download(viewer, each, titles) for each in rows]


def _download(viewer: Viewer, each: Any, titles: dict[str, str]) -> tuple[object, ...]:
    row, (release, extension, key, customer, infobase) = each.row, each.named
    return (
        row.created_at,
        customer.company,
        key.hint,
        titles.get(extension.code, extension.code),
        release.version,
        infobase.configuration_name,
        infobase.configuration_version,
        program(row.user_agent),
        row.bytes,
        translate(look_of("download", row.status).word, viewer.locale),
        row.ip,
    )


def installation_rows(session: KitSession, viewer: Viewer, wish: ListInstalled) -> Rows[Any]:
    """A page of installations."""
    return installed.installations(session, viewer.vendor_id, wish, viewer.vendor.time_zone)


def installation_count(
    session: KitSession, vendor_id: uuid.UUID, wish: ListInstalled, cap: int
) -> int:
    """How many there are, up to the cap."""
    zone = accounts.vendor(session, vendor_id).time_zone
    return installed.installations_count(session, vendor_id, wish, zone, cap)


def installation_cells(
    session: KitSession, viewer: Viewer, rows: Sequence[Any]
) -> list[tuple[object, ...]]:
    """The cells of each installation."""
    titles = extension_titles(session, viewer.vendor_id, viewer.locale)
    return [_installation(viewer, each, titles) for each in rows]


def _installation(
    viewer: Viewer, each: installed.Installation, titles: dict[str, str]
) -> tuple[object, ...]:
    said = meaning(each.report)
    return (
        each.customer.company,
        each.key.hint,
        each.infobase.label,
        each.infobase.configuration_name,
        each.infobase.configuration_version,
        titles.get(each.extension.code, each.extension.code),
        each.version,
        each.offered,
        translate(OUTCOMES[each.report.outcome], viewer.locale),
        each.report.code,
        said[0].of(viewer.locale) if said else None,
        each.report.created_at,
    )
