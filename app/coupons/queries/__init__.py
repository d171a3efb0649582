"""Reads of batches, coupons and redemptions."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.accounts import queries as accounts
from app.catalog import queries as catalog
from app.coupons.models import Coupon, CouponBatch, CouponStatus, Redemption
from app.coupons.queries.naming import Names, OwnSeats, called, called_all, named_for, names
from app.coupons.schemas import FindBatches, FindCoupons, FindRedemptions, ListCoupons
from app.customers import queries as customers
from app.customers.models import Customer, Distributor
from app.kit.db import KitSession, TenantRow
from app.kit.fields import ListQuery
from app.kit.i18n import N_
from app.kit.paging import CAP, NOBODYS, Page, Rows, capped, created_within, newest_first
from app.kit.problems import NotFound
from app.licensing.models import LicenseKey
from app.licensing.queries import keys

__all__ = [
    "Names",
    "OwnSeats",
    "PartnerSum",
    "Redeemed",
    "active_coupons",
    "active_of",
    "batch",
    "batches",
    "batches_of",
    "by_digest",
    "called",
    "called_all",
    "coupon",
    "coupons",
    "coupons_count",
    "coupons_looked_for",
    "coupons_page",
    "distributor_id",
    "first_coupon",
    "named_for",
    "names",
    "partner_sums",
    "redemption",
    "redemptions",
    "standing",
    "state_of",
    "unlike",
]

_FEW = 10
"""Batches whose coupons are gathered and put in order."""
_NEWEST = 200
"""Batches that a new name is compared with; a default one holds the day."""


def distributor_id(
    session: KitSession, vendor_id: uuid.UUID, given: uuid.UUID | None, guid: str | None
) -> uuid.UUID | None:
    """The vendor's distributor by our id or by the id that its CRM has for it, if one is named."""
    if given is None and guid is None:
        return None
    named = Distributor.id == given if given is not None else Distributor.external_guid == guid
    found = session.scalar(select(Distributor.id).where(Distributor.vendor_id == vendor_id, named))
    if found is None:
        raise NotFound(N_("There is no distributor with this id or reference"))
    return found


def by_digest(session: KitSession, vendor_id: uuid.UUID, digest: bytes) -> Coupon | None:
    """The vendor's coupon of a code, as it is now; another vendor's does not exist."""
    return session.scalar(
        select(Coupon)
        .where(Coupon.vendor_id == vendor_id, Coupon.digest == digest)
        .execution_options(populate_existing=True)
    )


