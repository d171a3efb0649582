"""What is installed now: of each extension in each infobase the last word of its agent."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Uuid,
    all_,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.accounts import queries as accounts
from app.catalog.models import Extension, Release, ReleaseStatus
from app.customers.models import Customer
from app.delivery.models import InstallReport
from app.delivery.queries.availability import Asked, Case, barred, unavailable
from app.delivery.queries.catalogue import PublishedRelease, published
from app.delivery.queries.narrowing import equal, keys_of, of_extension
from app.delivery.queries.presence import Presence
from app.delivery.schemas.views import ListInstalled
from app.kit.db import KitSession
from app.kit.paging import CAP, NOBODYS, Page, Rows, capped, newest_first, within_days
from app.licensing.models import Activation, Infobase, LicenseKey
from app.licensing.queries.rights import KeyRights, rights_of_keys
from app.licensing.queries.status import key_problem
from onec.compatibility import Environment, Verdict, evaluate
from onec.connection import InfobaseKind
from wire.extensions import Channel
from wire.reports import Operation, Outcome

_DONE = (Outcome.DONE, Outcome.DONE_RESTART_REQUIRED, Outcome.NOOP)
_LEAVES = (Operation.INSTALL, Operation.UPGRADE, Operation.REPAIR, Operation.DOWNGRADE)
_EQUAL = ("infobase_id", "key_id", "outcome", "code", "configuration_name")
_LEFT = and_(InstallReport.outcome.in_(_DONE), InstallReport.operation.in_(_LEAVES))
"""Whether the release of a report is what it left there."""
_Held = aliased(Release)
"""The release that an infobase has, as far as it is one of the vendor's."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One extension in one infobase, and what its agent would be offered now."""

    report: InstallReport
    infobase: Infobase
    key: LicenseKey
    customer: Customer
    extension: Extension
    held: Release | None
    offered: str | None = None
    """A version, if there is another one to install."""

    @property
    def version(self) -> str:
        """What is installed: the release's version, else what 1C shows; empty for nothing."""
        return self.held.version if self.held else self.report.version or ""


def installations(
    session: KitSession, vendor_id: uuid.UUID, asked: ListInstalled, zone: str
) -> Rows[Installation]:
    """Installations, those last reported on first."""
    query = _wanted(session, vendor_id, asked, zone)
    found = newest_first(session, query, InstallReport.id, Page.of(asked))
    rows: Sequence[Any] = session.execute(
        _with_held(
            select(InstallReport, Infobase, LicenseKey, Customer, Extension, _Held)
            .join(Infobase, Infobase.id == InstallReport.infobase_id)
            .join(LicenseKey, LicenseKey.id == InstallReport.key_id)
            .join(Customer, Customer.id == LicenseKey.customer_id)
            .join(Extension, Extension.id == InstallReport.extension_id)
        )
        .where(InstallReport.id.in_([row.id for row in found.rows]))
        .order_by(InstallReport.id.desc())
    ).all()
    here = [Installation(*row) for row in rows]
    offers = _Offers.of(session, vendor_id, [each.key.id for each in here])
    return Rows([replace(each, offered=offers.at(each)) for each in here], found.next_cursor)


def installations_count(
    session: KitSession, vendor_id: uuid.UUID, asked: ListInstalled, zone: str, cap: int = CAP
) -> int:
    """How many there are, up to a cap."""
    return capped(session, _wanted(session, vendor_id, asked, zone), cap)


def _wanted(
    session: KitSession, vendor_id: uuid.UUID, asked: ListInstalled, zone: str
) -> Select[InstallReport]:
    query = select(InstallReport).where(
        *equal(InstallReport, vendor_id, asked, _EQUAL),
        *within_days(InstallReport.created_at, asked, zone),
        InstallReport.is_current,
    )
    if asked.extension is not None:
        chosen = of_extension(session, vendor_id, asked.extension)
        query = query.where(InstallReport.extension_id == chosen)
    if asked.customer is not None:
        query = query.where(InstallReport.key_id.in_(keys_of(vendor_id, asked.customer)))
    if asked.version is not None:
        query = _of_version(session, vendor_id, query, asked.version)
    if asked.behind:
        fresh = _fresh(session, vendor_id) or [NOBODYS]
        query = query.where(_held() != all_(literal(fresh, ARRAY(Uuid))))
    return query


