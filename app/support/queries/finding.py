"""Finds what somebody pasted: each kind by its own index, only what the role may read."""

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    String,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.audit.models import AuditEvent
from app.catalog.models import Extension, Product, Release
from app.coupons import queries as coupons
from app.coupons.models import Coupon, CouponBatch
from app.customers.models import PHONE_DIGITS, Customer
from app.delivery.models import Download, InstallReport
from app.kit.db import KitSession
from app.kit.search import matches
from app.licensing.models import Activation, Infobase, LicenseCheck, LicenseKey, LicenseKeyCode
from app.licensing.queries import keys
from app.support.queries import reportcodes
from app.support.queries.classify import Looked, Shape

MOST: Final = 20
"""Of each kind; whoever finds more looks in the list."""
_LOCAL_DIGITS: Final = 10
_SHORTEST_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found; `ident` is its place in addresses."""

    kind: str
    ident: str
    title: str
    detail: str = ""


Search = Callable[[KitSession, uuid.UUID, Looked], Iterator[Hit]]


def find(
    session: KitSession, vendor_id: uuid.UUID, looked: Looked, may: Collection[Permission]
) -> list[Hit]:
    """What the text leads to; a code with wrong check symbols leads to nothing unasked."""
    hits = [
        hit
        for permission, search in _SEARCHES[looked.shape]
        if permission in may
        for hit in search(session, vendor_id, looked)
    ]
    if looked.shape is Shape.ID:
        hits += _by_id(session, vendor_id, looked, may)
    return list(dict.fromkeys(hits))


def _key(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    assert looked.code is not None  # noqa: S101 - the shape says so
    yield from _key_of(session, vendor_id, looked.code.digest)


def _legacy(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    if looked.legacy is not None and keys.holds_legacy(session):
        yield from _key_of(session, vendor_id, looked.legacy.digest)


def _key_of(session: KitSession, vendor_id: uuid.UUID, digest: bytes) -> Iterator[Hit]:
    found = keys.by_code(session, digest)
    if found is not None and found.key.vendor_id == vendor_id:
        yield Hit("key", str(found.key.id), found.key.hint)


def _coupon(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    assert looked.code is not None  # noqa: S101 - the shape says so
    found = coupons.by_digest(session, vendor_id, looked.code.digest)
    if found is not None:
        yield Hit("coupon", str(found.id), found.hint)


def _hinted_keys(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    if looked.hint_end is None:
        return
    prefix = accounts.vendor(session, vendor_id).prefix
    rows = session.execute(
        select(LicenseKey.id, LicenseKeyCode.hint, Customer.company)
        .join(LicenseKey, LicenseKey.id == LicenseKeyCode.key_id)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .where(
            LicenseKeyCode.vendor_id == vendor_id,
            LicenseKeyCode.hint.in_([f"{prefix}-…-{looked.hint_end}", f"…-{looked.hint_end}"]),
        )
        .order_by(LicenseKeyCode.id.desc())
        .limit(MOST)
    )
    for key_id, hint, company in rows:
        yield Hit("key", str(key_id), hint, company)


def _hinted_coupons(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    if looked.hint_end is None:
        return
    prefix = accounts.vendor(session, vendor_id).prefix
    rows = session.execute(
        select(Coupon.id, Coupon.hint)
        .where(Coupon.vendor_id == vendor_id, Coupon.hint == f"{prefix}UPD-…-{looked.hint_end}")
        .order_by(Coupon.id.desc())
        .limit(MOST)
    )
    for coupon_id, hint in rows:
        yield Hit("coupon", str(coupon_id), hint)


def _batches(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    rows = session.execute(
        select(CouponBatch.id, CouponBatch.name, CouponBatch.invoice_number)
        .where(CouponBatch.vendor_id == vendor_id, CouponBatch.invoice_number == looked.text)
        .order_by(CouponBatch.id.desc())
        .limit(MOST)
    )
    for batch_id, name, invoice in rows:
        yield Hit("batch", str(batch_id), name, invoice or "")


def _customers(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    wanted = [Customer.inn == looked.inn] if looked.inn else []
    if len(looked.text) >= _SHORTEST_WORD:
        words = matches(Customer.search_vector, vendor_id, looked.text)
        wanted += [words] if words is not None else []
    yield from _those(session, vendor_id, wanted)


def _reached(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    """Customers by what only those may know who see contacts."""
    wanted: list[ColumnElement[bool]] = []
    if looked.email:
        wanted += [Customer.email == looked.email, Customer.tech_email == looked.email]
    if looked.phone:
        wanted.append(PHONE_DIGITS.in_(_dialled(looked.phone)))
    yield from _those(session, vendor_id, wanted)


def _those(
    session: KitSession, vendor_id: uuid.UUID, wanted: Sequence[ColumnElement[bool]]
) -> Iterator[Hit]:
    """Each condition by its own index."""
    for condition in wanted:
        rows = session.execute(
            select(Customer.id, Customer.company, Customer.inn)
            .where(Customer.vendor_id == vendor_id, condition)
            .order_by(Customer.id.desc())
            .limit(MOST)
        )
        for customer_id, company, inn in rows:
            yield Hit("customer", str(customer_id), company, inn or "")


def _dialled(digits: str) -> list[str]:
    """The ways in which a Russian number begins: +7, 8, or not at all."""
    if len(digits) < _LOCAL_DIGITS:
        return [digits]
    local = digits[-_LOCAL_DIGITS:]
    return list(dict.fromkeys([digits, local, f"7{local}", f"8{local}"]))


def _products(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    """Products by a part of their name or code; a vendor has few, so none needs an index."""
    query = select(Product.id, Product.name, Product.code).order_by(Product.name).limit(MOST)
    for row_id, name, code in session.execute(
        query.where(Product.vendor_id == vendor_id, _holds(looked.text, Product.name, Product.code))
    ):
        yield Hit("product", str(row_id), name, code)


def _extensions(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    """Extensions by a part of one of their names."""
    names = (Extension.title_ru, Extension.title_en, Extension.onec_name, Extension.code)
    query = select(Extension.id, Extension.title_ru, Extension.onec_name)
    for row_id, title, name in session.execute(
        query.where(Extension.vendor_id == vendor_id, _holds(looked.text, *names))
        .order_by(Extension.title_ru)
        .limit(MOST)
    ):
        yield Hit("extension", str(row_id), title, name)


def _holds(text: str, *columns: Any) -> ColumnElement[bool]:
    if len(text) < _SHORTEST_WORD:
        return false()
    wanted = text.lower().replace("ё", "е")
    folded = (func.replace(func.lower(column), "ё", "е") for column in columns)
    return or_(*(each.contains(wanted, autoescape=True) for each in folded))


def _codes(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    """An agent's code of a failed installation: the installations that it stopped."""
    code = looked.text.upper()
    known = exists().where(InstallReport.vendor_id == vendor_id, InstallReport.code == code)
    if code in reportcodes.CODES or session.scalar(select(known)):
        yield Hit("code", code, code)


