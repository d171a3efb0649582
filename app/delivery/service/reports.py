"""Install reports: kept once each, whatever became of the key since."""

import re
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.audit.models import Action
from app.catalog.models import Extension, Release
from app.delivery.models import InstallReport
from app.delivery.schemas import StoreReport
from app.kit.db import UnitOfWork, new_id
from app.kit.problems import NotFound
from app.kit.telemetry import redact
from app.licensing.models import Activation, ActivationStatus, Infobase
from app.licensing.service.keys import InstallerPrincipal
from wire.reports import Operation, Outcome

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
# The agent scrubs its texts; one that did not must still leave no password on the server.
_CONNECTION_SECRETS = re.compile(r"\b(pwd|uc)\s*=\s*(\"[^\"]*\"|[^;\s]*)", re.IGNORECASE)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def store(session: UnitOfWork, command: StoreReport, *, caller: InstallerPrincipal) -> bool:
    """Keeps one report with its event; False when this operation was reported before."""
    infobase = session.scalar(
        select(Infobase).where(
            Infobase.vendor_id == caller.vendor_id, Infobase.uid == command.infobase.id
        )
    )
    if infobase is None or caller.infobase_id not in (None, infobase.id):
        raise NotFound
    extension, release = _named(session, command, caller)
    activation = _activation(session, infobase, caller)
    row = _row(session, command, infobase, caller) | {
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
    _remember(session, command, infobase)
    if activation and release and _is_installed(command):
        _remember_installed(session, activation, release)
    _record(session, command, infobase, extension, caller)
    return True


def _named(
    session: UnitOfWork, command: StoreReport, caller: InstallerPrincipal
) -> tuple[Extension | None, Release | None]:
    """What the report speaks of, as far as the vendor (still) has it."""
    extension = session.scalar(
        select(Extension).where(
            Extension.vendor_id == caller.vendor_id, Extension.code == command.extension
        )
    )
    release = session.scalar(
        select(Release).where(
            Release.vendor_id == caller.vendor_id, Release.id == command.release_id
        )
    )
    return extension, release


def _activation(
    session: UnitOfWork, infobase: Infobase, caller: InstallerPrincipal
) -> Activation | None:
    if caller.activation_id is None:
        return None
    return session.scalar(
        select(Activation).where(
            Activation.id == caller.activation_id,
            Activation.infobase_id == infobase.id,
            Activation.status == ActivationStatus.ACTIVE,
        )
    )


def _is_installed(command: StoreReport) -> bool:
    return command.outcome in _DONE and command.operation in _LEAVES_INSTALLED


def _remember(session: UnitOfWork, command: StoreReport, infobase: Infobase) -> None:
    """What the report tells of the infobase itself is its newest description."""
    facts: dict[str, object] = {
        "last_seen_at": session.now(),
        "agent_version": command.agent_version,
    }
    if command.platform_version:
        facts["platform_version"] = command.platform_version
    if command.configuration:
        facts["configuration_name"] = command.configuration.name
        facts["configuration_version"] = command.configuration.version
    session.execute(
        update(Infobase)
        .where(Infobase.id == infobase.id)
        .values(facts)
        .execution_options(synchronize_session=False)
    )


def _remember_installed(session: UnitOfWork, activation: Activation, release: Release) -> None:
    session.execute(
        update(Activation)
        .where(Activation.id == activation.id)
        .values(installed_release_id=release.id, last_seen_at=session.now())
        .execution_options(synchronize_session=False)
    )


def _row(
    session: UnitOfWork, command: StoreReport, infobase: Infobase, caller: InstallerPrincipal
) -> dict[str, object]:
    told = command.model_dump(
        exclude={"infobase", "configuration", "extension", "download_id", "release_id"}
    )
    configuration = command.configuration
    return told | {
        "id": new_id(),
        "vendor_id": caller.vendor_id,
        "created_at": session.now(),
        "key_id": caller.key_id,
        "infobase_id": infobase.id,
        "occurred_at": min(max(command.occurred_at, _EARLIEST), _LATEST),
        "message": scrubbed(command.message),
        "configuration_name": configuration.name if configuration else None,
        "configuration_version": configuration.version if configuration else None,
    }


def scrubbed(text: str) -> str:
    """A text from an infobase without the passwords and codes that it may quote."""
    return str(redact(_CONNECTION_SECRETS.sub(r"\1=***", text)))


def _record(
    session: UnitOfWork,
    command: StoreReport,
    infobase: Infobase,
    extension: Extension | None,
    caller: InstallerPrincipal,
) -> None:
    action = _OUTCOMES.get(command.outcome, _ACTIONS[command.operation])
    audit.record(
        session,
        action,
        actor=caller.actor,
        subject=infobase,
        extension=extension.code if extension else None,
        outcome=command.outcome.value,
        code=command.code,
        version=command.version,
        previous_version=command.previous_version,
        operation=command.operation_id,
    )
