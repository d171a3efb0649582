"""What concerns a vendor's catalogue as a whole: its version, and what of it is signed."""

import uuid

from sqlalchemy import update

from app.accounts.models import Vendor
from app.catalog.models import Release
from app.catalog.service.signing import sign
from app.kit.db import UnitOfWork

LEAP = 1_000_000


def touch(session: UnitOfWork, vendor_id: uuid.UUID) -> None:
    """Says that what an agent may be offered has changed; the row lock orders the versions."""
    session.execute(
        update(Vendor)
        .where(Vendor.id == vendor_id)
        .values(catalogue_version=Vendor.catalogue_version + 1)
        .execution_options(synchronize_session=False)
    )


def leap(session: UnitOfWork) -> None:
    """Every vendor's catalogue gets a version beyond any that was lost with a restored database.

    A process that saw a later one would else go on with what it has until the number comes again.
    """
    session.execute(
        update(Vendor)
        .values(catalogue_version=Vendor.catalogue_version + LEAP)
        .execution_options(synchronize_session=False)
    )


def announce(session: UnitOfWork, release: Release) -> None:
    """Signs a published release anew and makes every process look at the catalogue again.

    Called with the row as it is to be: after a publication, a withdrawal, and a change of rules,
    channel or `critical`. The repository's row is locked before the vendor's, by everybody.
    """
    session.flush()
    sign(session, [release])
    touch(session, release.vendor_id)
