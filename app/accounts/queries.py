"""Reads of vendors."""

import uuid

from sqlalchemy import func, select

from app.accounts.models import Vendor
from app.kit.db import KitSession
from app.kit.i18n import N_
from app.kit.problems import NotFound


def vendor(session: KitSession, vendor_id: uuid.UUID) -> Vendor:
    """The vendor of a principal."""
    found = session.get(Vendor, vendor_id)
    if found is None:
        raise NotFound
    return found


def vendor_by_slug(session: KitSession, slug: str) -> Vendor:
    """The vendor that the command line names."""
    found = session.scalar(select(Vendor).where(func.lower(Vendor.slug) == slug.lower()))
    if found is None:
        raise NotFound(N_("There is no vendor with this slug; `podkluch vendor create` makes one"))
    return found


def vendors(session: KitSession) -> list[Vendor]:
    """All vendors of this server, by slug."""
    return list(session.scalars(select(Vendor).order_by(Vendor.slug)))


def any_vendor(session: KitSession) -> bool:
    """Whether this server has a vendor at all."""
    return session.scalar(select(Vendor.id).limit(1)) is not None
