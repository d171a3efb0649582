"""Downloads and installations as people look for them, with all that their pages show."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts import queries as accounts
from app.catalog.models import Extension, Release
from app.customers.models import Customer
from app.delivery.models import Download, InstallReport
from app.delivery.queries.lists import FAILED, Around
from app.delivery.queries.narrowing import equal, keys_of, of_extension
from app.delivery.schemas.views import ListDownloads, ListReports
from app.kit.db import KitSession
from app.kit.networks import kept_of
from app.kit.paging import CAP, Page, Rows, capped, newest_first, within_days
from app.kit.problems import NotFound
from app.licensing.models import Activation, Infobase, LicenseKey, LicenseKeyCode
from app.licensing.queries.keys import hints

T = TypeVar("T", Download, InstallReport)
_AGENT = "podkluch-agent/"
"""How agents name themselves before their version."""
_DOWNLOADS = ("key_id", "customer_id", "activation_id", "release_id", "status")
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
    query = _wanted_downloads(session, vendor_id, asked, zone)
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
    session: KitSession, vendor_id: uuid.UUID, asked: ListDownloads, zone: str, cap: int = CAP
) -> int:
    """How many there are, up to a cap."""
    return capped(session, _wanted_downloads(session, vendor_id, asked, zone), cap)


def _wanted_downloads(
    session: KitSession, vendor_id: uuid.UUID, asked: ListDownloads, zone: str
) -> Select[Download]:
    wanted = equal(Download, vendor_id, asked, _DOWNLOADS)
    if asked.download_id is not None:
        wanted.append(Download.id == asked.download_id)
    if asked.ip is not None:
        wanted.append(Download.ip == str(kept_of(asked.ip) or asked.ip))
    if asked.agent_version is not None:
        wanted.append(Download.user_agent == f"{_AGENT}{asked.agent_version}")
    if asked.extension is not None:
        wanted.append(Download.extension_id == of_extension(session, vendor_id, asked.extension))
    wanted += [column.in_(ids) for column, ids in _named(session, vendor_id, asked)]
    return select(Download).where(*wanted, *within_days(Download.created_at, asked, zone))


def _named(
    session: KitSession, vendor_id: uuid.UUID, asked: ListDownloads
) -> Iterator[tuple[InstrumentedAttribute[uuid.UUID], Select[uuid.UUID] | Sequence[uuid.UUID]]]:
    """What the downloads belong to, where it was asked for by its name."""
    if asked.customer is not None:
        yield Download.key_id, keys_of(vendor_id, asked.customer)
    if asked.hint is not None:
        yield Download.key_id, _keys_ending(session, vendor_id, asked.hint)
    if asked.version is not None:
        yield Download.release_id, _of_version(session, vendor_id, asked.version)
    if asked.configuration_name is not None:
        yield Download.activation_id, _seats_in(vendor_id, asked.configuration_name)


def _of_version(session: KitSession, vendor_id: uuid.UUID, version: str) -> Sequence[uuid.UUID]:
    """Releases with a version, of whatever extension; few, which the planner should know."""
    named = select(Release.id).where(Release.vendor_id == vendor_id, Release.version == version)
    return session.scalars(named).all()


def _keys_ending(session: KitSession, vendor_id: uuid.UUID, end: str) -> Select[uuid.UUID]:
    """Keys that had a code with this end."""
    prefix = accounts.vendor(session, vendor_id).prefix
    return select(LicenseKeyCode.key_id).where(
        LicenseKeyCode.vendor_id == vendor_id, LicenseKeyCode.hint.in_(hints(prefix, end))
    )


def _seats_in(vendor_id: uuid.UUID, configuration_name: str) -> Select[uuid.UUID]:
    """Seats of infobases that run a configuration now."""
    return (
        select(Activation.id)
        .join(Infobase, Infobase.id == Activation.infobase_id)
        .where(
            Activation.vendor_id == vendor_id,
            Infobase.configuration_name == configuration_name,
        )
    )


def reports(
    session: KitSession, vendor_id: uuid.UUID, asked: ListReports, zone: str
) -> Rows[Around[InstallReport]]:
    """Reports with infobase, key, customer, extension and release."""
    query = _wanted_reports(session, vendor_id, asked, zone)
    found = newest_first(session, query, InstallReport.id, Page.of(asked), by_time=True)
    return _with_names(session, found, _around_reports([row.id for row in found.rows]))


def reports_count(session: KitSession, vendor_id: uuid.UUID, asked: ListReports, zone: str) -> int:
    """How many there are, up to the cap of counts."""
    return capped(session, _wanted_reports(session, vendor_id, asked, zone))


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


def _wanted_reports(
    session: KitSession, vendor_id: uuid.UUID, asked: ListReports, zone: str
) -> Select[InstallReport]:
    wanted = equal(InstallReport, vendor_id, asked, _REPORTS)
    if asked.extension is not None:
        chosen = of_extension(session, vendor_id, asked.extension)
        wanted.append(InstallReport.extension_id == chosen)
    if asked.failed:
        wanted.append(InstallReport.outcome.in_(FAILED))
    days = within_days(InstallReport.created_at, asked, zone)
    return select(InstallReport).where(*wanted, *days)


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


def _with_names(
    session: KitSession, found: Rows[T], around: Select[*tuple[Any, ...]]
) -> Rows[Around[T]]:
    named = {row[0]: row[1:] for row in session.execute(around)}
    return Rows([Around(row, named[row.id]) for row in found.rows], found.next_cursor)
