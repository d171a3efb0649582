"""The list of licence keys."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.keyrows import key_rows
from app.cabinet.lists import Filter, Listing, ListKind, asked, chosen_columns, given, shortened
from app.cabinet.routers import pages
from app.cabinet.states import LOOKS
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.customers import queries as customers
from app.kit.db import KitSession, ReadSessionDep
from app.kit.i18n import N_
from app.licensing.queries import lists
from app.licensing.schemas.views import ListKeys

router = pages("/license-keys")
Reader = Annotated[Viewer, Depends(Signed(Permission.KEYS_READ))]
_BADGES = {
    "empty": "KEY_EMPTY",
    "active": "ACTIVE",
    "expiring": "EXPIRING",
    "expired": "ENTITLEMENT_EXPIRED",
    "suspended": "KEY_SUSPENDED",
    "revoked": "KEY_REVOKED",
    "blocked": "CUSTOMER_BLOCKED",
}
STATES = {name: LOOKS["key"][code].word for name, code in _BADGES.items()}
"""The words of the badges, as the list is narrowed by them."""
KIND = ListKind(
    filters=(
        Filter("hint", N_("Last five symbols")),
        Filter("status", N_("State"), STATES),
        Filter("product", N_("Product")),
        Filter("customer_id", N_("Customer")),
        Filter("expires_from", N_("Ends from")),
        Filter("expires_to", N_("Ends until")),
        Filter("has_free_seats", N_("Free seats"), {"true": N_("yes")}),
        Filter("is_legacy", N_("Of another system"), {"true": N_("yes")}),
    ),
    columns=(
        ("products", N_("Products")),
        ("ends", N_("Nearest end")),
        ("seats", N_("Seats taken")),
        ("last_seen", N_("Last heard of")),
    ),
)


@router.get("")
def key_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The keys that the address asks for, newest first."""
    if (shorter := shortened(request)) is not None:
        return shorter
    wish = asked(ListKeys, request)
    found = lists.keys_looked_for(session, viewer.vendor_id, wish)
    products = catalog.product_names(session, viewer.vendor_id)
    listing = Listing(
        KIND,
        "/cabinet/license-keys",
        given(request),
        viewer.locale,
        found,
        lists.keys_count(session, viewer.vendor_id, wish),
        products | _customer(session, viewer, wish),
        chosen_columns(session, viewer, "license-keys"),
    )
    rows = key_rows(session, viewer, found.rows)
    context = {"listing": listing, "rows": rows, "products": products, "states": STATES}
    return page(request, viewer, "cabinet/license_keys/list.html", context)


def _customer(session: KitSession, viewer: Viewer, wish: ListKeys) -> dict[str, str]:
    if wish.customer_id is None:
        return {}
    found = customers.customer(session, viewer.vendor_id, wish.customer_id)
    return {str(found.id): found.company}
