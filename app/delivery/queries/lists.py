"""Pages of downloads, reports, infobases and acceptances, and what the reports add up to."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.accounts import queries as accounts
from app.catalog.models import Artifact, Eula, Extension, Release
from app.customers.models import Customer
from app.delivery.models import Download, EulaAcceptance, InstallReport
from app.delivery.queries.narrowing import of_extension
from app.delivery.schemas.views import (
    FindAcceptances,
    FindDownloads,
    FindInfobases,
    FindObserved,
    FindReports,
)
from app.kit.db import KitSession, TenantRow
from app.kit.fields import ListQuery
from app.kit.paging import Page, Rows, created_within, newest_first
from app.licensing.models import Infobase, LicenseKey
from wire.reports import Outcome

T = TypeVar("T")
_DONE = (Outcome.DONE, Outcome.DONE_RESTART_REQUIRED)
FAILED = (Outcome.FAILED, Outcome.ROLLBACK_FAILED)
"""Outcomes that leave something to be done by hand."""


@dataclass(frozen=True, slots=True)
class Around(Generic[T]):
    """A row with the rows that it names."""

    row: T
    named: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Experience:
    """What the reports of one release on one version of a configuration add up to."""

    configuration_name: str
    configuration_version: str
    done: int
    failed: int
    rolled_back: int
    last_code: str | None
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Observed:
    """A release and the experience with it, the newest version of a configuration first."""

    release: Release
    extension: Extension
    experience: Sequence[Experience]


def downloads(
    session: KitSession, vendor_id: uuid.UUID, asked: FindDownloads
) -> Rows[Around[Download]]:
    """Downloads with their release, extension, file, key and customer."""
    names = ("key_id", "customer_id", "activation_id", "release_id", "status")
    query = select(Download).where(*_equal(Download, asked, names))
    if asked.extension is not None:
        extension_id = of_extension(session, vendor_id, asked.extension)
        query = query.where(Download.extension_id == extension_id)
    around = (
        select(Download.id, Release, Extension, Artifact, LicenseKey, Customer)
        .join(Release, Release.id == Download.release_id)
        .join(Extension, Extension.id == Download.extension_id)
        .join(Artifact, Artifact.id == Download.artifact_id)
        .join(LicenseKey, LicenseKey.id == Download.key_id)
        .join(Customer, Customer.id == Download.customer_id)
    )
    return _with_names(session, _page(session, vendor_id, query, Download, asked), around)


def reports(
    session: KitSession, vendor_id: uuid.UUID, asked: FindReports
) -> Rows[Around[InstallReport]]:
    """Reports with their infobase, key, customer and extension."""
    names = ("infobase_id", "key_id", "release_id", "operation", "outcome", "code")
    query = select(InstallReport).where(*_equal(InstallReport, asked, names))
    if asked.extension is not None:
        extension_id = of_extension(session, vendor_id, asked.extension)
        query = query.where(InstallReport.extension_id == extension_id)
    around = (
        select(InstallReport.id, Infobase, LicenseKey, Customer, Extension.code)
        .join(Infobase, Infobase.id == InstallReport.infobase_id)
        .join(LicenseKey, LicenseKey.id == InstallReport.key_id)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .outerjoin(Extension, Extension.id == InstallReport.extension_id)
    )
    return _with_names(session, _page(session, vendor_id, query, InstallReport, asked), around)


def acceptances(
    session: KitSession,
    vendor_id: uuid.UUID,
    asked: FindAcceptances,
    product_id: uuid.UUID | None = None,
) -> Rows[Around[EulaAcceptance]]:
    """Acceptances with their agreement, infobase, key and the customer of that time.

    `product_id`: only of this product's agreements.
    """
    names = ("eula_id", "key_id", "infobase_id")
    query = select(EulaAcceptance).where(*_equal(EulaAcceptance, asked, names))
    if product_id is not None:
        own = select(Eula.id).where(Eula.vendor_id == vendor_id, Eula.product_id == product_id)
        query = query.where(EulaAcceptance.eula_id.in_(own))
    around = (
        select(EulaAcceptance.id, Eula, Infobase, LicenseKey, Customer)
        .join(Eula, Eula.id == EulaAcceptance.eula_id)
        .join(Infobase, Infobase.id == EulaAcceptance.infobase_id)
        .join(LicenseKey, LicenseKey.id == EulaAcceptance.key_id)
        .join(Customer, Customer.id == EulaAcceptance.customer_id)
    )
    return _with_names(session, _page(session, vendor_id, query, EulaAcceptance, asked), around)


def accepted_in(
    session: KitSession, vendor_id: uuid.UUID, infobases: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[tuple[EulaAcceptance, Eula]]]:
    """What was accepted in each infobase, the last first."""
    rows = session.execute(
        select(EulaAcceptance, Eula)
        .join(Eula, Eula.id == EulaAcceptance.eula_id)
        .where(EulaAcceptance.vendor_id == vendor_id, EulaAcceptance.infobase_id.in_(infobases))
        .order_by(EulaAcceptance.id.desc())
    )
    found: dict[uuid.UUID, list[tuple[EulaAcceptance, Eula]]] = {}
    for acceptance, eula in rows:
        found.setdefault(acceptance.infobase_id, []).append((acceptance, eula))
    return found


def infobases(session: KitSession, vendor_id: uuid.UUID, asked: FindInfobases) -> Rows[Infobase]:
    """Infobases that an agent has named to this vendor."""
    query = select(Infobase).where(*_equal(Infobase, asked, ("uid", "configuration_name", "kind")))
    return _page(session, vendor_id, query, Infobase, asked)


def observed(session: KitSession, vendor_id: uuid.UUID, asked: FindObserved) -> Rows[Observed]:
    """Releases that somebody reported on, each with all that is known of it."""
    wanted = [Release.vendor_id == vendor_id]
    if asked.release_id is not None:
        wanted.append(Release.id == asked.release_id)
    if asked.extension is not None:
        wanted.append(Release.extension_id == of_extension(session, vendor_id, asked.extension))
    of = Release if Page.of(asked).is_of_days else _in_order(wanted)
    reported = exists().where(
        InstallReport.vendor_id == vendor_id, InstallReport.release_id == of.id
    )
    query = select(of).where(reported, *(wanted if of is Release else ()))
    found = _page(session, vendor_id, query, of, asked)
    extensions = {
        row.id: row
        for row in session.scalars(
            select(Extension).where(Extension.id.in_({row.extension_id for row in found.rows}))
        )
    }
    known = _experience(session, vendor_id, [row.id for row in found.rows])
    rows = [
        Observed(row, extensions[row.extension_id], known.get(row.id, ())) for row in found.rows
    ]
    return Rows(rows, found.next_cursor)


def _in_order(wanted: Sequence[ColumnElement[bool]]) -> type[Release]:
    """Releases, newest first before they are asked anything: the planner would ask all of them."""
    query = select(Release).where(*wanted).order_by(Release.id.desc())
    return aliased(Release, query.subquery())


def _experience(
    session: KitSession, vendor_id: uuid.UUID, releases: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[Experience]]:
    # Ids grow with time, also where a batch of reports came at one instant.
    told = (InstallReport.code.is_(None), InstallReport.id.desc())
    codes = func.array_agg(aggregate_order_by(InstallReport.code, *told))
    rows = session.execute(
        select(
            InstallReport.release_id,
            InstallReport.configuration_name,
            InstallReport.configuration_version,
            _counted(InstallReport.outcome.in_(_DONE)),
            _counted(InstallReport.outcome.in_(FAILED)),
            _counted(InstallReport.outcome == Outcome.ROLLED_BACK),
            codes[1],
            func.max(InstallReport.created_at).label("last_at"),
        )
        .where(
            InstallReport.vendor_id == vendor_id,
            InstallReport.release_id.in_(releases),
            InstallReport.configuration_name.is_not(None),
        )
        .group_by(
            InstallReport.release_id,
            InstallReport.configuration_name,
            InstallReport.configuration_version,
        )
        .order_by(func.max(InstallReport.created_at).desc())
    )
    found: dict[uuid.UUID, list[Experience]] = {}
    for release_id, name, version, *counts in rows:
        item = Experience(name or "", version or "", *counts)
        found.setdefault(cast("uuid.UUID", release_id), []).append(item)
    return found


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _equal(
    model: type[TenantRow], asked: ListQuery, names: Sequence[str]
) -> list[ColumnElement[bool]]:
    given = {name: getattr(asked, name) for name in names}
    column: dict[str, InstrumentedAttribute[Any]] = {name: getattr(model, name) for name in names}
    return [column[name] == value for name, value in given.items() if value is not None]


def _page(
    session: KitSession,
    vendor_id: uuid.UUID,
    query: Select[Any],
    model: type[TenantRow],
    asked: ListQuery,
) -> Rows[Any]:
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query.where(model.vendor_id == vendor_id), model.created_at, asked, zone)
    timely = model in {Download, InstallReport, EulaAcceptance}
    return newest_first(session, query, model.id, Page.of(asked), by_time=timely)


def _with_names(
    session: KitSession, found: Rows[Any], around: Select[*tuple[Any, ...]]
) -> Rows[Around[Any]]:
    own = around.selected_columns[0]
    rows = session.execute(around.where(own.in_([row.id for row in found.rows])))
    named = {row[0]: row[1:] for row in rows}
    return Rows([Around(row, named[row.id]) for row in found.rows], found.next_cursor)
