"""Comparing what is kept twice: seats with their counter, rights with their ledger."""

from collections.abc import Iterator, Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.kit.db import KitSession
from app.kit.findings import Finding
from app.kit.i18n import Sentence
from app.licensing.models import (
    ENDLESS,
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementChange,
    EntitlementStatus,
    LicenseKey,
)
from app.licensing.service.state import features_of, rights_of


def find_miscounted_seats(session: KitSession) -> Iterator[Finding]:
    """Entitlements whose counter is not the number of their active activations, or too high."""
    rows = (
        select(Activation.entitlement_id, func.count().label("number"))
        .where(Activation.status == ActivationStatus.ACTIVE)
        .group_by(Activation.entitlement_id)
        .subquery()
    )
    taken = func.coalesce(rows.c.number, 0)
    found = session.execute(
        select(Entitlement.vendor_id, Entitlement.id, Entitlement.active_count, taken)
        .add_columns(Entitlement.seats)
        .outerjoin(rows, rows.c.entitlement_id == Entitlement.id)
        .where(or_(Entitlement.active_count != taken, Entitlement.active_count > Entitlement.seats))
        .execution_options(yield_per=1_000)
    )
    for vendor_id, entitlement_id, counter, number, seats in found:
        limit_ru, limit_en = (
            (seats, seats) if seats is not None else ("без ограничения", "no limit")
        )
        text = Sentence(
            f"Счётчик мест {counter}, активных привязок {number}, мест {limit_ru}",
            f"The counter says {counter}, activations {number}, seats {limit_en}",
        )
        yield Finding("SEATS_MISCOUNTED", f"entitlement {entitlement_id}", text, vendor_id)


def find_misnamed_seats(session: KitSession) -> Iterator[Finding]:
    """Seats that name another key or product than their entitlement."""
    told, true = (
        (Activation.key_id, Activation.product_id),
        (Entitlement.key_id, Entitlement.product_id),
    )
    found = session.execute(
        select(Activation.vendor_id, Activation.id)
        .join(Entitlement, Entitlement.id == Activation.entitlement_id)
        .where(or_(*(one.is_distinct_from(other) for one, other in zip(told, true, strict=True))))
        .execution_options(yield_per=1_000)
    )
    text = Sentence(
        "Место называет не тот ключ или продукт",
        "The seat names another key or product",
    )
    for vendor_id, activation_id in found:
        yield Finding("SEAT_MISNAMED", f"activation {activation_id}", text, vendor_id)


def find_broken_ledgers(session: KitSession) -> Iterator[Finding]:
    """Ledger rows that do not follow the row before: a gap in `seq`, or another `before`."""
    change = EntitlementChange
    seq_before = func.lag(change.seq).over(partition_by=change.entitlement_id, order_by=change.seq)
    left = func.lag(change.after).over(partition_by=change.entitlement_id, order_by=change.seq)
    ledger = select(
        change.vendor_id,
        change.entitlement_id,
        change.seq,
        func.coalesce(seq_before, 0).label("previous"),
        change.before.is_distinct_from(left).label("torn"),
    ).subquery()
    found = session.execute(
        select(ledger)
        .where(or_(ledger.c.seq != ledger.c.previous + 1, ledger.c.torn))
        .execution_options(yield_per=1_000)
    )
    for row in found:
        text = Sentence(
            f"Строка журнала прав {row.seq} не продолжает строку {row.previous}",
            f"Row {row.seq} of the ledger does not continue row {row.previous}",
        )
        yield Finding("LEDGER_BROKEN", f"entitlement {row.entitlement_id}", text, row.vendor_id)


def find_rights_off_ledger(session: KitSession) -> Iterator[Finding]:
    """Entitlements whose stored rights are not what the last row of their ledger left."""
    last = (
        select(EntitlementChange.entitlement_id, EntitlementChange.after)
        .ext(distinct_on(EntitlementChange.entitlement_id))
        .order_by(EntitlementChange.entitlement_id, EntitlementChange.seq.desc())
        .subquery()
    )
    rows = session.execute(
        select(Entitlement, last.c.after)
        .outerjoin(last, last.c.entitlement_id == Entitlement.id)
        .execution_options(yield_per=1_000)
    )
    for part in rows.partitions(1_000):
        features = features_of(session, [entitlement for entitlement, _ in part])
        for entitlement, after in part:
            stored = rights_of(entitlement, features.get(entitlement.id, ())).snapshot()
            if stored != after:
                yield _off_ledger(entitlement, stored, after)


def _off_ledger(
    entitlement: Entitlement, stored: Mapping[str, object], after: Mapping[str, object] | None
) -> Finding:
    names = ", ".join(name for name in stored if after and stored[name] != after.get(name))
    text = Sentence(
        f"Права расходятся с журналом: {names or 'в журнале их нет'}",
        f"The rights differ from the ledger: {names or 'it has none'}",
    )
    return Finding(
        "RIGHTS_OFF_LEDGER", f"entitlement {entitlement.id}", text, entitlement.vendor_id
    )


def find_missummed_keys(session: KitSession) -> Iterator[Finding]:
    """Keys that say another number, last end or last start of their products than these do."""
    of, active = Entitlement, Entitlement.status == EntitlementStatus.ACTIVE
    sums = (
        select(
            of.key_id,
            func.count().filter(of.status != EntitlementStatus.WITHDRAWN).label("held"),
            func.max(func.coalesce(of.valid_until, ENDLESS)).filter(active).label("lasts_until"),
            func.max(of.starts_on).filter(active).label("starts_last"),
        )
        .group_by(of.key_id)
        .subquery()
    )
    told = LicenseKey.held, LicenseKey.lasts_until, LicenseKey.starts_last
    true = func.coalesce(sums.c.held, 0), sums.c.lasts_until, sums.c.starts_last
    found = session.execute(
        select(LicenseKey.vendor_id, LicenseKey.id, LicenseKey.hint)
        .outerjoin(sums, sums.c.key_id == LicenseKey.id)
        .where(or_(*(one.is_distinct_from(other) for one, other in zip(told, true, strict=True))))
        .execution_options(yield_per=1_000)
    )
    text = Sentence(
        "Сводка ключа расходится с его продуктами",
        "What the key says of its products is not so",
    )
    for vendor_id, key_id, hint in found:
        yield Finding("KEY_MISSUMMED", f"license key {key_id} {hint}", text, vendor_id)