def coupon(session: KitSession, vendor_id: uuid.UUID, coupon_id: uuid.UUID) -> Coupon:
    """One coupon of the vendor."""
    found = session.scalar(
        select(Coupon)
        .where(Coupon.vendor_id == vendor_id, Coupon.id == coupon_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def active_of(
    session: KitSession, vendor_id: uuid.UUID, ids: Iterable[uuid.UUID], *, locked: bool = False
) -> Sequence[Coupon]:
    """Those of the ids that are coupons of the vendor and not disabled, in the order of locks."""
    query = (
        select(Coupon)
        .where(
            Coupon.vendor_id == vendor_id,
            Coupon.id.in_(ids),
            Coupon.status == CouponStatus.ACTIVE,
        )
        .order_by(Coupon.id)
    )
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


def redemption(session: KitSession, vendor_id: uuid.UUID, redemption_id: uuid.UUID) -> Redemption:
    """One redemption of the vendor, as it is now."""
    found = session.scalar(
        select(Redemption)
        .where(Redemption.vendor_id == vendor_id, Redemption.id == redemption_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def standing(
    session: KitSession, coupon: Coupon, key_id: uuid.UUID, customer_id: uuid.UUID
) -> Redemption | None:
    """The redemption that this key, else this customer, already has of the coupon.

    A customer is also those who were merged into it: redemptions keep the customer of their time.
    """
    family = customers.family(coupon.vendor_id, customer_id)
    found = session.scalars(
        select(Redemption)
        .where(
            Redemption.vendor_id == coupon.vendor_id,
            Redemption.coupon_id == coupon.id,
            Redemption.reversed_at.is_(None),
            or_(Redemption.key_id == key_id, Redemption.customer_id.in_(family)),
        )
        .order_by(Redemption.created_at)
    ).all()
    same_key = (redemption for redemption in found if redemption.key_id == key_id)
    return next(same_key, found[0] if found else None)


def state_of(coupon: Coupon, today: date) -> str:
    """What a coupon is good for today: the first of these that holds."""
    if coupon.status == CouponStatus.DISABLED:
        return "disabled"
    if coupon.valid_from is not None and coupon.valid_from > today:
        return "not_started"
    if coupon.valid_until is not None and coupon.valid_until < today:
        return "expired"
    return "exhausted" if coupon.redemption_count >= coupon.max_redemptions else "active"


def batch(session: KitSession, vendor_id: uuid.UUID, batch_id: uuid.UUID) -> CouponBatch:
    """One batch of the vendor."""
    found = session.scalar(
        select(CouponBatch).where(CouponBatch.vendor_id == vendor_id, CouponBatch.id == batch_id)
    )
    if found is None:
        raise NotFound
    return found


def unlike(session: KitSession, vendor_id: uuid.UUID, name: str) -> str:
    """The name, with a number where one of the newest batches has it already."""
    newest = select(CouponBatch.name).where(CouponBatch.vendor_id == vendor_id)
    taken = session.scalars(newest.order_by(CouponBatch.id.desc()).limit(_NEWEST)).all()
    if name not in taken:
        return name
    alike = (re.fullmatch(rf"{re.escape(name)} \((\d{{1,6}})\)", each) for each in taken)
    return f"{name} ({max((int(each[1]) for each in alike if each), default=1) + 1})"


def batches_of(
    session: KitSession, vendor_id: uuid.UUID, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, CouponBatch]:
    """Several batches at once."""
    rows = session.scalars(
        select(CouponBatch).where(CouponBatch.vendor_id == vendor_id, CouponBatch.id.in_(ids))
    )
    return {row.id: row for row in rows}


def first_coupon(session: KitSession, of: CouponBatch) -> Coupon:
    """A coupon of the batch: all of them are made alike."""
    return session.scalars(
        select(Coupon)
        .where(Coupon.vendor_id == of.vendor_id, Coupon.batch_id == of.id)
        .order_by(Coupon.id)
        .limit(1)
    ).one()


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


def batches(session: KitSession, vendor_id: uuid.UUID, asked: FindBatches) -> Rows[CouponBatch]:
    """Batches, newest first."""
    query = select(CouponBatch)
    if asked.invoice_number is not None:
        query = query.where(CouponBatch.invoice_number == asked.invoice_number)
    if asked.distributor_id is not None:
        query = query.where(CouponBatch.distributor_id == asked.distributor_id)
    return _page(session, vendor_id, query, CouponBatch, asked)


def coupons(session: KitSession, vendor_id: uuid.UUID, asked: FindCoupons) -> Rows[Coupon]:
    """Coupons, newest first."""
    return _page(session, vendor_id, _coupons(asked), Coupon, asked)


def coupons_looked_for(
    session: KitSession, vendor_id: uuid.UUID, asked: ListCoupons
) -> tuple[Rows[Coupon], int]:
    """A page of the coupons that a person looks for, and how many there are, up to the cap."""
    query = _looked_for(session, vendor_id, asked)
    return newest_first(session, query, Coupon.id, Page.of(asked)), capped(session, query)


def coupons_page(session: KitSession, vendor_id: uuid.UUID, asked: ListCoupons) -> Rows[Coupon]:
    """The page alone."""
    query = _looked_for(session, vendor_id, asked)
    return newest_first(session, query, Coupon.id, Page.of(asked))


def coupons_count(
    session: KitSession, vendor_id: uuid.UUID, asked: ListCoupons, cap: int = CAP
) -> int:
    """How many coupons a person would find, up to the cap."""
    return capped(session, _looked_for(session, vendor_id, asked), cap)


def active_coupons(
    session: KitSession, vendor_id: uuid.UUID, asked: ListCoupons, most: int
) -> Sequence[uuid.UUID]:
    """Those of all coupons that a person would find and that are not disabled, so many at most."""
    query = _looked_for(session, vendor_id, asked).where(Coupon.status == CouponStatus.ACTIVE)
    ids = query.with_only_columns(Coupon.id).order_by(Coupon.id.desc())
    return session.scalars(ids.limit(most)).all()


def _looked_for(session: KitSession, vendor_id: uuid.UUID, asked: ListCoupons) -> Select[Coupon]:
    query = _coupons(asked).where(Coupon.vendor_id == vendor_id)
    vendor = accounts.vendor(session, vendor_id)
    if asked.hint is not None:
        query = query.where(Coupon.hint.in_(keys.hints(vendor.prefix, asked.hint)))
    query = created_within(query, Coupon.created_at, asked, vendor.time_zone)
    of_batches = _batches(session, vendor_id, asked)
    if of_batches is None:
        return query
    few = session.scalars(of_batches.limit(_FEW + 1)).all()
    # Named where they are few: the planner would not guess it, and look through all coupons.
    return query.where(Coupon.batch_id.in_(few if len(few) <= _FEW else of_batches))


def _batches(
    session: KitSession, vendor_id: uuid.UUID, asked: ListCoupons
) -> Select[uuid.UUID] | None:
    """The batches that a list of coupons is narrowed to, if it is to any."""
    query = select(CouponBatch.id).where(CouponBatch.vendor_id == vendor_id)
    if asked.invoice_number is not None:
        query = query.where(CouponBatch.invoice_number == asked.invoice_number)
    if asked.preset is not None:
        query = query.where(CouponBatch.preset == asked.preset)
    if asked.product is not None:
        product = catalog.find_product(session, vendor_id, asked.product)
        query = query.where(CouponBatch.products.contains([product.id if product else NOBODYS]))
    narrowed = {asked.invoice_number, asked.preset, asked.product} != {None}
    return query if narrowed else None


def _coupons(asked: FindCoupons) -> Select[Coupon]:
    query = select(Coupon)
    if asked.batch_id is not None:
        query = query.where(Coupon.batch_id == asked.batch_id)
    if asked.status is not None:
        query = query.where(Coupon.status == asked.status)
    if asked.bound_key_id is not None:
        query = query.where(Coupon.bound_key_id == asked.bound_key_id)
    if asked.bound_customer_id is not None:
        query = query.where(Coupon.bound_customer_id == asked.bound_customer_id)
    return query


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A redemption with what it joined."""

    redemption: Redemption
    coupon: Coupon
    key: LicenseKey
    customer: Customer


def redemptions(
    session: KitSession, vendor_id: uuid.UUID, asked: FindRedemptions
) -> Rows[Redeemed]:
    """Redemptions, newest first, those that were taken back too."""
    query = select(Redemption)
    if asked.coupon_id is not None:
        query = query.where(Redemption.coupon_id == asked.coupon_id)
    if asked.key_id is not None:
        query = query.where(Redemption.key_id == asked.key_id)
    if asked.customer_id is not None:
        query = query.where(Redemption.customer_id == asked.customer_id)
    if asked.is_reversed is not None:
        standing = Redemption.reversed_at.is_(None)
        query = query.where(~standing if asked.is_reversed else standing)
    found = _page(session, vendor_id, query, Redemption, asked)
    around = session.execute(
        select(Redemption, Coupon, LicenseKey, Customer)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .join(LicenseKey, LicenseKey.id == Redemption.key_id)
        .join(Customer, Customer.id == Redemption.customer_id)
        .where(Redemption.id.in_([row.id for row in found.rows]))
    )
    by_id = {row[0].id: Redeemed(*row) for row in around}
    return Rows([by_id[row.id] for row in found.rows], found.next_cursor)


@dataclass(frozen=True, slots=True)
class PartnerSum:
    """What came through a distributor."""

    customers: int = 0
    coupons: int = 0


def partner_sums(
    session: KitSession, vendor_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, PartnerSum]:
    """Customers of several distributors, and coupons made for them in the last 90 days."""
    brought = session.execute(
        select(Customer.distributor_id, func.count())
        .where(Customer.vendor_id == vendor_id, Customer.distributor_id.in_(ids))
        .group_by(Customer.distributor_id)
    )
    since = session.now() - timedelta(days=90)
    made = session.execute(
        select(CouponBatch.distributor_id, func.sum(CouponBatch.count))
        .where(
            CouponBatch.vendor_id == vendor_id,
            CouponBatch.distributor_id.in_(ids),
            CouponBatch.created_at >= since,
        )
        .group_by(CouponBatch.distributor_id)
    )
    customers_of = {each: number for each, number in brought}  # noqa: C416 - rows are no pairs
    coupons_of = {each: number for each, number in made}  # noqa: C416 - likewise
    return {each: PartnerSum(customers_of.get(each, 0), coupons_of.get(each, 0)) for each in ids}
