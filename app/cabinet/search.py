"""One box for everything: whatever is pasted leads to its card."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service import sessions
from app.cabinet.auth import SignedIn, Viewer
from app.cabinet.keyrows import key_rows
from app.cabinet.templates import page
from app.coupons import queries as coupon_queries
from app.coupons.problems import CouponMalformed
from app.coupons.schemas import ListCoupons
from app.coupons.service import coupons
from app.customers import queries as customers
from app.customers.models import Customer
from app.customers.schemas import ListCustomers
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import NotFound, command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, FormRoute
from app.licensing.problems import KeyMalformed
from app.licensing.queries import lists
from app.licensing.queries.keys import license_key
from app.licensing.schemas.views import ListKeys
from app.licensing.service.keys import find
from wire import codes

router = APIRouter(prefix="/search", route_class=FormRoute)
_MOST, _LONGEST, _STASH, _HINT = 20, 200, "search", 5
_CODE_LENGTHS = range(24, 32)
_TYPO = N_("It looks like a key, but the check symbols do not agree. Check every group.")


@router.post("")
def search(request: Request, session: SessionDep, viewer: SignedIn, fields: FieldsDep) -> Response:
    """To the one card, or to what was found; the text stays out of every address."""
    typed = "".join(symbol for symbol in fields.text("q") if symbol.isprintable())
    text = typed.strip()[:_LONGEST]
    path = _code(session, viewer, text) or _thing(session, viewer, text)
    if path is not None:
        return go(request, path)
    if _looks_like_a_code(text):
        return go(request, "/cabinet/search/results", _TYPO, tone="info")
    found = _found(session, viewer, text)
    if len(found) == 1:
        return go(request, found[0].path)
    sessions.stash(session, viewer, _STASH, text)
    return go(request, "/cabinet/search/results")


@router.get("/results")
def results(request: Request, session: ReadSessionDep, viewer: SignedIn) -> Response:
    """What the last search found, by kind."""
    text = str(sessions.stashed(session, viewer, _STASH) or "")
    context = {"text": text, "found": _found(session, viewer, text) if text else []}
    return page(request, viewer, "cabinet/search/results.html", context)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that fits, and where it is."""

    kind: str
    path: str
    title: str
    more: str = ""


def _looks_like_a_code(text: str) -> bool:
    """As long as a key or a coupon, with its hyphens: nothing else that people paste is."""
    plain = "".join(symbol for symbol in text if symbol.isalnum())
    return text.count("-") >= 4 and len(plain) in _CODE_LENGTHS  # noqa: PLR2004 - groups of a code


def _code(session: KitSession, viewer: Viewer, text: str) -> str | None:
    """A whole key or coupon, however it was typed."""
    if viewer.may(Permission.COUPONS_READ) and _is(text, codes.CodeKind.COUPON):
        coupon = coupons.find(session, viewer.vendor_id, text)
        return f"/cabinet/coupons/{coupon.id}" if coupon else None
    if not viewer.may(Permission.KEYS_READ):
        return None
    try:
        key = find(session, viewer.vendor_id, text)
    except (KeyMalformed, CouponMalformed):
        return None
    return f"/cabinet/license-keys/{key.id}" if key else None


def _is(text: str, kind: codes.CodeKind) -> bool:
    try:
        codes.normalise(text, kind)
    except codes.MalformedCodeError:
        return False
    return True


def _thing(session: KitSession, viewer: Viewer, text: str) -> str | None:
    """An id of ours."""
    try:
        wanted = uuid.UUID(text)
    except ValueError:
        return None
    for permission, read, path in (
        (Permission.CUSTOMERS_READ, customers.customer, "customers"),
        (Permission.KEYS_READ, license_key, "license-keys"),
        (Permission.COUPONS_READ, coupon_queries.coupon, "coupons"),
    ):
        if viewer.may(permission) and _exists(session, read, viewer.vendor_id, wanted):
            return f"/cabinet/{path}/{wanted}"
    return None


def _exists(session: KitSession, read: object, vendor_id: uuid.UUID, wanted: uuid.UUID) -> bool:
    assert callable(read)  # noqa: S101 - from the tuple above
    try:
        read(session, vendor_id, wanted)
    except NotFound:
        return False
    return True


def _found(session: KitSession, viewer: Viewer, text: str) -> list[Found]:
    return [*_customers(session, viewer, text), *_hints(session, viewer, text)]


def _customers(session: KitSession, viewer: Viewer, text: str) -> Iterator[Found]:
    if not viewer.may(Permission.CUSTOMERS_READ) or not text:
        return
    exact = {"email": text} if "@" in text else {"q": text}
    if "@" in text and not viewer.sees_contacts:
        return
    wish = command(ListCustomers, exact | {"limit": _MOST})
    rows: Sequence[Customer] = customers.listed(session, viewer.vendor_id, wish).rows
    for row in rows:
        yield Found(N_("Customers"), f"/cabinet/customers/{row.id}", row.company, row.inn or "")


def _hints(session: KitSession, viewer: Viewer, text: str) -> Iterator[Found]:
    """Keys and coupons by the end of their code, coupons by their invoice."""
    if len(text) == _HINT and viewer.may(Permission.KEYS_READ):
        wish = ListKeys(hint=text, limit=_MOST)
        rows = lists.keys_looked_for(session, viewer.vendor_id, wish).rows
        for row in key_rows(session, viewer, rows):
            key, company = row.rights.key, row.rights.customer.company
            yield Found(N_("Licence keys"), f"/cabinet/license-keys/{key.id}", key.hint, company)
    if text and viewer.may(Permission.COUPONS_READ):
        asked = {"hint": text} if len(text) == _HINT else {"invoice_number": text}
        wanted = command(ListCoupons, asked | {"limit": _MOST})
        found, _ = coupon_queries.coupons_looked_for(session, viewer.vendor_id, wanted)
        for coupon in found.rows:
            yield Found(N_("Coupons"), f"/cabinet/coupons/{coupon.id}", coupon.hint)
