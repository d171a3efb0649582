"""What can be done with vendors."""

import uuid
from typing import Final

from sqlalchemy.exc import IntegrityError

from app.accounts.models import Installation, Vendor
from app.accounts.problems import VendorExists
from app.accounts.schemas import CreateVendor, UpdateVendor
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed

TOO_EARLY: Final = ("too_early", N_("Not earlier than seats are marked as stale"))


def create_vendor(session: UnitOfWork, command: CreateVendor, *, actor: Actor) -> Vendor:
    """A new tenant with its own prefix and its own chain of audit events."""
    vendor = Vendor(id=new_id(), created_at=session.now(), **command.model_dump())
    try:
        with session.savepoint():
            session.add(vendor)
    except IntegrityError:
        raise VendorExists from None
    audit.record(
        session,
        Action.VENDOR_CREATED,
        actor=actor,
        subject=vendor,
        slug=vendor.slug,
        prefix=vendor.prefix,
    )
    return vendor


def update_vendor(
    session: UnitOfWork,
    vendor: Vendor,
    command: UpdateVendor,
    *,
    actor: Actor,
    version: int | None = None,
) -> Vendor:
    """Changes the settings that are named; what they were stays on record."""
    session.hold(vendor, version)
    changes = audit.amend(vendor, command.model_dump(exclude_unset=True))
    release = vendor.auto_release_after_days
    if release is not None and release < vendor.stale_after_days:
        raise ValidationFailed.at({"/auto_release_after_days": TOO_EARLY})
    if changes:
        session.flush()
        audit.record(
            session, Action.VENDOR_SETTINGS_UPDATED, actor=actor, subject=vendor, **changes
        )
    return vendor


def confirm_master(session: UnitOfWork, vendor_id: uuid.UUID, *, actor: Actor) -> None:
    """An owner says that the words of MASTER are written down and kept away from the copies."""
    vendor = session.get_one(Vendor, vendor_id)
    kid, row = session.kit.keyring.current_kid, session.get(Installation, 1, with_for_update=True)
    if row is not None and row.master_kid == kid:
        return
    if row is None:
        row = Installation(id=1)
        session.add(row)
    assert actor.id is not None  # noqa: S101 - only a person confirms
    row.master_kid, row.master_confirmed_at = kid, session.now()
    row.master_confirmed_by = actor.id
    session.flush()
    audit.record(
        session, Action.TRUST_MASTER_CONFIRMED, actor=actor, subject=vendor, master_kid=kid
    )
