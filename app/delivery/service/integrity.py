"""Comparing what is marked with what was reported."""

from collections.abc import Iterator

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import aliased

from app.delivery.models import InstallReport
from app.kit.db import KitSession
from app.kit.findings import Finding
from app.kit.i18n import Sentence
from wire.reports import Operation, Outcome

_DONE = (Outcome.DONE, Outcome.DONE_RESTART_REQUIRED, Outcome.NOOP)


def find_mismarked_reports(session: KitSession) -> Iterator[Finding]:
    """Reports marked as the last on an extension that is there, and are not; or the reverse."""
    later, of = aliased(InstallReport), InstallReport
    followed = exists().where(
        later.vendor_id == of.vendor_id,
        later.infobase_id == of.infobase_id,
        later.extension_id == of.extension_id,
        later.id > of.id,
    )
    removed = and_(of.operation == Operation.UNINSTALL, of.outcome.in_(_DONE))
    found = session.execute(
        select(of.vendor_id, of.id)
        .where(of.is_current != and_(of.extension_id.is_not(None), ~removed, ~followed))
        .execution_options(yield_per=1_000)
    )
    text = Sentence(
        "Отметка последнего отчёта об установке неверна",
        "What is marked as the last report of an installation is not so",
    )
    for vendor_id, report_id in found:
        yield Finding("REPORT_MISMARKED", f"install report {report_id}", text, vendor_id)
