"""What the vendor's people see first: numbers of a period, read from the rows of the period."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, cast, distinct, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts import queries as accounts
from app.audit.models import AuditEvent, Outcome
from app.catalog.models import Extension, Product, Release, ReleaseStatus
from app.coupons.models import Redemption
from app.customers.models import Customer
from app.delivery.models import Download, InstallReport
from app.kit.clock import local_date
from app.kit.db import KitSession
from app.kit.i18n import Language
from app.kit.paging import capped
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementStatus,
    Infobase,
    LicenseKey,
)
from app.licensing.queries.keystates import counted
from wire.extensions import Channel

_FAILED = ("failed", "rollback_failed")
_MOST = 8
_DAILY = 31
"""Days of the longest period that is shown day by day."""


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


@dataclass(frozen=True, slots=True)
class Scope:
    """What the numbers are about: a vendor, the last days, one product or all."""

    vendor_id: uuid.UUID
    days: int
    product_id: uuid.UUID | None = None
    language: Language = "ru"

    @property
    def title(self) -> ColumnElement[str]:
        """What an extension is called; its Russian title where it has no English one."""
        if self.language == "ru":
            return Extension.title_ru.expression
        return func.coalesce(Extension.title_en, Extension.title_ru)

    @property
    def by_week(self) -> bool:
        """Whether the period is so long that its days would be a thicket."""
        return self.days > _DAILY

    def since(self, session: KitSession) -> datetime:
        """When the period began."""
        return session.now() - timedelta(days=self.days)

    def of_key(self, key_id: InstrumentedAttribute[uuid.UUID]) -> list[ColumnElement[bool]]:
        """Keys that hold the product."""
        if self.product_id is None:
            return []
        holding = select(Entitlement.key_id).where(
            Entitlement.vendor_id == self.vendor_id,
            Entitlement.product_id == self.product_id,
            Entitlement.status != EntitlementStatus.WITHDRAWN,
        )
        return [key_id.in_(holding)]

    def of_extension(self, extension_id: InstrumentedAttribute[Any]) -> list[ColumnElement[bool]]:
        """Extensions that the product opens."""
        if self.product_id is None:
            return []
        opened = select(Extension.id).where(
            Extension.vendor_id == self.vendor_id, Extension.product_id == self.product_id
        )
        return [extension_id.in_(opened)]

    def of_entitlement(self) -> list[ColumnElement[bool]]:
        """Entitlements to the product."""
        return [] if self.product_id is None else [Entitlement.product_id == self.product_id]


def numbers(session: KitSession, scope: Scope) -> Numbers:
    """The tiles of a period."""
    vendor_id, since = scope.vendor_id, scope.since(session)
    vendor = accounts.vendor(session, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    keys = select(LicenseKey.id).where(
        LicenseKey.vendor_id == vendor_id,
        *scope.of_key(LicenseKey.id),
    )
    expiring = select(Entitlement.id).where(
        Entitlement.vendor_id == vendor_id,
        Entitlement.valid_until.between(today, today + timedelta(days=vendor.expiring_days)),
        Entitlement.status == EntitlementStatus.ACTIVE,
        *scope.of_entitlement(),
    )
    activations = select(Activation.id).where(
        Activation.vendor_id == vendor_id, Activation.created_at >= since
    )
    if scope.product_id is not None:
        activations = activations.where(Activation.product_id == scope.product_id)
    return Numbers(
        keys=counted(session, vendor_id, "active", keys),
        expiring=capped(session, expiring),
        activations=capped(session, activations),
        downloads=capped(session, _downloads(scope, since)),
        failures=capped(session, _failures(scope, since)),
        refusals=refusals(session, vendor_id, since),
    )


def _downloads(scope: Scope, since: datetime) -> Select[Download]:
    return select(Download).where(
        Download.vendor_id == scope.vendor_id,
        Download.created_at >= since,
        *scope.of_extension(Download.extension_id),
    )


def _failures(scope: Scope, since: datetime) -> Select[InstallReport]:
    return select(InstallReport).where(
        InstallReport.vendor_id == scope.vendor_id,
        InstallReport.outcome.in_(_FAILED),
        InstallReport.created_at >= since,
        *scope.of_extension(InstallReport.extension_id),
    )


def last_failures(session: KitSession, scope: Scope) -> Sequence[Row[InstallReport, str, str]]:
    """The newest failed installations: the report, its infobase, the extension's title if known."""
    newest = _failures(scope, scope.since(session)).with_only_columns(InstallReport.id)
    newest = newest.order_by(InstallReport.created_at.desc(), InstallReport.id.desc()).limit(10)
    return session.execute(
        select(InstallReport, Infobase.label, scope.title)
        .join(Infobase, Infobase.id == InstallReport.infobase_id)
        .outerjoin(Extension, Extension.id == InstallReport.extension_id)
        .where(InstallReport.id.in_(newest))
        .order_by(InstallReport.created_at.desc(), InstallReport.id.desc())
    ).all()


