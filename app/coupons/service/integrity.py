"""Comparing what is kept twice: coupons' counts with redemptions, batches with coupons."""

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from app.coupons.models import Coupon, CouponBatch, Redemption
from app.kit.db import KitSession
from app.kit.findings import Finding
from app.kit.i18n import Sentence


def find_miscounted_coupons(session: KitSession) -> Iterator[Finding]:
    """Coupons whose count is not the number of their standing redemptions, or above its limit."""
    rows = (
        select(Redemption.coupon_id, func.count().label("number"))
        .where(Redemption.reversed_at.is_(None))
        .group_by(Redemption.coupon_id)
        .subquery()
    )
    number = func.coalesce(rows.c.number, 0)
    found = session.execute(
        select(Coupon.vendor_id, Coupon.id, Coupon.hint, Coupon.redemption_count, number)
        .add_columns(Coupon.max_redemptions)
        .outerjoin(rows, rows.c.coupon_id == Coupon.id)
        .where(
            or_(Coupon.redemption_count != number, Coupon.redemption_count > Coupon.max_redemptions)
        )
        .execution_options(yield_per=1_000)
    )
    for vendor_id, coupon_id, hint, counter, redemptions, limit in found:
        text = Sentence(
            f"Счётчик активаций {counter} из {limit}, записей об активации {redemptions}",
            f"The counter says {counter} of {limit}, redemptions on record: {redemptions}",
        )
        yield Finding("COUPON_MISCOUNTED", f"coupon {coupon_id} {hint}", text, vendor_id)


def find_missummed_batches(session: KitSession) -> Iterator[Finding]:
    """Batches that name other products than the operations of their coupons."""
    batch = CouponBatch
    found = session.execute(
        select(batch.vendor_id, batch.id, batch.name)
        .where(batch.products.is_distinct_from(func.products_of_batch(batch.vendor_id, batch.id)))
        .execution_options(yield_per=1_000)
    )
    text = Sentence(
        "Продукты партии расходятся с её купонами",
        "The products of the batch are not those of its coupons",
    )
    for vendor_id, batch_id, name in found:
        yield Finding("BATCH_MISSUMMED", f"coupon batch {batch_id} {name}", text, vendor_id)
