"""Lists as files, under the same filters: who asks, how, and how many rows, is recorded."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from app.accounts.schemas import Permission
from app.audit import service as audit
from app.cabinet import deliverylists as delivery
from app.cabinet.auth import Signed, Viewer, require
from app.cabinet.coupons.lists import KIND as COUPONS
from app.cabinet.coupons.lists import coupon_rows
from app.cabinet.customerlists import KIND as CUSTOMERS
from app.cabinet.downloads import KIND as DOWNLOADS
from app.cabinet.installations import NOW as INSTALLED
from app.cabinet.keyrows import key_rows
from app.cabinet.license_keys.lists import KIND as KEYS
from app.cabinet.lists import Listing, ListKind, asked_exactly, given
from app.cabinet.routers import pages
from app.cabinet.states import look_of
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.coupons import queries as coupons
from app.coupons.schemas import ListCoupons
from app.customers import queries as customers
from app.delivery.schemas.views import ListDownloads, ListInstalled
from app.kit.db import KitSession, ReadSessionDep, SessionDep, reading
from app.kit.fields import PAGE_MAX, ListQuery
from app.kit.i18n import N_, translate
from app.kit.paging import EVERY, Rows
from app.kit.problems import NotFound, command
from app.kit.web.forms import FieldsDep, form
from app.kit.web.html import local_date
from app.kit.web.tables import Format, download
from app.licensing.queries import customers as holdings
from app.licensing.queries import lists
from app.licensing.schemas.views import ListHolders, ListKeys

router = pages()
Asking = Annotated[Viewer, Depends(Signed(Permission.LISTS_EXPORT, fresh=False))]
Exporter = Annotated[Viewer, Depends(Signed(Permission.LISTS_EXPORT))]


class AskedFormat(BaseModel):
    """How the list is to be written."""

    format: Format = "csv"


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of list: what may read it, how it is asked for, and its cells."""

    title: str
    kind: ListKind
    permission: Permission
    query: type[ListQuery]
    rows: Callable[[KitSession, Viewer, Any], Rows[Any]]
    count: Callable[[KitSession, uuid.UUID, Any, int], int]
    head: Sequence[str]
    cells: Callable[[KitSession, Viewer, Sequence[Any]], list[tuple[object, ...]]]


def _customer_rows(session: KitSession, viewer: Viewer, wish: ListHolders) -> Rows[Any]:
    return holdings.holders(session, viewer.vendor_id, wish)


def _customer_cells(
    session: KitSession, viewer: Viewer, rows: Sequence[Any]
) -> list[tuple[object, ...]]:
    partners = customers.distributor_names(session, viewer.vendor_id)
    shown = viewer.sees_contacts
    return [
        (
            row.company,
            row.inn,
            row.contact_name if shown else None,
            row.phone if shown else None,
            row.email if shown else None,
            row.external_ref1,
            partners.get(row.distributor_id),
            row.responsible,
            translate(look_of("customer", row.status).word, viewer.locale),
            row.created_at,
        )
        for row in rows
    ]


def _key_rows(session: KitSession, viewer: Viewer, wish: ListKeys) -> Rows[Any]:
    return lists.keys_looked_for(session, viewer.vendor_id, wish)


def _key_cells(
    session: KitSession, viewer: Viewer, rows: Sequence[Any]
) -> list[tuple[object, ...]]:
    return [
        (
            row.rights.key.hint,
            row.rights.customer.company,
            translate(look_of("key", row.state).word, viewer.locale),
            "; ".join(f"{each.item.product.name}: {each.text}" for each in row.products),
            row.ends,
            row.seats_used,
            row.seats,
            row.last_seen_at,
        )
        for row in key_rows(session, viewer, rows)
    ]


def _coupon_rows(session: KitSession, viewer: Viewer, wish: ListCoupons) -> Rows[Any]:
    return coupons.coupons_page(session, viewer.vendor_id, wish)


def _coupon_cells(
    session: KitSession, viewer: Viewer, rows: Sequence[Any]
) -> list[tuple[object, ...]]:
    partners = customers.distributor_names(session, viewer.vendor_id)
    return [
        (
            row.coupon.hint,
            row.sentence,
            translate(look_of("coupon", row.state).word, viewer.locale),
            row.coupon.redemption_count,
            row.coupon.max_redemptions,
            row.coupon.valid_until,
            row.batch.name,
            row.batch.invoice_number,
            partners.get(row.batch.distributor_id) if row.batch.distributor_id else None,
            row.coupon.comment,
            row.coupon.created_at,
        )
        for row in coupon_rows(session, viewer, rows)
    ]


