"""Pages of keys, products in keys, their ledger, trials and seats, newest first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.accounts import queries as accounts
from app.catalog.models import Product
from app.kit.clock import local_date
from app.kit.db import KitSession, TenantRow
from app.kit.fields import ListQuery
from app.kit.paging import (
    CAP,
    NOBODYS,
    Order,
    Page,
    Rows,
    capped,
    created_within,
    in_order,
    newest_first,
)
from app.licensing.models import (
    Activation,
    Entitlement,
    EntitlementChange,
    KeyStatus,
    LicenseKey,
    LicenseKeyCode,
    Trial,
)
from app.licensing.queries.keys import Seat, hints, license_key, seats_by_id
from app.licensing.queries.keystates import counted, to_look_for
from app.licensing.schemas.views import (
    AskedKeys,
    FindActivations,
    FindEntitlements,
    FindKeys,
    FindTrials,
    ListKeys,
)

_Held = aliased(Entitlement)
"""What a key is looked for by, apart from what its state is told by."""
_ALWAYS = 2
"""Conditions on every product in a key, whatever was asked."""
_OF_PRODUCTS = {"product", "expires_from", "expires_to"}
"""What keys are looked for by that an index of the products in them decides alone."""
_BY_ENDS = {"running", "expired"}
"""What has become of trials that says nothing of itself, but by the end of the product."""


@dataclass(frozen=True, slots=True)
class TriedOut:
    """A trial with the key and the product of it, and what has become of it by now."""

    trial: Trial
    entitlement: Entitlement
    product: Product
    key: LicenseKey
    status: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A change with the product whose rights it changed."""

    change: EntitlementChange
    product: Product


def _page(
    session: KitSession,
    vendor_id: uuid.UUID,
    query: Select[Any],
    model: type[TenantRow],
    asked: ListQuery,
) -> Rows[Any]:
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query.where(model.vendor_id == vendor_id), model.created_at, asked, zone)
    return newest_first(session, query, model.id, Page.of(asked))


def _expires(
    column: InstrumentedAttribute[date | None], first: date | None, last: date | None
) -> list[ColumnElement[bool]]:
    wanted = [column >= first] if first else []
    return [*wanted, column <= last] if last else wanted


def license_keys(session: KitSession, vendor_id: uuid.UUID, asked: FindKeys) -> Rows[LicenseKey]:
    """Keys with a product that is not withdrawn, where the filter speaks of products."""
    query = _first(session, vendor_id, asked)
    if query is None:
        query = _behind(_keys(session, vendor_id, asked), asked)
    return _page(session, vendor_id, query, LicenseKey, asked)


def keys_looked_for(session: KitSession, vendor_id: uuid.UUID, asked: ListKeys) -> Rows[LicenseKey]:
    """A page of the keys that a person looks for."""
    query = _first(session, vendor_id, asked)
    if query is None:
        query = _behind(_looked_for(session, vendor_id, asked), asked)
    return _page(session, vendor_id, query, LicenseKey, asked)


def _first(
    session: KitSession, vendor_id: uuid.UUID, asked: AskedKeys
) -> Select[LicenseKey] | None:
    """The keys of a page, where products or codes alone decide: by their index, then each by id."""
    found, page = _ids(session, vendor_id, asked), Page.of(asked)
    if found is None:
        return None
    (key_id,) = found.selected_columns
    if page.cursor is not None:
        found = found.where(key_id < page.after())
    ids = found.order_by(key_id.desc()).limit(page.limit + 1).subquery()
    return select(LicenseKey).join(ids, ids.c.key_id == LicenseKey.id)


def _ids(session: KitSession, vendor_id: uuid.UUID, asked: AskedKeys) -> Select[uuid.UUID] | None:
    """The ids of all keys that are asked for, each once; None where more than these decides."""
    given = asked.filters().keys()
    if given and given <= _OF_PRODUCTS:
        held = _held(session, vendor_id, asked)
        return select(_Held.key_id).where(*held).group_by(_Held.key_id)
    if isinstance(asked, ListKeys) and given == {"is_legacy"}:
        coded = LicenseKeyCode.vendor_id == vendor_id, _of_kind(asked)
        return select(LicenseKeyCode.key_id).where(*coded).group_by(LicenseKeyCode.key_id)
    return None


def _of_kind(asked: ListKeys) -> ColumnElement[bool]:
    return LicenseKeyCode.kind == ("legacy" if asked.is_legacy else "native")


