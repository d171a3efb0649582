"""Letters to customers with their licence key; the worker opens the code when it writes."""

import uuid
from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from app.accounts.models import Letter
from app.accounts.service import letters, mailing
from app.accounts.service.mailing import Compose, To
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.customers.models import Customer
from app.customers.problems import EmailMissing
from app.kit.db import KitSession, UnitOfWork
from app.kit.mail import Attachment, Content
from app.licensing.models import LicenseKey, LicenseKeyCode
from app.licensing.queries.keys import license_key
from app.licensing.schemas.letters import SendKey
from app.licensing.service import reminders
from app.trust import queries as trust
from wire import enrolment


def send_key(
    session: UnitOfWork, vendor_id: uuid.UUID, key_id: uuid.UUID, command: SendKey, *, actor: Actor
) -> Letter:
    """A letter with the current code, and the connection file if it is wished."""
    mailing.require_mail(session, vendor_id)
    key = license_key(session, vendor_id, key_id)
    if command.connection_file:
        trust.ready_repository(session, vendor_id)  # TRUST_NOT_READY is said now, not by the worker
    to = To(address_of(session, vendor_id, key.customer_id, command.to), command.locale)
    letter = mailing.queue(
        session, "key", to, key, key_id=str(key.id), connection_file=command.connection_file
    )
    audit.record(
        session,
        Action.LICENSE_KEY_SENT,
        actor=actor,
        subject=key,
        reason="sending",
        to=command.to,
        letter_id=letter.id,
    )
    return letter


def address_of(
    session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID, which: str
) -> str:
    """One of the customer's own addresses; EMAIL_MISSING if it is not known."""
    customer = session.get_one(Customer, customer_id)
    address = customer.tech_email if which == "tech_email" else customer.email
    if customer.vendor_id != vendor_id or not address:
        raise EmailMissing
    return address


def connection_file(session: KitSession, vendor_id: uuid.UUID) -> Attachment:
    """The vendor's connection file, without any key in it."""
    told = trust.connection_file(session, vendor_id)
    return Attachment(f"{told.vendor.name}{enrolment.SUFFIX}", enrolment.dumps(told))


def _key(session: KitSession, letter: Letter) -> Content:
    key_id = uuid.UUID(letter.data["key_id"])
    key = session.get_one(LicenseKey, key_id)
    code = session.scalars(
        select(LicenseKeyCode).where(
            LicenseKeyCode.vendor_id == letter.vendor_id,
            LicenseKeyCode.key_id == key_id,
            LicenseKeyCode.expires_at.is_(None),
        )
    ).one()
    attached = bool(letter.data["connection_file"])
    written = letters.write(
        session,
        letter,
        "key",
        company=session.get_one(Customer, key.customer_id).company,
        code=session.kit.keyring.reveal_code(letter.vendor_id, code.id, code.cipher),
        attached=attached,
    )
    files = (connection_file(session, letter.vendor_id),) if attached else ()
    return Content(written.subject, written.text, files)


COMPOSE: Final[Mapping[str, Compose]] = {"key": _key, "reminder": reminders.compose}