EXPORTS: Mapping[str, Export] = {
    "customers": Export(
        N_("Customers"),
        CUSTOMERS,
        Permission.CUSTOMERS_READ,
        ListHolders,
        _customer_rows,
        holdings.holders_count,
        (
            N_("Company"),
            N_("INN"),
            N_("Contact"),
            N_("Phone"),
            N_("E-mail"),
            N_("Code in CRM"),
            N_("Distributor"),
            N_("Responsible"),
            N_("State"),
            N_("Added"),
        ),
        _customer_cells,
    ),
    "license-keys": Export(
        N_("Licence keys"),
        KEYS,
        Permission.KEYS_READ,
        ListKeys,
        _key_rows,
        lists.keys_count,
        (
            N_("Key"),
            N_("Customer"),
            N_("State"),
            N_("Products"),
            N_("Nearest end"),
            N_("Seats taken"),
            N_("Seats"),
            N_("Last heard of"),
        ),
        _key_cells,
    ),
    "coupons": Export(
        N_("Coupons"),
        COUPONS,
        Permission.COUPONS_READ,
        ListCoupons,
        _coupon_rows,
        coupons.coupons_count,
        (
            N_("Coupon"),
            N_("What it does"),
            N_("State"),
            N_("Used"),
            N_("Uses"),
            N_("Valid until"),
            N_("Batch"),
            N_("Invoice"),
            N_("Distributor"),
            N_("Note"),
            N_("Made"),
        ),
        _coupon_cells,
    ),
    "downloads": Export(
        N_("Downloads"),
        DOWNLOADS,
        Permission.DOWNLOADS_READ,
        ListDownloads,
        delivery.download_rows,
        delivery.download_count,
        delivery.DOWNLOADS_HEAD,
        delivery.download_cells,
    ),
    "installations": Export(
        N_("Installations"),
        INSTALLED,
        Permission.INSTALLS_READ,
        ListInstalled,
        delivery.installation_rows,
        delivery.installation_count,
        delivery.INSTALLATIONS_HEAD,
        delivery.installation_cells,
    ),
}


def _export(viewer: Viewer, name: str) -> Export:
    if name not in EXPORTS:
        raise NotFound
    require(viewer, EXPORTS[name].permission)
    return EXPORTS[name]


@router.get("/{name}/export")
def ask_to_export(request: Request, session: ReadSessionDep, viewer: Asking, name: str) -> Response:
    """The filters that go along, and the format."""
    export = _export(viewer, name)
    asked_exactly(export.query, request)
    context = {
        "export": export,
        "name": name,
        "chips": Listing(
            export.kind,
            f"/cabinet/{name}/export",
            given(request),
            viewer.locale,
            texts=_called(session, viewer),
        ).chips,
        "form": form(request, viewer.locale, {"format": "csv"}),
    }
    return page(request, viewer, "cabinet/exports/page.html", context)


def _called(session: KitSession, viewer: Viewer) -> dict[str, str]:
    """What chips call the values that are codes and ids."""
    partners = customers.distributor_names(session, viewer.vendor_id)
    products = dict(catalog.product_names(session, viewer.vendor_id))
    return products | {str(key): name for key, name in partners.items()}


@router.post("/{name}/export")
def export_list(
    request: Request, session: SessionDep, viewer: Exporter, name: str, fields: FieldsDep
) -> Response:
    """The file; its rows are read while it is sent."""
    export, how = _export(viewer, name), command(AskedFormat, fields.given("format"))
    wish = asked_exactly(export.query, request, limit=PAGE_MAX)
    count = export.count(session, viewer.vendor_id, wish, EVERY)
    filters, actor = wish.filters(), viewer.actor
    audit.record_export(session, viewer.vendor_id, name, filters, count, actor=actor)
    head = [translate(cell, viewer.locale) for cell in export.head]
    title = translate(export.title, viewer.locale)
    rows = _all(request, viewer, export, wish)
    as_read = partial(_as_read, viewer, typed=how.format == "xlsx")
    return download(title, how.format, head, (list(map(as_read, row)) for row in rows))


def _as_read(viewer: Viewer, cell: object, *, typed: bool) -> object:
    """Days and instants as the lists show them, in the reader's zone; typed where cells have types.

    Without the name of the zone, so that table programs take the text for a date.
    """
    if isinstance(cell, datetime):
        here = cell.astimezone(ZoneInfo(viewer.zone)).replace(tzinfo=None)
        day = local_date(here.date(), viewer.locale)
        return here if typed else f"{day} {here:%H:%M}"
    return cell if typed or not isinstance(cell, date) else local_date(cell, viewer.locale)


def _all(
    request: Request, viewer: Viewer, export: Export, wish: ListQuery
) -> Iterator[tuple[object, ...]]:
    """Page after page by key, in a transaction of its own: the request's is over by then."""
    state = request.app.state
    with reading(state.engine, state.kit, patient=True) as session:
        while True:
            found = export.rows(session, viewer, wish)
            yield from export.cells(session, viewer, found.rows)
            session.expunge_all()
            if found.next_cursor is None:
                return
            wish = wish.model_copy(update={"cursor": found.next_cursor})
