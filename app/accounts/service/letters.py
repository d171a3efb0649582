"""What the letters about accounts say: invitations, links for passwords, tests, audit heads."""

import uuid
from collections.abc import Mapping
from typing import Final, cast

from app.accounts import queries
from app.accounts.models import Letter, Vendor
from app.accounts.service import links, mailing
from app.accounts.service.mailing import Compose, To
from app.accounts.service.viewers import view_of
from app.audit import queries as audit
from app.kit import mail
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import Language
from app.kit.mail import Content


def write(session: KitSession, letter: Letter, template: str, **params: object) -> Content:
    """The letter in its reader's language; templates also get vendor and address."""
    vendor = view_of(session.get_one(Vendor, letter.vendor_id))
    address = str(session.kit.settings.public_url).rstrip("/")
    told = {"vendor": vendor, "address": address, "recipient": letter.recipient}
    return mail.write(template, cast("Language", letter.locale), **told | params)


def queue_heads(session: UnitOfWork) -> int:
    """The end of each audit chain for its owners, where the vendor can send; how many letters."""
    count = 0
    for head in audit.heads(session):
        vendor = session.get(Vendor, head.vendor_id)
        if vendor is None or vendor.smtp is None:
            continue
        for owner in queries.owners(session, vendor.id):
            to = To(owner.email, owner.locale)
            mailing.queue(session, "audit_head", to, vendor, seq=head.seq, hash=head.hash.hex())
            count += 1
    return count


def _link(session: KitSession, letter: Letter) -> Content | None:
    link = links.address_of(session, uuid.UUID(letter.data["link_id"]))
    return write(session, letter, letter.kind, link=link) if link else None


def _plain(session: KitSession, letter: Letter) -> Content:
    return write(session, letter, letter.kind, **letter.data)


COMPOSE: Final[Mapping[str, Compose]] = {
    "invitation": _link,
    "password_reset": _link,
    "new_device": _plain,
    "test": _plain,
    "audit_head": _plain,
}
