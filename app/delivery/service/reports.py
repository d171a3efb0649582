"""Install reports: kept once each, whatever became of the key since."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.audit.models import Action
from app.catalog.models import Extension, Release
from app.delivery.models import InstallReport
from app.delivery.schemas import CompleteDownload, StoreReport, TakeReports
from app.delivery.service.downloads import complete
from app.kit.db import UnitOfWork, new_id
from app.kit.problems import NotFound, Problem, command
from app.kit.telemetry import redact
from app.licensing.models import Activation, ActivationStatus, Entitlement, Infobase
from app.licensing.queries import infobases
from app.licensing.service.keys import InstallerPrincipal
from onec.connection import hide_passwords
from wire.reports import Operation, Outcome, ReportStatus

_ACTIONS = {
    Operation.INSTALL: Action.EXTENSION_INSTALLED,
    Operation.UPGRADE: Action.EXTENSION_UPGRADED,
    Operation.REPAIR: Action.EXTENSION_REPAIRED,
    Operation.DOWNGRADE: Action.EXTENSION_DOWNGRADED,
    Operation.UNINSTALL: Action.EXTENSION_REMOVED,
    Operation.ROLLBACK: Action.EXTENSION_ROLLED_BACK,
}
_OUTCOMES = {
    Outcome.FAILED: Action.EXTENSION_INSTALL_FAILED,
    Outcome.ROLLBACK_FAILED: Action.EXTENSION_INSTALL_FAILED,
    Outcome.ROLLED_BACK: Action.EXTENSION_ROLLED_BACK,
    Outcome.NOOP: Action.INFOBASE_REPORTED,
}
_LEAVES_INSTALLED = {Operation.INSTALL, Operation.UPGRADE, Operation.REPAIR, Operation.DOWNGRADE}
_DONE = {Outcome.DONE, Outcome.DONE_RESTART_REQUIRED}
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one item of a spool; `item_id` is the agent's own, if it was one."""

    item_id: uuid.UUID | None
    status: ReportStatus
    code: str | None = None


def take(
    session: UnitOfWork, spool: TakeReports, *, caller: InstallerPrincipal
) -> tuple[list[Taken], list[Taken]]:
    """Stores reports and completed downloads one by one, in their order."""
    reports = [
        _one(
            session,
            item,
            "operation_id",
            lambda item: store(session, command(StoreReport, item), caller=caller),
        )
        for item in spool.reports
    ]
    downloads = [
        _one(
            session,
            item,
            "download_id",
            lambda item: complete(session, command(CompleteDownload, item), caller=caller),
        )
        for item in spool.downloads
    ]
    return reports, downloads


def _one(session: UnitOfWork, item: object, id_member: str, act: Callable[[object], bool]) -> Taken:
    item_id = _uuid(item.get(id_member)) if isinstance(item, Mapping) else None
    try:
        with session.savepoint():
            fresh = act(item)
    except Problem as problem:
        return Taken(item_id, ReportStatus.REJECTED, problem.code)
    return Taken(item_id, ReportStatus.STORED if fresh else ReportStatus.DUPLICATE)


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def store(session: UnitOfWork, report: StoreReport, *, caller: InstallerPrincipal) -> bool:
    """Keeps one report with its event; False when this operation was reported before."""
    infobase = _infobase(session, report, caller)
    extension, release = _named(session, report, caller)
    activation = _activation(session, infobase, extension, caller)
    row = _row(session, report, infobase, caller) | {
        "extension_id": extension.id if extension else None,
        "release_id": release.id if release else None,
        "activation_id": activation.id if activation else None,
    }
    stored = session.insert_once(
        insert(InstallReport)
        .values(row)
        .on_conflict_do_nothing(index_elements=["vendor_id", "operation_id"])
        .returning(InstallReport.id)
    )
    if stored is None:
        return False
    _remember(session, report, infobase)
    if activation and report.outcome in _DONE:
        _remember_installed(session, activation, report, release)
    _record(session, report, infobase, extension, caller)
    return True


