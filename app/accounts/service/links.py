"""One-time links: made, looked at, used once."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, update

from app.accounts.models import LinkPurpose, OneTimeLink
from app.accounts.problems import LinkInvalid
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.signing import lookup_digest, new_secret

LASTS: Final = {
    LinkPurpose.INVITATION: timedelta(hours=72),
    LinkPurpose.PASSWORD_RESET: timedelta(hours=24),
}
_PATHS: Final = {
    LinkPurpose.INVITATION: "cabinet/invite",
    LinkPurpose.PASSWORD_RESET: "cabinet/password/reset",
}
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A new link with its address, which is shown or mailed and kept nowhere in the open."""

    link: OneTimeLink
    address: str


def make(
    session: UnitOfWork, purpose: LinkPurpose, user_id: uuid.UUID, vendor_id: uuid.UUID
) -> FreshLink:
    """A link for one person and one purpose; an older one does not work any more."""
    session.execute(
        delete(OneTimeLink).where(
            OneTimeLink.user_id == user_id,
            OneTimeLink.vendor_id == vendor_id,
            OneTimeLink.purpose == purpose,
        )
    )
    secret, link_id = new_secret("pkl_"), new_id()
    link = OneTimeLink(
        id=link_id,
        created_at=session.now(),
        user_id=user_id,
        vendor_id=vendor_id,
        purpose=purpose,
        digest=lookup_digest(secret),
        cipher=session.kit.keyring.seal_code(vendor_id, link_id, secret),
        expires_at=session.now() + LASTS[purpose],
    )
    session.add(link)
    session.flush()
    return FreshLink(link, _address(session, purpose, secret))


def address_of(session: KitSession, link_id: uuid.UUID) -> str | None:
    """The address for a letter; None if the link was used or replaced meanwhile."""
    link = session.get(OneTimeLink, link_id)
    if link is None or link.cipher is None or link.expires_at <= session.now():
        return None
    secret = session.kit.keyring.open_code(link.vendor_id, link.id, link.cipher)
    return _address(session, LinkPurpose(link.purpose), secret)


def look(session: KitSession, purpose: LinkPurpose, secret: str | None) -> OneTimeLink:
    """The link of a secret while it works; LINK_INVALID otherwise."""
    link = session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.digest == lookup_digest(secret or ""),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > session.now(),
        )
    )
    if link is None:
        raise LinkInvalid
    return link


def use(session: UnitOfWork, purpose: LinkPurpose, secret: str | None) -> OneTimeLink:
    """As `look`, and nobody uses it again."""
    link = look(session, purpose, secret)
    once = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
    if session.change(once.values(used_at=session.now(), cipher=None)) != 1:
        raise LinkInvalid
    return link


def revoke(session: UnitOfWork, purpose: LinkPurpose, user_id: uuid.UUID) -> None:
    """No link of this purpose works for the person any more."""
    theirs = (OneTimeLink.user_id == user_id, OneTimeLink.purpose == purpose)
    session.change(delete(OneTimeLink).where(*theirs))


def forget_old(session: UnitOfWork) -> int:
    """Deletes the next batch of links that ran out; how many. The table: time is no act."""
    table = OneTimeLink.__table__
    old = table.c.expires_at <= session.now()
    part = select(table.c.id).where(old).limit(_BATCH).with_for_update(skip_locked=True)
    return session.change(delete(table).where(table.c.id.in_(part)))  # type: ignore[arg-type] # a table


def _address(session: KitSession, purpose: LinkPurpose, secret: str) -> str:
    base = str(session.kit.settings.public_url).rstrip("/")
    return f"{base}/{_PATHS[purpose]}/{secret}"
