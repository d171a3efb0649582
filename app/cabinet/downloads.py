"""Downloads: who fetched which release, from where, and whether it arrived."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.lists import Filter, Listing, ListKind, asked, given
from app.cabinet.routers import pages
from app.cabinet.states import LOOKS
from app.cabinet.templates import page
from app.catalog.queries.extensions import extension_titles
from app.delivery.queries import looks
from app.delivery.schemas.views import ListDownloads
from app.kit.db import ReadSessionDep
from app.kit.i18n import N_

router = pages("/downloads")
Reader = Annotated[Viewer, Depends(Signed(Permission.DOWNLOADS_READ))]
KIND = ListKind(
    filters=(
        Filter("status", N_("Result"), {k: v.word for k, v in LOOKS["download"].items()}),
        Filter("customer", N_("Customer")),
        Filter("hint", N_("Last five symbols of the key")),
        Filter("extension", N_("Extension")),
        Filter("version", N_("Version")),
        Filter("configuration_name", N_("Configuration")),
        Filter("agent_version", N_("Agent version")),
        Filter("created_from", N_("From day")),
        Filter("created_to", N_("To day")),
        Filter("ip", N_("Address")),
        Filter("customer_id", N_("Customer")),
        Filter("key_id", N_("Key")),
        Filter("release_id", N_("Release")),
        Filter("activation_id", N_("Activation")),
        Filter("download_id", N_("Download")),
    )
)


@router.get("")
def download_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The downloads that the address asks for, newest first."""
    wish, zone = asked(ListDownloads, request), viewer.vendor.time_zone
    found = looks.downloads(session, viewer.vendor_id, wish, zone)
    count = looks.downloads_count(session, viewer.vendor_id, wish, zone)
    titles = extension_titles(session, viewer.vendor_id, viewer.locale)
    names = dict(titles)
    for each in found.rows:
        release, _, key, customer, _ = each.named
        names |= {str(release.id): release.version, str(key.id): key.hint}
        names[str(customer.id)] = customer.company
    listing = Listing(
        KIND, "/cabinet/downloads", given(request), viewer.locale, found, count, names
    )
    context = {"listing": listing, "extensions": titles}
    return page(request, viewer, "cabinet/downloads/list.html", context)
