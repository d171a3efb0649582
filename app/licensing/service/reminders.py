"""Customers are told that a term ends: fourteen days before, and once more one day before."""

import uuid
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Row, Select, and_, case, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from app.accounts.models import Letter, Vendor
from app.accounts.service import letters, mailing
from app.accounts.service.mailing import To
from app.audit import service as audit
from app.audit.actor import SYSTEM
from app.audit.models import Action
from app.catalog.models import Product
from app.customers.models import Customer
from app.kit.clock import local_date
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.mail import Content
from app.licensing.models import Entitlement, EntitlementReminder, LicenseKey

EARLY, LATE = 14, 1
AT_ONCE: Final = 100


def vendors_that_remind(session: KitSession) -> list[uuid.UUID]:
    """Whoever can send and has not switched reminders off."""
    wanted = select(Vendor.id).where(
        Vendor.expiry_reminders.is_(True), Vendor.smtp.is_not(None), Vendor.status == "active"
    )
    return list(session.scalars(wanted.order_by(Vendor.id)))


def remind(session: UnitOfWork, vendor_id: uuid.UUID) -> int:
    """Queues up to a hundred letters; 0 when nobody is left to be told."""
    vendor = session.get_one(Vendor, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    rows = session.execute(_due(vendor_id, today).limit(AT_ONCE)).all()
    return sum(_tell(session, vendor, row) for row in rows)


def _due(vendor_id: uuid.UUID, today: date) -> Select[Entitlement, LicenseKey, Customer, int]:
    """Ends that are near, of which the customer was not told at this step.

    A term that was shorter from its first day on begins with no letter about its end.
    """
    late = Entitlement.valid_until <= today + timedelta(days=LATE)
    step: ColumnElement[int] = case((late, LATE), else_=EARLY)
    told = exists().where(
        EntitlementReminder.entitlement_id == Entitlement.id,
        EntitlementReminder.valid_until == Entitlement.valid_until,
        EntitlementReminder.step == step,
    )
    return (
        select(Entitlement, LicenseKey, Customer, step.label("step"))
        .join(LicenseKey, LicenseKey.id == Entitlement.key_id)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .where(
            Entitlement.vendor_id == vendor_id,
            Entitlement.valid_until.between(today, today + timedelta(days=EARLY)),
            Entitlement.starts_on < Entitlement.valid_until - step,
            Entitlement.status == "active",
            and_(LicenseKey.status == "active", Customer.status == "active", Customer.email != ""),
            ~told,
        )
        .order_by(Entitlement.valid_until, Entitlement.id)
    )


def _tell(
    session: UnitOfWork, vendor: Vendor, row: Row[Entitlement, LicenseKey, Customer, int]
) -> int:
    item, key, customer, step = row
    once = insert(EntitlementReminder).values(
        id=new_id(),
        vendor_id=vendor.id,
        created_at=session.now(),
        entitlement_id=item.id,
        valid_until=item.valid_until,
        step=step,
    )
    made = once.on_conflict_do_nothing().returning(EntitlementReminder.id)
    if session.insert_once(made) is None:  # another worker was faster
        return 1
    responsible = customer.responsible or ""
    copy_to = responsible if "@" in responsible else None
    to = To(customer.email, vendor.locale, copy_to)
    mailing.queue(session, "reminder", to, item, entitlement_id=str(item.id), key=key.hint)
    audit.record(session, Action.ENTITLEMENT_REMINDED, actor=SYSTEM, subject=item, step=step)
    return 1


def compose(session: KitSession, letter: Letter) -> Content | None:
    """What the reminder says on the day it is sent; nothing if the term was renewed meanwhile."""
    item = session.get_one(Entitlement, uuid.UUID(letter.data["entitlement_id"]))
    vendor = session.get_one(Vendor, letter.vendor_id)
    left = (
        (item.valid_until - local_date(session.now(), vendor.time_zone)).days
        if item.valid_until
        else None
    )
    if left is None or not 0 <= left <= EARLY or item.status != "active":
        return None
    return letters.write(
        session,
        letter,
        "reminder",
        product=session.get_one(Product, item.product_id).name,
        key=letter.data["key"],
        until=item.valid_until,
        days=left,
    )