def on_newest(session: KitSession, scope: Scope) -> list[tuple[str, int, int]]:
    """How many of the infobases with an extension have its newest stable release, and of how many.

    The most widespread extensions first.
    """
    newest = (
        select(Release.extension_id, Release.id, Release.version)
        .ext(distinct_on(Release.extension_id))
        .where(
            Release.vendor_id == scope.vendor_id,
            Release.status == ReleaseStatus.PUBLISHED,
            Release.channel == Channel.STABLE,
        )
        .order_by(Release.extension_id, Release.version_key.desc())
        .subquery()
    )
    has_newest = Activation.installed_release_id == newest.c.id
    all_of_them = func.count(distinct(Activation.infobase_id))
    rows = session.execute(
        select(
            scope.title,
            newest.c.version,
            func.count(distinct(Activation.infobase_id)).filter(has_newest),
            all_of_them,
        )
        .select_from(Activation)
        .join(Release, Release.id == Activation.installed_release_id)
        .join(newest, newest.c.extension_id == Release.extension_id)
        .join(Extension, Extension.id == Release.extension_id)
        .where(
            Activation.vendor_id == scope.vendor_id,
            Activation.status == ActivationStatus.ACTIVE,
            *scope.of_extension(Release.extension_id),
        )
        .group_by(scope.title, newest.c.version)
        .order_by(all_of_them.desc(), scope.title)
        .limit(_MOST)
    )
    return [(f"{title} {version}", has, number) for title, version, has, number in rows]


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


def downloads_over_time(session: KitSession, scope: Scope) -> list[tuple[date, int]]:
    """Downloads of each day of the period, in a long one of each week by its first day.

    Days without any count too, and all are the vendor's days. Weeks begin on Monday; the first and
    the last hold only the days that belong to the period.
    """
    by_day = _by_day(session, scope)
    if not scope.by_week:
        return by_day
    weeks: dict[date, int] = {}
    for day, number in by_day:
        monday = max(day - timedelta(days=day.weekday()), by_day[0][0])
        weeks[monday] = weeks.get(monday, 0) + number
    return list(weeks.items())


def _by_day(session: KitSession, scope: Scope) -> list[tuple[date, int]]:
    zone, days = accounts.vendor(session, scope.vendor_id).time_zone, scope.days
    today = local_date(session.now(), zone)
    first = today - timedelta(days=days - 1)
    day = cast(func.timezone(zone, Download.created_at), Date)
    wanted = _downloads(scope, scope.since(session))
    rows = session.execute(wanted.with_only_columns(day, func.count()).group_by(day))
    found = {first: second for first, second in rows}  # noqa: C416 - rows are no pairs
    return [(each, found.get(each, 0)) for each in (first + timedelta(days=n) for n in range(days))]


def downloads_by_release(session: KitSession, scope: Scope) -> list[tuple[str, int]]:
    """The releases that were downloaded most."""
    rows = session.execute(
        select(scope.title, Release.version, func.count())
        .select_from(Download)
        .join(Release, Release.id == Download.release_id)
        .join(Extension, Extension.id == Download.extension_id)
        .where(
            Download.vendor_id == scope.vendor_id,
            Download.created_at >= scope.since(session),
            *scope.of_extension(Download.extension_id),
        )
        .group_by(scope.title, Release.version)
        .order_by(func.count().desc(), scope.title, Release.version)
        .limit(_MOST)
    )
    return [(f"{title} {version}", number) for title, version, number in rows]


def by_configuration(session: KitSession, scope: Scope) -> list[tuple[str, int]]:
    """The configurations of known infobases, the most frequent first."""
    wanted = [Infobase.vendor_id == scope.vendor_id, Infobase.configuration_name.is_not(None)]
    if scope.product_id is not None:
        using = select(Activation.infobase_id).where(
            Activation.vendor_id == scope.vendor_id,
            Activation.status == ActivationStatus.ACTIVE,
            Activation.product_id == scope.product_id,
        )
        wanted.append(Infobase.id.in_(using))
    rows = session.execute(
        select(Infobase.configuration_name, func.count())
        .where(*wanted)
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
