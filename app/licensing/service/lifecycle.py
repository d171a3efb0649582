"""What the vendor does with a key once it is issued: suspend, resume, rotate, move, revoke."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import update

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.customers import queries as customers
from app.kit.db import UnitOfWork
from app.licensing.models import KeyStatus, LicenseKey, LicenseKeyCode
from app.licensing.problems import KeyRevoked
from app.licensing.queries import keys
from app.licensing.schemas import MoveKey, RotateKey, SuspendKeys, WithReason
from app.licensing.service.keys import IssuedKey, code_row
from wire import codes


def suspend(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    command: WithReason,
    *,
    actor: Actor,
) -> LicenseKey:
    """Stops every product of the key until it is resumed; twice is a success."""
    key = keys.license_key(session, vendor_id, key_id, locked=True)
    if _changed(session, key, KeyStatus.ACTIVE, KeyStatus.SUSPENDED, reason=command.reason):
        audit.record(
            session,
            Action.LICENSE_KEY_SUSPENDED,
            actor=actor,
            subject=key,
            reason=command.reason,
        )
    return keys.license_key(session, vendor_id, key_id)


def suspend_several(
    session: UnitOfWork, vendor_id: uuid.UUID, command: SuspendKeys, *, actor: Actor
) -> int:
    """Stops several keys, all or none; how many were active, the others stay as they are."""
    found = keys.active_of(session, vendor_id, command.keys, locked=True)
    reason, status = command.reason, KeyStatus.SUSPENDED
    session.change(
        update(LicenseKey)
        .where(LicenseKey.id.in_([key.id for key in found]))
        .values(status=status, suspend_reason=reason, row_version=LicenseKey.row_version + 1)
        .execution_options(synchronize_session=False)
    )
    for key in found:
        audit.record(session, Action.LICENSE_KEY_SUSPENDED, actor=actor, subject=key, reason=reason)
    return len(found)


def resume(
    session: UnitOfWork, vendor_id: uuid.UUID, key_id: uuid.UUID, *, actor: Actor
) -> LicenseKey:
    """Makes a suspended key work again; twice is a success."""
    key = keys.license_key(session, vendor_id, key_id, locked=True)
    if _changed(session, key, KeyStatus.SUSPENDED, KeyStatus.ACTIVE, reason=None):
        audit.record(session, Action.LICENSE_KEY_RESUMED, actor=actor, subject=key)
    return keys.license_key(session, vendor_id, key_id)


def revoke(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    command: WithReason,
    *,
    actor: Actor,
) -> LicenseKey:
    """Ends the key for good; twice is a success."""
    key = keys.license_key(session, vendor_id, key_id)
    revoked = session.change(
        update(LicenseKey)
        .where(LicenseKey.id == key.id, LicenseKey.status != KeyStatus.REVOKED)
        .values(
            status=KeyStatus.REVOKED,
            suspend_reason=command.reason,
            row_version=LicenseKey.row_version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if revoked:
        audit.record(
            session,
            Action.LICENSE_KEY_REVOKED,
            actor=actor,
            subject=key,
            reason=command.reason,
        )
    return keys.license_key(session, vendor_id, key_id)


def _changed(
    session: UnitOfWork, key: LicenseKey, before: str, after: str, *, reason: str | None
) -> bool:
    """Of a locked key, so that what was refused is still so when its reason is looked for."""
    changed = session.change(
        update(LicenseKey)
        .where(LicenseKey.id == key.id, LicenseKey.status == before)
        .values(status=after, suspend_reason=reason, row_version=LicenseKey.row_version + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed and keys.license_key(session, key.vendor_id, key.id).status != after:
        raise KeyRevoked
    return changed == 1


def rotate(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    command: RotateKey,
    *,
    actor: Actor,
) -> IssuedKey:
    """A new code for the key; the old one works for the grace and answers KEY_REVOKED after."""
    vendor = accounts.vendor(session, vendor_id)
    key = keys.license_key(session, vendor_id, key_id, locked=True)
    if key.status == KeyStatus.REVOKED:
        raise KeyRevoked
    hours = vendor.rotation_grace_hours if command.grace_hours is None else command.grace_hours
    ends = session.now() + timedelta(hours=hours)
    _end_current(session, key, ends)
    code = codes.new_code(codes.CodeKind.KEY, vendor.prefix)
    session.add(code_row(session, key, code))
    key.hint, old = code.hint, key.hint
    session.flush()
    audit.record(
        session,
        Action.LICENSE_KEY_ROTATED,
        actor=actor,
        subject=key,
        reason=command.reason,
        old=old,
        old_until=ends,
    )
    return IssuedKey(key, code.text)


def _end_current(session: UnitOfWork, key: LicenseKey, ends: datetime) -> None:
    session.execute(
        update(LicenseKeyCode)
        .where(LicenseKeyCode.key_id == key.id, LicenseKeyCode.expires_at.is_(None))
        .values(expires_at=ends)
        .execution_options(synchronize_session=False)
    )


def move(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    command: MoveKey,
    *,
    actor: Actor,
) -> LicenseKey:
    """Gives the key to another customer; past redemptions keep the customer of their time."""
    key = keys.license_key(session, vendor_id, key_id, locked=True)
    before = customers.customer(session, vendor_id, key.customer_id)
    if before.id == command.customer_id:
        return key
    after = customers.open_customer(session, vendor_id, command.customer_id)
    key.customer_id = after.id
    session.flush()
    audit.record(
        session,
        Action.LICENSE_KEY_MOVED,
        actor=actor,
        subject=key,
        reason=command.reason,
        before=before.company,
        after=after.company,
    )
    return key
