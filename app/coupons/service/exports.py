"""Codes of a batch once more: for its maker, for a day, as a table."""

import csv
import io
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Final, TextIO

from sqlalchemy import select

from app.accounts.problems import PermissionDenied
from app.audit import service as audit
from app.audit.actor import Actor, ActorKind
from app.audit.models import Action
from app.coupons import queries
from app.coupons.models import Coupon, CouponBatch
from app.customers.models import Distributor
from app.kit.db import KitSession, UnitOfWork
from app.kit.problems import SecretExpired

SHOWN_FOR = timedelta(hours=24)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A coupon as a table of codes has it."""

    code: str
    description: str
    valid_until: date | None
    max_redemptions: int
    batch: str
    invoice: str | None
    distributor: str | None
    comment: str


_COLUMNS: Final = CodeRow.__slots__


def reopen(
    session: UnitOfWork, vendor_id: uuid.UUID, batch_id: uuid.UUID, *, actor: Actor
) -> tuple[CouponBatch, Iterator[str]]:
    """The codes of a batch, for whoever made it, within 24 hours."""
    batch = queries.batch(session, vendor_id, batch_id)
    require_maker(session, batch, actor)
    audit.record(
        session, Action.COUPON_BATCH_EXPORTED, actor=actor, subject=batch, count=batch.count
    )
    return batch, _opened(session, batch)


def require_maker(session: KitSession, batch: CouponBatch, actor: Actor) -> None:
    """Refuses all but whoever made the batch, and them too after 24 hours."""
    if not _is_maker(actor, batch):
        raise PermissionDenied(permission="coupons.generate")
    if session.now() > batch.created_at + SHOWN_FOR:
        raise SecretExpired


def _is_maker(actor: Actor, batch: CouponBatch) -> bool:
    """Who has no id is a person at the command line: known by the name that it has there."""
    if actor.id is None:
        at_command_line = actor.kind is ActorKind.SYSTEM and batch.created_by_id is None
        return at_command_line and actor.label == batch.created_by
    return actor.id == batch.created_by_id


def _opened(session: UnitOfWork, batch: CouponBatch) -> Iterator[str]:
    """Codes one by one, however many there are."""
    sealed = session.execute(
        select(Coupon.id, Coupon.cipher)
        .where(Coupon.vendor_id == batch.vendor_id, Coupon.batch_id == batch.id)
        .order_by(Coupon.id)
        .execution_options(yield_per=1_000)
    )
    for row in sealed:
        yield session.kit.keyring.reveal_code(batch.vendor_id, row.id, row.cipher)


def code_rows(
    session: UnitOfWork, batch: CouponBatch, codes: Iterable[str], description: str
) -> Iterator[CodeRow]:
    """Codes with all that a partner is told about them."""
    coupon, partner = queries.first_coupon(session, batch), None
    if batch.distributor_id is not None:
        partner = session.get_one(Distributor, batch.distributor_id).name
    for code in codes:
        yield CodeRow(
            code,
            description,
            coupon.valid_until,
            coupon.max_redemptions,
            batch.name,
            batch.invoice_number,
            partner,
            batch.comment,
        )


def as_csv(rows: Iterable[CodeRow]) -> str:
    """The table of `write_csv` as a text."""
    text = io.StringIO(newline="")
    write_csv(text, rows)
    return text.getvalue()


def write_csv(file: TextIO, rows: Iterable[CodeRow]) -> None:
    """A table that table programs open as it is meant: with a mark of UTF-8, without formulas."""
    file.write("\ufeff")
    table = csv.writer(file, delimiter=";")
    table.writerow(_COLUMNS)
    told = attrgetter(*_COLUMNS)
    table.writerows([_harmless(cell) for cell in told(row)] for row in rows)


def as_ndjson(rows: Iterable[CodeRow]) -> str:
    """One JSON object per line."""
    return "".join(f"{json.dumps(_plain(asdict(row)), ensure_ascii=False)}\n" for row in rows)


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }


def _harmless(cell: object) -> str:
    """A table program would run a cell that begins like a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