def _behind(query: Select[LicenseKey], asked: AskedKeys) -> Select[LicenseKey]:
    """Tells the index of a product's holders as well where the page begins."""
    page = Page.of(asked)
    if asked.product is None or page.cursor is None or page.is_of_days:
        return query
    return query.where(_Held.key_id < page.after())


def keys_count(session: KitSession, vendor_id: uuid.UUID, asked: ListKeys, cap: int = CAP) -> int:
    """How many keys a person would find, up to the cap."""
    ids = _ids(session, vendor_id, asked)
    if ids is not None:
        return capped(session, ids, cap)
    query = _listed(session, vendor_id, asked.model_copy(update={"status": None}))
    if asked.status is None:
        return capped(session, query, cap)
    return counted(session, vendor_id, asked.status, query, cap)


def active_keys(
    session: KitSession, vendor_id: uuid.UUID, asked: ListKeys, most: int
) -> Sequence[uuid.UUID]:
    """The active ones of all keys that a person would find, so many of them at most."""
    query = _listed(session, vendor_id, asked).where(LicenseKey.status == KeyStatus.ACTIVE)
    ids = query.with_only_columns(LicenseKey.id).order_by(LicenseKey.id.desc())
    return session.scalars(ids.limit(most)).all()


def _listed(session: KitSession, vendor_id: uuid.UUID, asked: ListKeys) -> Select[LicenseKey]:
    query = _looked_for(session, vendor_id, asked).where(LicenseKey.vendor_id == vendor_id)
    zone = accounts.vendor(session, vendor_id).time_zone
    return created_within(query, LicenseKey.created_at, asked, zone)


def _keys(session: KitSession, vendor_id: uuid.UUID, asked: AskedKeys) -> Select[LicenseKey]:
    query = select(LicenseKey)
    if asked.customer_id is not None:
        query = query.where(LicenseKey.customer_id == asked.customer_id)
    if isinstance(asked, FindKeys) and asked.status is not None:
        query = query.where(LicenseKey.status == asked.status)
    held = _held(session, vendor_id, asked)
    if asked.product is not None:
        # A key holds a product once, and the index of its holders is in the order of the list.
        return query.join(_Held, _Held.key_id == LicenseKey.id).where(*held)
    if len(held) > _ALWAYS:
        query = query.where(LicenseKey.id.in_(select(_Held.key_id).where(*held)))
    return query


def _held(session: KitSession, vendor_id: uuid.UUID, asked: AskedKeys) -> list[ColumnElement[bool]]:
    """What one product in a key has to be like."""
    held = _expires(_Held.valid_until, asked.expires_from, asked.expires_to)
    if isinstance(asked, ListKeys) and asked.has_free_seats:
        held.append(or_(_Held.seats.is_(None), _Held.active_count < _Held.seats))
    held += [_Held.vendor_id == vendor_id, _Held.status != "withdrawn"]
    if asked.product is not None:
        held.append(_Held.product_id == _product_id(session, vendor_id, asked.product))
    return held


def _product_id(session: KitSession, vendor_id: uuid.UUID, code: str) -> uuid.UUID:
    """Asked for by itself: behind a join the planner would not know how many keys hold it."""
    named = select(Product.id).where(Product.vendor_id == vendor_id, Product.code == code)
    return session.scalar(named) or NOBODYS


def _looked_for(session: KitSession, vendor_id: uuid.UUID, asked: ListKeys) -> Select[LicenseKey]:
    query = _keys(session, vendor_id, asked)
    if asked.status is not None:
        query = query.where(to_look_for(session, vendor_id, asked.status))
    named = [LicenseKeyCode.vendor_id == vendor_id]
    if asked.hint is not None:
        prefix = accounts.vendor(session, vendor_id).prefix
        named.append(LicenseKeyCode.hint.in_(hints(prefix, asked.hint)))
    if asked.is_legacy is not None:
        named.append(_of_kind(asked))
    if len(named) > 1:
        query = query.where(LicenseKey.id.in_(select(LicenseKeyCode.key_id).where(*named)))
    return query


def codes_of(
    session: KitSession, vendor_id: uuid.UUID, keys: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[LicenseKeyCode]]:
    """The codes of keys, the current one first."""
    found: dict[uuid.UUID, list[LicenseKeyCode]] = {}
    for code in session.scalars(
        select(LicenseKeyCode)
        .where(LicenseKeyCode.vendor_id == vendor_id, LicenseKeyCode.key_id.in_(keys))
        .order_by(LicenseKeyCode.id.desc())
    ):
        found.setdefault(code.key_id, []).append(code)
    return found


