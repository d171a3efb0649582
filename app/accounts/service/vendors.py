"""What can be done with vendors."""

from sqlalchemy.exc import IntegrityError

from app.accounts.models import Vendor
from app.accounts.problems import VendorExists
from app.accounts.schemas import CreateVendor, UpdateVendor
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.kit.db import UnitOfWork, new_id


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
    session: UnitOfWork, vendor: Vendor, command: UpdateVendor, *, actor: Actor
) -> Vendor:
    """Changes the settings that are named; what they were stays on record."""
    changes = audit.amend(vendor, command.model_dump(exclude_unset=True))
    if changes:
        session.flush()
        audit.record(
            session, Action.VENDOR_SETTINGS_UPDATED, actor=actor, subject=vendor, **changes
        )
    return vendor
