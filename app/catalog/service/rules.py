"""The rules of a release, always as a whole set."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm.attributes import flag_modified

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import CompatibilityRule, Release, ReleaseStatus, RulesVersion
from app.catalog.problems import ReleaseImmutable, ReleaseWithdrawn
from app.catalog.schemas.rules import RuleRow
from app.catalog.schemas.rulesets import ReplaceRules
from app.catalog.service.catalogue import announce
from app.catalog.service.states import in_state
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed


def write_rules(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: ReplaceRules,
    *,
    version: int,
    actor: Actor,
) -> Release:
    """Makes these the rules of a draft; only what is published has a history of them."""
    release = queries.release(session, vendor_id, release_id)
    session.hold(release, version)
    if release.status != ReleaseStatus.DRAFT:
        raise ReleaseImmutable(field="rules")
    for table in (CompatibilityRule, RulesVersion):
        session.execute(
            delete(table)
            .where(table.release_id == release.id)
            .execution_options(synchronize_session=False)
        )
    store_rules(session, release, command.rows, reason=command.reason, actor=actor)
    _record(session, release, command, actor)
    return release


def replace_rules(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: ReplaceRules,
    *,
    version: int,
    actor: Actor,
) -> Release:
    """Puts a new set in force for a published release, with a reason; the old sets are kept."""
    release = queries.release(session, vendor_id, release_id)
    session.hold(release, version)
    if release.status == ReleaseStatus.DRAFT:
        raise in_state(release)
    if release.status == ReleaseStatus.WITHDRAWN:
        raise ReleaseWithdrawn(reason=release.withdrawn_reason)
    if command.reason is None:
        missing = N_("Say why the rules of a published release change")
        raise ValidationFailed.at({"/reason": ("missing", missing)})
    release.rules_version += 1
    store_rules(session, release, command.rows, reason=command.reason, actor=actor)
    announce(session, release)
    _record(session, release, command, actor)
    return release


def store_rules(
    session: UnitOfWork,
    release: Release,
    rows: Sequence[RuleRow],
    *,
    reason: str | None = None,
    actor: Actor,
) -> None:
    """Adds a set under the release's present `rules_version`."""
    stamp = {"vendor_id": release.vendor_id, "created_at": session.now(), "release_id": release.id}
    of_set = stamp | {"rules_version": release.rules_version}
    session.add(RulesVersion(id=new_id(), reason=reason, created_by=actor.label, **of_set))
    for number, row in enumerate(rows, start=1):
        rule = row.compiled()
        from_key, to_key = rule.version_keys
        session.add(
            CompatibilityRule(
                id=new_id(),
                extension_id=release.extension_id,
                number=number,
                rule=row.document(),
                configuration_key=rule.configuration,
                from_key=from_key,
                to_key=to_key,
                **of_set,
            )
        )
    session.flush()


def _record(session: UnitOfWork, release: Release, command: ReplaceRules, actor: Actor) -> None:
    flag_modified(release, "rules_version")  # the rules belong to the release's version
    session.flush()
    audit.record(
        session,
        Action.RELEASE_RULES_CHANGED,
        actor=actor,
        subject=release,
        rules_version=release.rules_version,
        rules=len(command.rows),
        reason=command.reason,
    )