def _with_held(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Joins what is held: what the report left there, else what the seat had before."""
    held = case((_LEFT, InstallReport.release_id), else_=Activation.installed_release_id)
    return query.outerjoin(Activation, Activation.id == InstallReport.activation_id).outerjoin(
        _Held, and_(_Held.id == held, _Held.extension_id == InstallReport.extension_id)
    )


def _held() -> ColumnElement[uuid.UUID | None]:
    """What `_with_held` joins, of one report: few are asked for what their seat has."""
    # A value, not `EXISTS`, for which the planner would read all seats first.
    seat = (
        select(_Held.id)
        .join(Activation, Activation.installed_release_id == _Held.id)
        .where(
            Activation.id == InstallReport.activation_id,
            _Held.extension_id == InstallReport.extension_id,
        )
    )
    return case((_LEFT, InstallReport.release_id), else_=seat.scalar_subquery())


def _fresh(session: KitSession, vendor_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Releases of which no newer stable one is published: few of each extension."""
    stable = aliased(Release)
    newest = (
        select(stable.version_key.label("key"))
        .where(
            stable.extension_id == Extension.id,
            stable.status == ReleaseStatus.PUBLISHED,
            stable.channel == Channel.STABLE,
        )
        .order_by(stable.version_key.desc())
        .limit(1)
        .lateral()
    )
    key = Release.version_key
    query = (
        select(Release.id)
        .join(Extension, Extension.id == Release.extension_id)
        .outerjoin(newest, true())
        .where(
            Extension.vendor_id == vendor_id,
            or_(key.is_(None), key >= func.coalesce(newest.c.key, 0)),
        )
    )
    return session.scalars(query).all()


def _of_version(
    session: KitSession, vendor_id: uuid.UUID, query: Select[InstallReport], version: str
) -> Select[InstallReport]:
    named = select(Release.id).where(Release.vendor_id == vendor_id, Release.version == version)
    releases, held = session.scalars(named).all(), _held()
    shown = and_(held.is_(None), InstallReport.version == version)
    # In order before they are looked up, so that this ends with the page.
    ids = _naming(vendor_id, version, releases).subquery()
    in_order = select(ids.c.id).order_by(ids.c.id.desc()).subquery()
    query = query.join(in_order, in_order.c.id == InstallReport.id)
    return query.where(or_(held.in_(releases), shown))


def _naming(
    vendor_id: uuid.UUID, version: str, releases: Sequence[uuid.UUID]
) -> CompoundSelect[uuid.UUID]:
    """Reports that have to do with a version: each part by its index, which a join hides."""
    told = aliased(InstallReport)
    of_vendor = select(told.id).where(told.vendor_id == vendor_id)
    seated = of_vendor.join(Activation, Activation.id == told.activation_id).where(
        Activation.vendor_id == vendor_id, Activation.installed_release_id.in_(releases)
    )
    left = of_vendor.where(told.release_id.in_(releases))
    return union(left, seated, of_vendor.where(told.version == version))


@dataclass(frozen=True, slots=True)
class _Offers:
    """What agents would be offered: infobases that tell the same of themselves are judged once."""

    lines: dict[str, Sequence[PublishedRelease]]
    rights: dict[uuid.UUID, KeyRights]
    fits: dict[tuple[uuid.UUID, Environment], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, session: KitSession, vendor_id: uuid.UUID, keys: Sequence[uuid.UUID]) -> "_Offers":
        """For some keys of a vendor."""
        catalogue = published(session, accounts.vendor(session, vendor_id))
        return cls(dict(catalogue.lines), rights_of_keys(session, vendor_id, keys))

    def at(self, place: Installation) -> str | None:
        """The highest version above what is held, else the one to return to."""
        line = self.lines.get(place.extension.code, ())
        blocked = key_problem(self.rights[place.key.id]) is not None
        if blocked or not place.infobase.configuration_name:
            return None
        present = next((row for row in line if place.held and row.id == place.held.id), None)
        higher = takewhile(lambda release: release is not present, line)
        back = (row for row in line if present and row.id == present.rollback_to_id)
        found = (row for row in (*higher, *back) if self._may(row, place, present))
        return next((row.version for row in found), None)

    def _may(
        self, release: PublishedRelease, place: Installation, present: PublishedRelease | None
    ) -> bool:
        rights, asked = self.rights[place.key.id], Asked(infobase_uid=place.infobase.uid)
        presence = Presence(anything=present is not None, release=present)
        entitled = rights.of_product(release.extension.product_id)
        if barred(rights, release.extension, entitled) is not None:
            return False
        case = Case(rights, asked, release, entitled, presence, None)
        return unavailable(case) is None and self._fits(release, place.infobase)

    def _fits(self, release: PublishedRelease, infobase: Infobase) -> bool:
        environment = Environment.of(
            infobase.configuration_name or "",
            infobase.configuration_version or "",
            platform=infobase.platform_version,
            infobase_kind=InfobaseKind(infobase.kind) if infobase.kind else None,
        )
        judged = release.id, environment
        if judged not in self.fits:
            verdict = evaluate(release.rules, environment).verdict
            self.fits[judged] = verdict is Verdict.COMPATIBLE
        return self.fits[judged]
