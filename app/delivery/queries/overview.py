"""What the vendor's people see first: numbers of a period, read from the rows of the period."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, Select, cast, exists, func, select

from app.accounts import queries as accounts
from app.audit.models import AuditEvent, Outcome
from app.catalog.models import Extension, Product, Release
from app.coupons.models import Redemption
from app.customers.models import Customer
from app.delivery.models import Download, InstallReport
from app.kit.clock import local_date
from app.kit.db import KitSession
from app.kit.paging import capped
from app.licensing.models import (
    Activation,
    Entitlement,
    EntitlementStatus,
    Infobase,
    KeyStatus,
    LicenseKey,
)

_FAILED = ("failed", "rollback_failed")
_MOST = 8


@dataclass(frozen=True, slots=True)
class Numbers:
    """Sums, each counted up to a cap, and none that the reader may not see."""

    keys: int
    expiring: int
    activations: int
    downloads: int
    failures: int
    refusals: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a new vendor has done already."""

    product: bool
    release: bool
    key: bool
    coupon: bool

    @property
    def done(self) -> bool:
        """Whether nothing is left of them."""
        return self.product and self.release and self.key and self.coupon


def numbers(session: KitSession, vendor_id: uuid.UUID, days: int) -> Numbers:
    """The tiles of a period."""
    since = session.now() - timedelta(days=days)
    vendor = accounts.vendor(session, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    keys = select(LicenseKey.id).where(
        LicenseKey.vendor_id == vendor_id, LicenseKey.status == KeyStatus.ACTIVE
    )
    expiring = select(Entitlement.id).where(
        Entitlement.vendor_id == vendor_id,
        Entitlement.valid_until.between(today, today + timedelta(days=vendor.expiring_days)),
        Entitlement.status == EntitlementStatus.ACTIVE,
    )
    activations = select(Activation.id).where(
        Activation.vendor_id == vendor_id, Activation.created_at >= since
    )
    downloads = select(Download.id).where(
        Download.vendor_id == vendor_id, Download.created_at >= since
    )
    failures = select(InstallReport.id).where(
        InstallReport.vendor_id == vendor_id,
        InstallReport.outcome.in_(_FAILED),
        InstallReport.created_at >= since,
    )
    return Numbers(
        keys=capped(session, keys),
        expiring=capped(session, expiring),
        activations=capped(session, activations),
        downloads=capped(session, downloads),
        failures=capped(session, failures),
        refusals=refusals(session, vendor_id, since),
    )


def refusals(session: KitSession, vendor_id: uuid.UUID, since: datetime) -> list[tuple[str, int]]:
    """Reasons of refusals among the last thousand events, the most frequent first."""
    last = (
        select(AuditEvent.reason, AuditEvent.outcome, AuditEvent.at)
        .where(AuditEvent.vendor_id == vendor_id)
        .order_by(AuditEvent.seq.desc())
        .limit(1_000)
        .subquery()
    )
    rows = session.execute(
        select(last.c.reason, func.count())
        .where(last.c.outcome == Outcome.DENIED, last.c.at >= since, last.c.reason.is_not(None))
        .group_by(last.c.reason)
        .order_by(func.count().desc(), last.c.reason)
        .limit(_MOST)
    )
    return [(reason, number) for reason, number in rows]


def last_denials(session: KitSession, vendor_id: uuid.UUID) -> Sequence[AuditEvent]:
    """Refusals among the last thousand events, newest first."""
    last = (
        select(AuditEvent.id, AuditEvent.outcome)
        .where(AuditEvent.vendor_id == vendor_id)
        .order_by(AuditEvent.seq.desc())
        .limit(1_000)
        .subquery()
    )
    denied = select(last.c.id).where(last.c.outcome == Outcome.DENIED)
    query = select(AuditEvent).where(AuditEvent.id.in_(denied))
    return session.scalars(query.order_by(AuditEvent.seq.desc()).limit(10)).all()


def downloads_by_day(
    session: KitSession, vendor_id: uuid.UUID, days: int
) -> list[tuple[date, int]]:
    """Downloads of each day of the period, days without any too, as the vendor counts days."""
    zone = accounts.vendor(session, vendor_id).time_zone
    today = local_date(session.now(), zone)
    first = today - timedelta(days=days - 1)
    day = cast(func.timezone(zone, Download.created_at), Date)
    since = session.now() - timedelta(days=days)
    rows = session.execute(
        select(day, func.count())
        .where(Download.vendor_id == vendor_id, Download.created_at >= since)
        .group_by(day)
    )
    found = {first: second for first, second in rows}  # noqa: C416 - rows are no pairs
    return [(each, found.get(each, 0)) for each in (first + timedelta(days=n) for n in range(days))]


def downloads_by_release(
    session: KitSession, vendor_id: uuid.UUID, days: int
) -> list[tuple[str, int]]:
    """The releases that were downloaded most."""
    since = session.now() - timedelta(days=days)
    rows = session.execute(
        select(Extension.title_ru, Release.version, func.count())
        .select_from(Download)
        .join(Release, Release.id == Download.release_id)
        .join(Extension, Extension.id == Download.extension_id)
        .where(Download.vendor_id == vendor_id, Download.created_at >= since)
        .group_by(Extension.title_ru, Release.version)
        .order_by(func.count().desc(), Extension.title_ru, Release.version)
        .limit(_MOST)
    )
    return [(f"{title} {version}", number) for title, version, number in rows]


def by_configuration(session: KitSession, vendor_id: uuid.UUID) -> list[tuple[str, int]]:
    """The configurations of known infobases, the most frequent first."""
    rows = session.execute(
        select(Infobase.configuration_name, func.count())
        .where(Infobase.vendor_id == vendor_id, Infobase.configuration_name.is_not(None))
        .group_by(Infobase.configuration_name)
        .order_by(func.count().desc(), Infobase.configuration_name)
        .limit(_MOST)
    )
    return [(name or "", number) for name, number in rows]


def first_steps(session: KitSession, vendor_id: uuid.UUID) -> FirstSteps:
    """Whether there is a product, a published release, a customer with a key, a redemption."""

    def any_of(query: Select[uuid.UUID]) -> bool:
        return bool(session.scalar(select(exists(query.limit(1)))))

    published = select(Release.id).where(
        Release.vendor_id == vendor_id, Release.published_at.is_not(None)
    )
    return FirstSteps(
        any_of(select(Product.id).where(Product.vendor_id == vendor_id)),
        any_of(published),
        any_of(
            select(LicenseKey.id)
            .join(Customer, Customer.id == LicenseKey.customer_id)
            .where(LicenseKey.vendor_id == vendor_id)
        ),
        any_of(select(Redemption.id).where(Redemption.vendor_id == vendor_id)),
    )
