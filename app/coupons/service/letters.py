"""Letters to customers with coupons; the worker opens the codes when it writes."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from app.accounts.models import Letter
from app.accounts.service import letters, mailing
from app.accounts.service.mailing import Compose, To
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.coupons import queries
from app.coupons.models import Coupon
from app.coupons.schemas import SendCoupons
from app.coupons.service.describe import describe
from app.coupons.service.exports import require_maker
from app.customers.models import Customer
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import N_, Language
from app.kit.mail import Content
from app.kit.problems import ValidationFailed
from app.licensing.schemas import OPERATIONS
from app.licensing.service.letters import address_of, connection_file
from app.trust import queries as trust

MOST: Final = 100
"""Codes in one letter."""
_TOO_MANY: Final = ("too_many", N_("A letter holds at most 100 codes"))


def send_coupon(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    coupon_id: uuid.UUID,
    command: SendCoupons,
    *,
    actor: Actor,
) -> Letter:
    """A letter with one coupon."""
    coupon = queries.coupon(session, vendor_id, coupon_id)
    letter = _queue(session, vendor_id, [coupon.id], command, coupon)
    _record(session, Action.COUPON_SENT, command, letter, actor)
    return letter


def send_batch(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    batch_id: uuid.UUID,
    command: SendCoupons,
    *,
    actor: Actor,
) -> Letter:
    """A letter with the coupons of a fresh batch, for whoever made it, within 24 hours."""
    batch = queries.batch(session, vendor_id, batch_id)
    require_maker(session, batch, actor)
    if batch.count > MOST:
        raise ValidationFailed.at({"/customer_id": _TOO_MANY})
    ids = session.scalars(
        select(Coupon.id)
        .where(Coupon.vendor_id == vendor_id, Coupon.batch_id == batch.id)
        .order_by(Coupon.id)
    ).all()
    letter = _queue(session, vendor_id, ids, command, batch)
    _record(session, Action.COUPON_BATCH_SENT, command, letter, actor)
    return letter


def _queue(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    ids: Sequence[uuid.UUID],
    command: SendCoupons,
    subject: audit.HasSubject,
) -> Letter:
    mailing.require_mail(session, vendor_id)
    if command.connection_file:
        trust.ready_repository(session, vendor_id)  # TRUST_NOT_READY is said now, not by the worker
    to = To(address_of(session, vendor_id, command.customer_id, command.to), command.locale)
    return mailing.queue(
        session,
        "coupons",
        to,
        subject,
        customer_id=str(command.customer_id),
        coupons=[str(each) for each in ids],
        connection_file=command.connection_file,
    )


def _record(
    session: UnitOfWork, action: Action, command: SendCoupons, letter: Letter, actor: Actor
) -> None:
    audit.record(
        session,
        action,
        actor=actor,
        subject=letter,
        reason="sending",
        to=command.to,
        customer_id=command.customer_id,
        letter_id=letter.id,
    )


def _coupons(session: KitSession, letter: Letter) -> Content:
    language: Language = "en" if letter.locale == "en" else "ru"
    known = queries.names(session, letter.vendor_id)
    rows = session.scalars(
        select(Coupon)
        .where(
            Coupon.vendor_id == letter.vendor_id,
            Coupon.id.in_([uuid.UUID(each) for each in letter.data["coupons"]]),
        )
        .order_by(Coupon.id)
    ).all()
    first = rows[0]
    operations = OPERATIONS.validate_python(first.operations)
    attached = bool(letter.data["connection_file"])
    written = letters.write(
        session,
        letter,
        "coupons",
        company=session.get_one(Customer, uuid.UUID(letter.data["customer_id"])).company,
        codes=[
            session.kit.keyring.reveal_code(letter.vendor_id, row.id, row.cipher) for row in rows
        ],
        description=describe(operations, queries.named_for(session, known, first), language),
        until=first.valid_until,
        attached=attached,
    )
    files = (connection_file(session, letter.vendor_id),) if attached else ()
    return Content(written.subject, written.text, files)


COMPOSE: Final[Mapping[str, Compose]] = {"coupons": _coupons}
