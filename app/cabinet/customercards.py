"""The card of a customer; each tab has its address, and acts on a key ask which one."""

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer, require
from app.cabinet.customerlists import TABS
from app.cabinet.keyrows import key_rows
from app.cabinet.license_keys.giving import as_file
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog.queries.extensions import extension_titles
from app.customers import queries
from app.delivery.queries import looks
from app.delivery.queries.lists import accepted_in
from app.delivery.schemas.views import ListDownloads
from app.kit.db import ReadSessionDep
from app.kit.i18n import N_
from app.kit.paging import Page
from app.kit.problems import NotFound
from app.kit.web.flash import go
from app.licensing.queries import customers as holdings
from app.support.queries.feed import events_of
from app.support.queries.threads import of_customer
from app.trust import queries as trust

router = pages("/customers")
Reader = Annotated[Viewer, Depends(Signed(Permission.CUSTOMERS_READ))]
KeyReader = Annotated[Viewer, Depends(Signed(Permission.KEYS_READ))]
DownloadReader = Annotated[Viewer, Depends(Signed(Permission.DOWNLOADS_READ))]


@dataclass(frozen=True, slots=True)
class KeyAct:
    """What is done with one of the customer's keys: its title, the right, the key's page."""

    title: str
    permission: Permission
    path: str


ACTS = {
    "redeem": KeyAct(
        N_("Activate a coupon"),
        Permission.COUPONS_REDEEM,
        "/cabinet/coupons/redeem?key_id={}",
    ),
    "send": KeyAct(
        N_("Send to the customer"), Permission.KEYS_REVEAL, "/cabinet/license-keys/{}/send"
    ),
    "connection": KeyAct(
        N_("Download the connection file"),
        Permission.KEYS_READ,
        "/cabinet/license-keys/{}/connection",
    ),
}


@router.get("/{customer_id}")
def customer_card(
    request: Request, session: ReadSessionDep, viewer: Reader, customer_id: uuid.UUID
) -> Response:
    """The card, at the keys of the customer."""
    keys = holdings.keys_of(session, viewer.vendor_id, customer_id, _page(request))
    rows = key_rows(session, viewer, keys.rows)
    return _card(request, session, viewer, customer_id, "keys", {"keys": rows, "more": keys})


@router.get("/{customer_id}/products")
def customer_products(
    request: Request, session: ReadSessionDep, viewer: Reader, customer_id: uuid.UUID
) -> Response:
    """What the customer's keys hold, key by key."""
    keys = holdings.keys_of(session, viewer.vendor_id, customer_id, _page(request))
    rows = key_rows(session, viewer, keys.rows)
    return _card(request, session, viewer, customer_id, "products", {"keys": rows, "more": keys})


@router.get("/{customer_id}/infobases")
def customer_infobases(
    request: Request, session: ReadSessionDep, viewer: Reader, customer_id: uuid.UUID
) -> Response:
    """Where the customer's products are in use."""
    seats = holdings.seats_of_customer(session, viewer.vendor_id, customer_id)
    places = list({seat.infobase.id for seat in seats})
    accepted = accepted_in(session, viewer.vendor_id, places)
    more: dict[str, object] = {"seats": seats, "accepted": accepted}
    return _card(request, session, viewer, customer_id, "infobases", more)


@router.get("/{customer_id}/downloads")
def customer_downloads(
    request: Request, session: ReadSessionDep, viewer: DownloadReader, customer_id: uuid.UUID
) -> Response:
    """What the customer's infobases fetched, newest first."""
    wish = ListDownloads(customer_id=customer_id, cursor=request.query_params.get("cursor"))
    zone = viewer.vendor.time_zone
    more = {
        "found": looks.downloads(session, viewer.vendor_id, wish, zone),
        "extensions": extension_titles(session, viewer.vendor_id, viewer.locale),
    }
    return _card(request, session, viewer, customer_id, "downloads", more)


@router.get("/{customer_id}/history")
def customer_history(
    request: Request, session: ReadSessionDep, viewer: Reader, customer_id: uuid.UUID
) -> Response:
    """What happened to the customer and to its keys, newest first."""
    threads = of_customer(session, viewer.vendor_id, customer_id)
    vendor = accounts.vendor(session, viewer.vendor_id)
    events = events_of(session, vendor, threads, request.query_params.get("cursor"))
    return _card(request, session, viewer, customer_id, "history", {"events": events})


@router.get("/{customer_id}/keys/{which}")
def which_key(
    request: Request, session: ReadSessionDep, viewer: KeyReader, customer_id: uuid.UUID, which: str
) -> Response:
    """To the only key of the customer, or the choice of one."""
    if which not in ACTS:
        raise NotFound
    require(viewer, ACTS[which].permission)
    customer = queries.customer(session, viewer.vendor_id, customer_id)
    keys = holdings.active_keys_of(session, viewer.vendor_id, customer_id)
    if len(keys) == 1:
        return go(request, ACTS[which].path.format(keys[0].id))
    rows = key_rows(session, viewer, keys)
    context = {"customer": customer, "name": which, "act": ACTS[which], "keys": rows}
    return page(request, viewer, "cabinet/customers/which_key.html", context)


@router.post("/{customer_id}/connection")
def customer_connection(
    session: ReadSessionDep, viewer: KeyReader, customer_id: uuid.UUID
) -> Response:
    """The connection file without a key: it is the same for all customers."""
    queries.customer(session, viewer.vendor_id, customer_id)
    return as_file(trust.connection_file(session, viewer.vendor_id))


def _page(request: Request) -> Page:
    return Page(cursor=request.query_params.get("cursor"), filters={"": request.url.path})


def _card(
    request: Request,
    session: ReadSessionDep,
    viewer: Viewer,
    customer_id: uuid.UUID,
    tab: str,
    more: dict[str, object],
) -> Response:
    found = queries.customer(session, viewer.vendor_id, customer_id)
    partners = queries.distributor_names(session, viewer.vendor_id)
    tabs = [
        each for each in TABS if each[0] != "downloads" or viewer.may(Permission.DOWNLOADS_READ)
    ]
    own = {"customer": found, "tab": tab, "tabs": tabs, "partners": partners}
    return page(request, viewer, f"cabinet/customers/{tab}.html", own | more)
