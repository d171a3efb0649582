"""How far extensions and releases have spread: infobases, downloads, keys, failures."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.catalog.models import Extension, Release
from app.customers.models import Customer
from app.delivery.models import Download, InstallReport
from app.kit.db import KitSession
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementStatus,
    Infobase,
    LicenseKey,
)
from wire.reports import Outcome

WEEK = timedelta(days=7)
_FAILED = (Outcome.FAILED, Outcome.ROLLBACK_FAILED)
MOST = 50


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a release is installed, and how often it was fetched."""

    infobases: int = 0
    downloads: int = 0


@dataclass(frozen=True, slots=True)
class Use:
    """How many keys open an extension, and how many installations failed within a week."""

    keys: int = 0
    failures: int = 0


def spread(session: KitSession, releases: Sequence[Release]) -> dict[uuid.UUID, Spread]:
    """Of each release, the infobases that have it now and its downloads."""
    ids = [release.id for release in releases]
    vendors = {release.vendor_id for release in releases}
    installed = session.execute(
        select(Activation.installed_release_id, func.count())
        .where(
            Activation.vendor_id.in_(vendors),
            Activation.installed_release_id.in_(ids),
            Activation.status == ActivationStatus.ACTIVE,
        )
        .group_by(Activation.installed_release_id)
    )
    fetched = session.execute(
        select(Download.release_id, func.count())
        .where(
            Download.vendor_id.in_(vendors),
            Download.release_id.in_(ids),
        )
        .group_by(Download.release_id)
    )
    infobases, downloads = _numbers(installed), _numbers(fetched)
    return {each: Spread(infobases.get(each, 0), downloads.get(each, 0)) for each in ids}


def use(session: KitSession, extensions: Sequence[Extension]) -> dict[uuid.UUID, Use]:
    """Of each extension, the keys that hold its product and the failures of the last week."""
    vendors = {each.vendor_id for each in extensions}
    held = session.execute(
        select(Entitlement.product_id, func.count())
        .where(
            Entitlement.vendor_id.in_(vendors),
            Entitlement.product_id.in_({each.product_id for each in extensions}),
            Entitlement.status == EntitlementStatus.ACTIVE,
        )
        .group_by(Entitlement.product_id)
    )
    failed = session.execute(
        select(InstallReport.extension_id, func.count())
        .where(
            InstallReport.vendor_id.in_(vendors),
            InstallReport.extension_id.in_([each.id for each in extensions]),
            InstallReport.outcome.in_(_FAILED),
            InstallReport.created_at >= session.now() - WEEK,
        )
        .group_by(InstallReport.extension_id)
    )
    keys, failures = _numbers(held), _numbers(failed)
    return {
        each.id: Use(keys.get(each.product_id, 0), failures.get(each.id, 0)) for each in extensions
    }


def _numbers(rows: Iterable[Sequence[Any]]) -> dict[uuid.UUID, int]:
    return {each[0]: each[1] for each in rows}


@dataclass(frozen=True, slots=True)
class Holder:
    """An infobase with the key of its seat, and whose key it is."""

    infobase: Infobase
    key: LicenseKey
    customer: Customer


def seated(
    session: KitSession, vendor_id: uuid.UUID, *conditions: ColumnElement[bool]
) -> list[Holder]:
    """Infobases with a seat under some conditions, the last heard of first; fifty at most."""
    rows = session.execute(
        select(Infobase, LicenseKey, Customer)
        .join(Activation, Activation.infobase_id == Infobase.id)
        .join(LicenseKey, LicenseKey.id == Activation.key_id)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .where(
            Activation.vendor_id == vendor_id,
            Activation.status == ActivationStatus.ACTIVE,
            *conditions,
        )
        .order_by(Infobase.last_seen_at.desc(), Infobase.id)
        .limit(MOST)
    )
    return [Holder(infobase, key, customer) for infobase, key, customer in rows]


def holders(session: KitSession, release: Release) -> list[Holder]:
    """Infobases that have a release now."""
    return seated(session, release.vendor_id, Activation.installed_release_id == release.id)
