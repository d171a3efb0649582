"""Making coupons: a batch exists whole or not at all."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.coupons import queries
from app.coupons.models import Coupon, CouponBatch, CouponStatus
from app.coupons.problems import BatchTooLarge
from app.coupons.schemas import GenerateCoupons
from app.customers import queries as customers
from app.kit.clock import local_date
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import NotFound
from app.licensing.problems import CouponStale, NoEffect
from app.licensing.queries import keys
from app.licensing.schemas import AddProduct, Operation, ReplaceProducts, StartTrial
from app.licensing.service import algebra
from app.licensing.service.soundness import require_sound
from app.licensing.service.state import Facts, facts, load
from wire import codes

_ROWS_AT_ONCE = 1_000
_ALIKE = ("max_redemptions", "valid_from", "valid_until", "bound_key_id", "bound_customer_id")


@dataclass(frozen=True, slots=True)
class Planned:
    """A batch that could be made: its preset, and its operations as they will be kept."""

    preset: str
    operations: Sequence[Operation]
    distributor_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class GeneratedBatch:
    """The batch with its full codes; afterwards they are only sealed copies."""

    batch: CouponBatch
    operations: Sequence[Operation]
    codes: list[str]


def plan(session: UnitOfWork, vendor_id: uuid.UUID, command: GenerateCoupons) -> Planned:
    """All that generating would refuse, without making anything."""
    vendor = accounts.vendor(session, vendor_id)
    if command.count > vendor.coupon_batch_max:
        raise BatchTooLarge(max=vendor.coupon_batch_max)
    known = facts(session, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    require_sound(command.operations, known, today)
    _check_binding(session, vendor_id, command)
    operations = completed(session, vendor_id, command)
    _require_effect(session, vendor_id, command, operations, known)
    partner = queries.distributor_id(
        session, vendor_id, command.distributor_id, command.distributor_guid
    )
    return Planned(preset_of(operations), operations, partner)


def preset_of(operations: Sequence[Operation]) -> str:
    """What kind of coupon these operations make it."""
    if all(isinstance(operation, AddProduct) for operation in operations):
        return "add_product"
    if all(isinstance(each, StartTrial) and each.if_used == "extend" for each in operations):
        return "extend_trial"
    if isinstance(operations[0], ReplaceProducts):
        return "replace_products"
    return "custom"


def completed(
    session: KitSession, vendor_id: uuid.UUID, command: GenerateCoupons
) -> list[Operation]:
    """The operations as coupons keep them: a replacement knows what its key holds now."""
    return [_complete(session, vendor_id, command, each) for each in command.operations]


def _complete(
    session: KitSession, vendor_id: uuid.UUID, command: GenerateCoupons, operation: Operation
) -> Operation:
    if not isinstance(operation, ReplaceProducts) or command.bound_key_id is None:
        return operation
    held = load(session, vendor_id, command.bound_key_id).state.snapshot()
    if operation.before not in (None, held):
        raise CouponStale
    return operation.model_copy(update={"before": held})


def _require_effect(
    session: KitSession,
    vendor_id: uuid.UUID,
    command: GenerateCoupons,
    operations: Sequence[Operation],
    known: Facts,
) -> None:
    """Refuses a replacement after which the key would be what it is; days move with the day."""
    first = operations[0]
    if not isinstance(first, ReplaceProducts) or command.bound_key_id is None:
        return
    terms = [term for row in first.after for term in (row.term, row.updates) if term is not None]
    if any(term.days is not None for term in terms):
        return
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    state = load(session, vendor_id, command.bound_key_id).state
    changes = algebra.apply(state, first, known.of_products, today)
    if not any(change.applied for change in changes):
        raise NoEffect(N_("The products stay as they are: the coupon would do nothing"))


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
    planned = plan(session, vendor_id, command)
    batch = _batch(session, vendor_id, command, planned, actor)
    common, texts = _common(session, batch, command, planned), []
    # Ids of one millisecond are random; sorted, a batch is read in the order of its making.
    ids = sorted(new_id() for _ in range(command.count))
    for done in range(0, command.count, _ROWS_AT_ONCE):
        some = ids[done : done + _ROWS_AT_ONCE]
        fresh = [codes.new_code(codes.CodeKind.COUPON, vendor.prefix) for _ in some]
        rows = [_row(session, common, *each) for each in zip(some, fresh, strict=True)]
        session.execute(insert(Coupon), rows)
        texts += [code.text for code in fresh]
        progress(len(rows))
    audit.record(
        session,
        Action.COUPON_BATCH_GENERATED,
        actor=actor,
        subject=batch,
        count=command.count,
        preset=planned.preset,
        max_redemptions=command.max_redemptions,
        operations=common["operations"],
    )
    return GeneratedBatch(batch, planned.operations, texts)


def like(session: KitSession, vendor_id: uuid.UUID, batch_id: uuid.UUID) -> dict[str, object]:
    """What a batch was made of, for one more like it; a replacement is made anew."""
    batch = queries.batch(session, vendor_id, batch_id)
    coupon = queries.first_coupon(session, batch)
    operations = [
        {**each, "before": None} if "before" in each else each for each in coupon.operations
    ]
    told: dict[str, object] = {"operations": operations, "count": batch.count, "name": batch.name}
    told |= {"comment": batch.comment, "distributor_id": batch.distributor_id}
    return told | {name: getattr(coupon, name) for name in _ALIKE}


def _check_binding(session: UnitOfWork, vendor_id: uuid.UUID, command: GenerateCoupons) -> None:
    if command.bound_customer_id is not None:
        customers.customer(session, vendor_id, command.bound_customer_id)
    if command.bound_key_id is not None and not keys.key_by_id(
        session, vendor_id, command.bound_key_id
    ):
        raise NotFound


def _batch(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    command: GenerateCoupons,
    planned: Planned,
    actor: Actor,
) -> CouponBatch:
    batch = CouponBatch(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        name=command.name,
        preset=planned.preset,
        count=command.count,
        distributor_id=planned.distributor_id,
        invoice_number=command.invoice_number,
        invoice_date=command.invoice_date,
        comment=command.comment,
        created_by=actor.label,
        created_by_id=actor.id,
    )
    session.add(batch)
    session.flush()
    return batch


def _common(
    session: UnitOfWork, batch: CouponBatch, command: GenerateCoupons, planned: Planned
) -> dict[str, object]:
    """What all coupons of a batch share."""
    return {
        "vendor_id": batch.vendor_id,
        "created_at": session.now(),
        "batch_id": batch.id,
        "operations": [operation.stored() for operation in planned.operations],
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


def _row(
    session: UnitOfWork, common: Mapping[str, object], coupon_id: uuid.UUID, code: codes.Code
) -> dict[str, object]:
    vendor_id = uuid.UUID(str(common["vendor_id"]))
    sealed = session.kit.keyring.seal_code(vendor_id, coupon_id, code.text)
    own = {"id": coupon_id, "digest": code.digest, "hint": code.hint, "cipher": sealed}
    return {**common, **own}
