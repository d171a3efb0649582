"""Drafts: releases before their publication, which may change in everything."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Artifact, CompatibilityRule, Extension, Release, RulesVersion
from app.catalog.problems import VersionExists
from app.catalog.queries import releases as reads
from app.catalog.schemas.releases import ChangeRelease, CreateDraft
from app.catalog.schemas.rules import RuleRow
from app.catalog.service.artifacts import file_name, held_draft
from app.catalog.service.rules import store_rules
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import NotFound, ValidationFailed
from onec.version import Version

INSTALL_FLAGS = (
    "exclusive_required",
    "safe_mode_off_required",
    "unsafe_action_protection_off",
    "restart_required",
    "backup_required",
    "conflicts_with",
    "requires",
)
_KEYS = {"version": "version_key", "min_from_version": "min_from_key"}


def create_draft(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateDraft, *, actor: Actor
) -> Release:
    """A draft with the extension's install flags and the newest release's rules, unless named."""
    extension = queries.extension_by_code(session, vendor_id, command.extension)
    session.hold(extension)  # its name in 1C must not change under the first release
    rows = command.rules
    if rows is None:
        newest = reads.newest(session, extension)
        found = reads.rules_of(session, newest) if newest else ()
        rows = [RuleRow.model_validate(rule.rule) for rule in found]
    given = command.model_dump(exclude={"extension", "rules"}, exclude_none=True)
    flags = {flag: getattr(extension, flag) for flag in INSTALL_FLAGS}
    release = Release(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        extension_id=extension.id,
        file_version="",
        created_by=actor.label,
        **({"version": ""} | flags | _settled(session, extension, given)),
    )
    _require_order(release)
    try:
        with session.savepoint():
            session.add(release)
    except IntegrityError:
        raise VersionExists(version=release.version) from None
    store_rules(session, release, rows, actor=actor)
    audit.record(
        session,
        Action.RELEASE_CREATED,
        actor=actor,
        subject=release,
        extension=extension.code,
        version=release.version,
    )
    return release


def update_draft(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: ChangeRelease,
    *,
    version: int,
    actor: Actor,
) -> Release:
    """Changes a draft; what is absent stays."""
    given = command.model_dump(exclude_unset=True)
    field = next(iter(given), "status")
    release = held_draft(session, vendor_id, release_id, version, field=field)
    extension = reads.extension_of(session, release)
    try:
        with session.savepoint():
            changes = audit.amend(release, _settled(session, extension, given))
    except IntegrityError:
        raise VersionExists(version=given.get("version")) from None
    _require_order(release)
    if changes:
        file = queries.artifact_of(session, release.id)
        if file is not None:
            file.filename = file_name(extension, release)
        session.flush()
        audit.record(session, Action.RELEASE_UPDATED, actor=actor, subject=release, **changes)
    return release


def delete_draft(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    *,
    version: int,
    actor: Actor,
) -> None:
    """Removes a draft with its rules and files; what was published stays for ever."""
    release = held_draft(session, vendor_id, release_id, version, field="status")
    for table in (CompatibilityRule, RulesVersion, Artifact):
        session.execute(
            delete(table)
            .where(table.release_id == release.id)
            .execution_options(synchronize_session=False)
        )
    session.delete(release)
    session.flush()
    audit.record(
        session, Action.RELEASE_DELETED, actor=actor, subject=release, version=release.version
    )


def _settled(session: UnitOfWork, extension: Extension, given: Mapping[str, Any]) -> dict[str, Any]:
    """The members as the row has them: versions with their keys; what they name has to exist."""
    row = dict(given)
    for name, key in _KEYS.items():
        if name in row:
            row[key] = None if row[name] is None else Version.parse(row[name]).key
    _require_features(session, extension, row.get("required_features", ()))
    if row.get("eula_id") is not None:
        eula = queries.eula(session, extension.vendor_id, row["eula_id"])
        if eula.product_id != extension.product_id:
            raise NotFound
    return row


def _require_features(session: UnitOfWork, extension: Extension, codes: Collection[str]) -> None:
    if codes:
        known = {feature.code for feature in queries.features(session, extension.vendor_id)}
        if not known >= set(codes):
            raise NotFound(N_("There is no feature with this code"))


def _require_order(release: Release) -> None:
    """A step that has to be installed before cannot be this release itself, or a later one."""
    floor = release.min_from_key
    if floor is not None and release.version and floor >= release.version_key:
        message = N_("The version to come from is lower than the release's own")
        raise ValidationFailed.at({"/min_from_version": ("min_from_version", message)})
