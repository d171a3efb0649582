"""Downloads and installations as people look for them, with all that their pages show."""

import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, select

from app.catalog.models import Extension, Release
from app.customers.models import Customer
from app.delivery.models import Download, InstallReport
from app.delivery.queries.lists import Around
from app.delivery.schemas.views import ListDownloads, ListReports
from app.kit.db import KitSession, TenantRow
from app.kit.fields import ListQuery
from app.kit.paging import Page, Rows, capped, newest_first, within_days
from app.kit.problems import NotFound
from app.licensing.models import Activation, Infobase, LicenseKey

T = TypeVar("T", Download, InstallReport)
_DOWNLOADS = ("key_id", "customer_id", "activation_id", "release_id", "status", "ip")
_REPORTS = (
    "infobase_id",
    "key_id",
    "release_id",
    "operation",
    "outcome",
    "code",
    "activation_id",
    "configuration_name",
    "version",
)


def downloads(
    session: KitSession, vendor_id: uuid.UUID, asked: ListDownloads, zone: str
) -> Rows[Around[Download]]:
    """Downloads with release, extension, key, customer and infobase."""
    query = _wanted_downloads(vendor_id, asked, zone)
    found = newest_first(session, query, Download.id, Page.of(asked), by_time=True)
    around = (
        select(Download.id, Release, Extension, LicenseKey, Customer, Infobase)
        .join(Release, Release.id == Download.release_id)
        .join(Extension, Extension.id == Download.extension_id)
        .join(LicenseKey, LicenseKey.id == Download.key_id)
        .join(Customer, Customer.id == Download.customer_id)
        .join(Activation, Activation.id == Download.activation_id)
        .join(Infobase, Infobase.id == Activation.infobase_id)
        .where(Download.id.in_([row.id for row in found.rows]))
    )
    return _with_names(session, found, around)


def downloads_count(
    session: KitSession, vendor_id: uuid.UUID, asked: ListDownloads, zone: str
) -> int:
    """How many there are, up to the cap of counts."""
    return capped(session, _wanted_downloads(vendor_id, asked, zone))


def _wanted_downloads(vendor_id: uuid.UUID, asked: ListDownloads, zone: str) -> Select[Download]:
    wanted = _equal(Download, vendor_id, asked, _DOWNLOADS)
    if asked.download_id is not None:
        wanted.append(Download.id == asked.download_id)
    query = select(Download).where(*wanted, *within_days(Download.created_at, asked, zone))
    if asked.extension is not None:
        query = query.where(Download.extension_id == _extension(vendor_id, asked.extension))
    return query


def reports(
    session: KitSession, vendor_id: uuid.UUID, asked: ListReports, zone: str
) -> Rows[Around[InstallReport]]:
    """Reports with infobase, key, customer, extension and release."""
    query = _wanted_reports(vendor_id, asked, zone)
    found = newest_first(session, query, InstallReport.id, Page.of(asked), by_time=True)
    return _with_names(session, found, _around_reports([row.id for row in found.rows]))


def reports_count(session: KitSession, vendor_id: uuid.UUID, asked: ListReports, zone: str) -> int:
    """How many there are, up to the cap of counts."""
    return capped(session, _wanted_reports(vendor_id, asked, zone))


def report(
    session: KitSession, vendor_id: uuid.UUID, report_id: uuid.UUID
) -> Around[InstallReport]:
    """One report with what it names."""
    row = session.scalar(
        select(InstallReport).where(
            InstallReport.vendor_id == vendor_id, InstallReport.id == report_id
        )
    )
    if row is None:
        raise NotFound
    return _with_names(session, Rows([row], None), _around_reports([row.id])).rows[0]


def _wanted_reports(vendor_id: uuid.UUID, asked: ListReports, zone: str) -> Select[InstallReport]:
    wanted = _equal(InstallReport, vendor_id, asked, _REPORTS)
    query = select(InstallReport).where(
        *wanted, *within_days(InstallReport.created_at, asked, zone)
    )
    if asked.extension is not None:
        query = query.where(InstallReport.extension_id == _extension(vendor_id, asked.extension))
    return query


def _around_reports(ids: Sequence[uuid.UUID]) -> Select[Any, Any, Any, Any, Any, Any]:
    return (
        select(InstallReport.id, Infobase, LicenseKey, Customer, Extension, Release)
        .join(Infobase, Infobase.id == InstallReport.infobase_id)
        .join(LicenseKey, LicenseKey.id == InstallReport.key_id)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .outerjoin(Extension, Extension.id == InstallReport.extension_id)
        .outerjoin(Release, Release.id == InstallReport.release_id)
        .where(InstallReport.id.in_(ids))
    )


def _extension(vendor_id: uuid.UUID, code: str) -> ScalarSelect[uuid.UUID]:
    # One value, found first: then the index of the rows begins with it.
    query = select(Extension.id).where(Extension.vendor_id == vendor_id, Extension.code == code)
    return query.scalar_subquery()


def _equal(
    model: type[TenantRow], vendor_id: uuid.UUID, asked: ListQuery, names: Sequence[str]
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [model.vendor_id == vendor_id]
    for name in names:
        value = getattr(asked, name)
        if value is not None:
            wanted.append(getattr(model, name) == value)
    return wanted


def _with_names(
    session: KitSession, found: Rows[T], around: Select[*tuple[Any, ...]]
) -> Rows[Around[T]]:
    named = {row[0]: row[1:] for row in session.execute(around)}
    return Rows([Around(row, named[row.id]) for row in found.rows], found.next_cursor)