def entitlements(
    session: KitSession, vendor_id: uuid.UUID, asked: FindEntitlements
) -> Rows[Entitlement]:
    """Products in keys, newest first; by their ends where days of these are asked for."""
    query = select(Entitlement)
    wanted = _expires(Entitlement.valid_until, asked.expires_from, asked.expires_to)
    if asked.product is not None:
        wanted.append(Entitlement.product_id == _product_id(session, vendor_id, asked.product))
    if asked.key_id is not None:
        wanted.append(Entitlement.key_id == asked.key_id)
    if asked.status is not None:
        wanted.append(Entitlement.status == asked.status)
    if asked.is_trial is not None:
        wanted.append(Entitlement.is_trial == asked.is_trial)
    query = query.where(*wanted)
    if asked.expires_from is None and asked.expires_to is None:
        return _page(session, vendor_id, query, Entitlement, asked)
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query, Entitlement.created_at, asked, zone)
    order = Order(Entitlement.valid_until, Entitlement.id, read=date.fromisoformat)
    return in_order(session, query.where(Entitlement.vendor_id == vendor_id), order, Page.of(asked))


def trials(session: KitSession, vendor_id: uuid.UUID, asked: FindTrials) -> Rows[TriedOut]:
    """Trials with what became of them."""
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    query = select(Trial)
    wanted = _expires(Entitlement.valid_until, asked.expires_from, asked.expires_to)
    if asked.key_id is not None:
        wanted.append(Trial.key_id == asked.key_id)
    if asked.product is not None:
        wanted.append(Trial.product_id == _product_id(session, vendor_id, asked.product))
    if asked.status is not None:
        wanted.append(_has_become(asked.status, today))
    if asked.expires_from or asked.expires_to or asked.status in _BY_ENDS:
        query = query.join(Entitlement, Entitlement.id == Trial.entitlement_id)
    found = _page(session, vendor_id, query.where(*wanted), Trial, asked)
    around = session.execute(
        select(Trial.id, Entitlement, Product, LicenseKey)
        .join(Entitlement, Entitlement.id == Trial.entitlement_id)
        .join(Product, Product.id == Trial.product_id)
        .join(LicenseKey, LicenseKey.id == Trial.key_id)
        .where(Trial.id.in_([trial.id for trial in found.rows]))
    )
    by_id = {row[0]: (row[1], row[2], row[3]) for row in around}
    rows = [
        TriedOut(trial, *by_id[trial.id], _become(trial, by_id[trial.id][0], today))
        for trial in found.rows
    ]
    return Rows(rows, found.next_cursor)


def _has_become(status: str, today: date) -> ColumnElement[bool]:
    over = Entitlement.valid_until < today
    if status == "running":
        return and_(Trial.end_reason.is_(None), ~over)
    if status == "expired":
        return or_(Trial.end_reason == "expired", and_(Trial.end_reason.is_(None), over))
    return Trial.end_reason == status


def _become(trial: Trial, entitlement: Entitlement, today: date) -> str:
    if trial.end_reason is not None:
        return trial.end_reason
    end = entitlement.valid_until
    return "expired" if end is not None and end < today else "running"


def changes(
    session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID, asked: ListQuery
) -> Rows[LedgerRow]:
    """The ledger of one key."""
    license_key(session, vendor_id, key_id)
    query = (
        select(EntitlementChange)
        .join(Entitlement, Entitlement.id == EntitlementChange.entitlement_id)
        .where(Entitlement.key_id == key_id)
    )
    found = _page(session, vendor_id, query, EntitlementChange, asked)
    of = select(Entitlement.id, Product).join(Product, Product.id == Entitlement.product_id)
    rows = session.execute(of.where(Entitlement.key_id == key_id))
    products = {row[0]: row[1] for row in rows}
    return Rows(
        [LedgerRow(change, products[change.entitlement_id]) for change in found.rows],
        found.next_cursor,
    )


def activations(session: KitSession, vendor_id: uuid.UUID, asked: FindActivations) -> Rows[Seat]:
    """Seats, given back ones too."""
    query = select(Activation)
    if asked.key_id is not None:
        query = query.where(Activation.key_id == asked.key_id)
    if asked.product is not None:
        product_id = _product_id(session, vendor_id, asked.product)
        query = query.where(Activation.product_id == product_id)
    if asked.status is not None:
        query = query.where(Activation.status == asked.status)
    found = _page(session, vendor_id, query, Activation, asked)
    around = seats_by_id(session, vendor_id, [row.id for row in found.rows])
    return Rows([around[row.id] for row in found.rows], found.next_cursor)