def _request(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    if looked.request_id is None:
        return
    known = [
        exists().where(model.vendor_id == vendor_id, model.request_id == looked.request_id)
        for model in (AuditEvent, LicenseCheck)
    ]
    if session.scalar(select(or_(*known))):
        yield Hit("request", looked.request_id, looked.request_id)


def _address(session: KitSession, vendor_id: uuid.UUID, looked: Looked) -> Iterator[Hit]:
    assert looked.network is not None  # noqa: S101 - the shape says so
    known = [
        exists().where(model.vendor_id == vendor_id, model.ip == looked.network)
        for model in (AuditEvent, LicenseCheck)
    ]
    if session.scalar(select(or_(*known))):
        yield Hit("address", looked.network.partition("/")[0], looked.network)


_READ_KEYS, _READ_COUPONS = Permission.KEYS_READ, Permission.COUPONS_READ
_SEARCHES: Final[dict[Shape, Sequence[tuple[Permission, Search]]]] = {
    Shape.NOTHING: (),
    Shape.KEY: ((_READ_KEYS, _key),),
    Shape.COUPON: ((_READ_COUPONS, _coupon),),
    Shape.MISTYPED: ((_READ_KEYS, _legacy),),
    Shape.ID: ((Permission.SUPPORT_READ, _request),),
    Shape.ADDRESS: ((Permission.SUPPORT_READ, _address),),
    Shape.TEXT: (
        (_READ_KEYS, _legacy),
        (_READ_KEYS, _hinted_keys),
        (_READ_COUPONS, _hinted_coupons),
        (_READ_COUPONS, _batches),
        (Permission.CUSTOMERS_READ, _customers),
        (Permission.CONTACTS_READ, _reached),
        (Permission.CATALOG_READ, _products),
        (Permission.CATALOG_READ, _extensions),
        (Permission.INSTALLS_READ, _codes),
        (Permission.SUPPORT_READ, _request),
    ),
}
_BY_ID: Final[Sequence[tuple[Permission, str, Any, Any]]] = (
    (Permission.CUSTOMERS_READ, "customer", Customer, Customer.company),
    (_READ_KEYS, "key", LicenseKey, LicenseKey.hint),
    (_READ_KEYS, "infobase", Infobase, Infobase.label),
    (_READ_KEYS, "activation", Activation, Activation.machine),
    (_READ_COUPONS, "coupon", Coupon, Coupon.hint),
    (_READ_COUPONS, "batch", CouponBatch, CouponBatch.name),
    (Permission.CATALOG_READ, "product", Product, Product.name),
    (Permission.CATALOG_READ, "extension", Extension, Extension.code),
    (Permission.CATALOG_READ, "release", Release, Release.version),
    (Permission.DOWNLOADS_READ, "download", Download, null()),
    (Permission.INSTALLS_READ, "report", InstallReport, null()),
)
"""Kinds whose ids people may paste: who may see them, the table, what they are called."""


def _by_id(
    session: KitSession, vendor_id: uuid.UUID, looked: Looked, may: Collection[Permission]
) -> Iterator[Hit]:
    parts = [
        select(
            literal(kind).label("kind"),
            cast(model.id, String).label("ident"),
            func.coalesce(cast(called, String), "").label("title"),
        ).where(model.vendor_id == vendor_id, _same(model, looked.id))
        for permission, kind, model, called in _BY_ID
        if permission in may
    ]
    if Permission.AUDIT_READ in may:
        event = select(literal("event"), cast(AuditEvent.seq, String), AuditEvent.subject_label)
        parts.append(event.where(AuditEvent.vendor_id == vendor_id, AuditEvent.id == looked.id))
    if parts:
        for kind, ident, title in session.execute(union_all(*parts)):
            yield Hit(kind, ident, title)


def _same(model: Any, wanted: uuid.UUID | None) -> ColumnElement[bool]:
    """By our id; an infobase by the id that its agent made as well."""
    if model is Infobase:
        return or_(Infobase.id == wanted, Infobase.uid == wanted)
    same: ColumnElement[bool] = model.id == wanted
    return same