def _infobase(session: UnitOfWork, report: StoreReport, caller: InstallerPrincipal) -> Infobase:
    """The infobase that a report is of; NOT_FOUND unless it is the caller's.

    A token speaks of its own infobase alone, a key of all where its customer has or had a seat: a
    spool may be late, and be sent with the key that came after the one of then.
    """
    infobase = session.scalar(
        select(Infobase).where(
            Infobase.vendor_id == caller.vendor_id, Infobase.uid == report.infobase.id
        )
    )
    if infobase is None or caller.infobase_id not in (None, infobase.id):
        raise NotFound
    if not infobases.had_seat(session, infobase.id, caller.customer_id):
        raise NotFound
    return infobase


def _named(
    session: UnitOfWork, report: StoreReport, caller: InstallerPrincipal
) -> tuple[Extension | None, Release | None]:
    """What the report speaks of, as far as the vendor (still) has it."""
    row = session.execute(
        select(Extension, Release)
        .outerjoin(
            Release, (Release.extension_id == Extension.id) & (Release.id == report.release_id)
        )
        .where(Extension.vendor_id == caller.vendor_id, Extension.code == report.extension)
    ).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def _activation(
    session: UnitOfWork,
    infobase: Infobase,
    extension: Extension | None,
    caller: InstallerPrincipal,
) -> Activation | None:
    """The seat of the extension's product here: a spool speaks of all, whoever's token sends it."""
    if extension is None:
        return None
    return session.scalar(
        select(Activation)
        .join(Entitlement, Entitlement.id == Activation.entitlement_id)
        .where(
            Entitlement.key_id == caller.key_id,
            Entitlement.product_id == extension.product_id,
            Activation.infobase_id == infobase.id,
            Activation.status == ActivationStatus.ACTIVE,
        )
    )


def _remember(session: UnitOfWork, report: StoreReport, infobase: Infobase) -> None:
    """What the report tells of the infobase itself is its newest description."""
    facts: dict[str, object] = {
        "last_seen_at": session.now(),
        "agent_version": report.agent_version,
    }
    if report.platform_version:
        facts["platform_version"] = report.platform_version
    if report.configuration:
        facts["configuration_name"] = report.configuration.name
        facts["configuration_version"] = report.configuration.version
    session.execute(
        update(Infobase)
        .where(Infobase.id == infobase.id)
        .values(facts)
        .execution_options(synchronize_session=False)
    )


def _remember_installed(
    session: UnitOfWork, activation: Activation, report: StoreReport, release: Release | None
) -> None:
    if report.operation is Operation.UNINSTALL:
        release = None
    elif release is None or report.operation not in _LEAVES_INSTALLED:
        return
    session.execute(
        update(Activation)
        .where(Activation.id == activation.id)
        .values(installed_release_id=release and release.id, last_seen_at=session.now())
        .execution_options(synchronize_session=False)
    )


def _row(
    session: UnitOfWork, report: StoreReport, infobase: Infobase, caller: InstallerPrincipal
) -> dict[str, object]:
    told = report.model_dump(
        exclude={"infobase", "configuration", "extension", "download_id", "release_id"}
    )
    configuration = report.configuration
    return told | {
        "id": new_id(),
        "vendor_id": caller.vendor_id,
        "created_at": session.now(),
        "key_id": caller.key_id,
        "infobase_id": infobase.id,
        "occurred_at": min(max(report.occurred_at, _EARLIEST), _LATEST),
        "message": scrubbed(report.message),
        "configuration_name": configuration.name if configuration else None,
        "configuration_version": configuration.version if configuration else None,
    }


def scrubbed(text: str) -> str:
    """A text from an infobase without the passwords and codes that it may quote.

    The agent scrubs its texts; one that did not must still leave no password on the server.
    """
    return str(redact(hide_passwords(text)))


def _record(
    session: UnitOfWork,
    report: StoreReport,
    infobase: Infobase,
    extension: Extension | None,
    caller: InstallerPrincipal,
) -> None:
    action = _OUTCOMES.get(report.outcome, _ACTIONS[report.operation])
    audit.record(
        session,
        action,
        actor=caller.actor,
        subject=infobase,
        extension=extension.code if extension else None,
        outcome=report.outcome.value,
        code=report.code,
        version=report.version,
        previous_version=report.previous_version,
        operation=report.operation_id,
    )
