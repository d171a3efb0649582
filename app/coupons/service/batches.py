"""Making coupons: a batch exists whole or not at all."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries as catalog
from app.catalog.models import Product
from app.coupons.models import Coupon, CouponBatch, CouponStatus
from app.coupons.problems import BatchTooLarge
from app.coupons.schemas import GenerateCoupons
from app.customers import queries as customers
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.kit.problems import NotFound, ValidationFailed
from app.licensing.queries import keys
from app.licensing.schemas import MAX_COUNT, MAX_YEARS_AHEAD, Operation, Term
from app.licensing.service.algebra import seats
from wire import codes

_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class GeneratedBatch:
    """The batch with its full codes, which exist nowhere else."""

    batch: CouponBatch
    codes: list[str]


def generate(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    command: GenerateCoupons,
    *,
    actor: Actor,
    progress: Callable[[int], None] = lambda _: None,
) -> GeneratedBatch:
    """Makes all coupons of a batch; `progress` hears how many rows were written."""
    vendor = accounts.vendor(session, vendor_id)
    if command.count > vendor.coupon_batch_max:
        raise BatchTooLarge(max=vendor.coupon_batch_max)
    today = local_date(session.now(), vendor.time_zone)
    for number, operation in enumerate(command.operations):
        product = catalog.product_by_code(session, vendor_id, operation.product)
        _require_bounds(operation, product, today, number)
    _check_binding(session, vendor_id, command)
    batch = _batch(session, vendor_id, command, actor)
    fresh = [codes.new_code(codes.CodeKind.COUPON, vendor.prefix) for _ in range(command.count)]
    for start in range(0, len(fresh), _ROWS_AT_ONCE):
        part = fresh[start : start + _ROWS_AT_ONCE]
        session.execute(insert(Coupon), [_row(session, batch, command, code) for code in part])
        progress(len(part))
    audit.record(
        session,
        Action.COUPON_BATCH_GENERATED,
        actor=actor,
        subject=batch,
        count=command.count,
        max_redemptions=command.max_redemptions,
        operations=[operation.stored() for operation in command.operations],
    )
    return GeneratedBatch(batch, [code.text for code in fresh])


def _require_bounds(operation: Operation, product: Product, today: date, number: int) -> None:
    """Limits that the operation alone does not tell: they hang on the day and on the product."""
    errors = [
        {"loc": ("operations", number, member, "until"), "type": "date_too_late"}
        for member in ("term", "updates")
        if _is_too_late(getattr(operation, member), today)
    ]
    if (seats(operation, product) or 0) > MAX_COUNT:
        errors.append({"loc": ("operations", number, "quantity"), "type": "less_than_equal"})
    if errors:
        raise ValidationFailed.of(errors)


def _is_too_late(term: Term | None, today: date) -> bool:
    if term is None or term.until is None:
        return False
    year, *day = term.until.timetuple()[:3]
    return (year - MAX_YEARS_AHEAD, *day) > today.timetuple()[:3]


def _check_binding(session: UnitOfWork, vendor_id: uuid.UUID, command: GenerateCoupons) -> None:
    if command.bound_customer_id is not None:
        customers.customer(session, vendor_id, command.bound_customer_id)
    if command.bound_key_id is not None and not keys.key_by_id(
        session, vendor_id, command.bound_key_id
    ):
        raise NotFound


def _batch(
    session: UnitOfWork, vendor_id: uuid.UUID, command: GenerateCoupons, actor: Actor
) -> CouponBatch:
    batch = CouponBatch(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        name=command.name,
        preset="add_product",  # the one kind of operation there is decides the preset
        count=command.count,
        invoice_number=command.invoice_number,
        invoice_date=command.invoice_date,
        comment=command.comment,
        created_by=actor.label,
    )
    session.add(batch)
    session.flush()
    return batch


def _row(
    session: UnitOfWork, batch: CouponBatch, command: GenerateCoupons, code: codes.Code
) -> dict[str, object]:
    return {
        "id": new_id(),
        "vendor_id": batch.vendor_id,
        "created_at": session.now(),
        "batch_id": batch.id,
        "digest": code.digest,
        "hint": code.hint,
        "operations": [operation.stored() for operation in command.operations],
        "max_redemptions": command.max_redemptions,
        "redemption_count": 0,
        "valid_from": command.valid_from,
        "valid_until": command.valid_until,
        "bound_key_id": command.bound_key_id,
        "bound_customer_id": command.bound_customer_id,
        "comment": command.comment,
        "status": CouponStatus.ACTIVE,
        "row_version": 1,
    }
