"""What concerns a vendor's catalogue as a whole: its version, and what of it is signed."""

import uuid
from collections.abc import Sequence

from sqlalchemy import update

from app.accounts.models import Vendor
from app.audit.actor import Actor
from app.catalog.models import Extension, Release
from app.kit.db import UnitOfWork


def touch(session: UnitOfWork, vendor_id: uuid.UUID) -> None:
    """Says that what an agent may be offered has changed; the row lock orders the versions."""
    session.execute(
        update(Vendor)
        .where(Vendor.id == vendor_id)
        .values(catalogue_version=Vendor.catalogue_version + 1)
        .execution_options(synchronize_session=False)
    )


def _sign(
    session: UnitOfWork, extension: Extension, releases: Sequence[Release], *, actor: Actor
) -> None:
    """Where the signed data of releases follows their rows, inside the same transaction.

    Called with the rows as they are to be: after a publication, a withdrawal, and a change of
    rules, channel or `critical`.
    """
    del session, extension, releases, actor  # there is no repository of signed targets yet


def announce(
    session: UnitOfWork, extension: Extension, releases: Sequence[Release], *, actor: Actor
) -> None:
    """Signs published releases anew and makes every process look at the catalogue again.

    The repository's row is locked before the vendor's, by everybody in this order.
    """
    session.flush()
    _sign(session, extension, releases, actor=actor)
    touch(session, extension.vendor_id)
