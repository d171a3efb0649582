"""The card of a licence key: products, seats, coupons, history; each tab has its address."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.effects import effect_rows
from app.cabinet.keyrows import held_products
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.coupons import queries as coupons
from app.coupons.schemas import FindRedemptions
from app.kit.db import ReadSessionDep
from app.kit.i18n import N_
from app.licensing.queries.checks import key_state
from app.licensing.queries.keys import seats_of_key
from app.licensing.queries.lists import codes_of
from app.licensing.queries.rights import key_rights
from app.licensing.queries.transfers import quotas
from app.support.queries.feed import events_of
from app.support.queries.threads import of_keys

router = pages("/license-keys")
Reader = Annotated[Viewer, Depends(Signed(Permission.KEYS_READ))]
CouponReader = Annotated[Viewer, Depends(Signed(Permission.COUPONS_READ))]
TABS = (
    ("products", "", N_("Products")),
    ("seats", "/seats", N_("Activations")),
    ("coupons", "/coupons", N_("Coupons")),
    ("history", "/history", N_("History")),
)


@router.get("/{key_id}")
def key_card(
    request: Request, session: ReadSessionDep, viewer: Reader, key_id: uuid.UUID
) -> Response:
    """The card, at the products in the key."""
    return _card(request, session, viewer, key_id, "products", {})


@router.get("/{key_id}/seats")
def key_seats(
    request: Request, session: ReadSessionDep, viewer: Reader, key_id: uuid.UUID
) -> Response:
    """The infobases that the key's products are bound to."""
    rights = key_rights(session, viewer.vendor_id, key_id)
    held = [(each.entitlement, each.product) for each in rights.entitlements]
    more: dict[str, object] = {
        "seats": seats_of_key(session, viewer.vendor_id, key_id),
        "quotas": quotas(session, held),
    }
    return _card(request, session, viewer, key_id, "seats", more)


@router.get("/{key_id}/coupons")
def key_coupons(
    request: Request, session: ReadSessionDep, viewer: CouponReader, key_id: uuid.UUID
) -> Response:
    """The coupons that were activated on the key, with what each changed."""
    asked = FindRedemptions(key_id=key_id, cursor=request.query_params.get("cursor"))
    found = coupons.redemptions(session, viewer.vendor_id, asked)
    names = coupons.names(session, viewer.vendor_id)
    lines = {
        row.redemption.id: effect_rows(row.redemption.effects, names, viewer.locale, done=True)
        for row in found.rows
    }
    return _card(request, session, viewer, key_id, "coupons", {"found": found, "lines": lines})


@router.get("/{key_id}/history")
def key_history(
    request: Request, session: ReadSessionDep, viewer: Reader, key_id: uuid.UUID
) -> Response:
    """What happened to the key, its products, seats and coupons, newest first."""
    threads = of_keys(session, viewer.vendor_id, [key_id])
    vendor = accounts.vendor(session, viewer.vendor_id)
    events = events_of(session, vendor, threads, request.query_params.get("cursor"))
    return _card(request, session, viewer, key_id, "history", {"events": events})


def _card(
    request: Request,
    session: ReadSessionDep,
    viewer: Viewer,
    key_id: uuid.UUID,
    tab: str,
    more: dict[str, object],
) -> Response:
    rights = key_rights(session, viewer.vendor_id, key_id)
    own = {
        "rights": rights,
        "key": rights.key,
        "state": key_state(rights),
        "products": held_products(rights, viewer.locale),
        "codes": codes_of(session, viewer.vendor_id, [key_id]).get(key_id, []),
        "letters": accounts.letters_about(session, viewer.vendor_id, key_id),
        "tab": tab,
        "tabs": TABS,
    }
    return page(request, viewer, f"cabinet/license_keys/{tab}.html", own | more)
