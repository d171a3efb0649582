"""Showing the full code of a key once more: a recorded act with a reason."""

import uuid

from sqlalchemy import select

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.kit.db import UnitOfWork
from app.kit.fields import Reveal
from app.licensing.models import LicenseKeyCode
from app.licensing.queries.keys import license_key


def reveal(
    session: UnitOfWork, vendor_id: uuid.UUID, key_id: uuid.UUID, command: Reveal, *, actor: Actor
) -> str:
    """The current code of a key; SecretUnreadable where its MASTER is gone."""
    key = license_key(session, vendor_id, key_id)
    code = session.scalars(
        select(LicenseKeyCode).where(
            LicenseKeyCode.vendor_id == vendor_id,
            LicenseKeyCode.key_id == key.id,
            LicenseKeyCode.expires_at.is_(None),
        )
    ).one()
    text = session.kit.keyring.reveal_code(vendor_id, code.id, code.cipher)
    audit.record(
        session,
        Action.LICENSE_KEY_REVEALED,
        actor=actor,
        subject=key,
        cause=command.cause,
        reason=command.reason,
    )
    return text
