"""Releases: what the file says is read and compared, then the release is published for good."""

import re
import uuid
from collections.abc import Sequence
from mmap import mmap

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import (
    Artifact,
    ArtifactStatus,
    CompatibilityRule,
    Extension,
    Release,
    ReleaseStatus,
)
from app.catalog.problems import (
    ArtifactExists,
    ArtifactInvalid,
    ArtifactNameMismatch,
    ReleaseNotReady,
    VersionExists,
    VersionNeeded,
)
from app.catalog.schemas.releases import CreateRelease
from app.catalog.schemas.rules import RuleRow
from app.catalog.service.products import touch
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import Sentence
from app.kit.problems import BodyTooLarge
from onec.cfe import BadCfe, Cfe, Limits, read_cfe
from onec.compatibility import Effect
from onec.version import Version, VersionError

_INSTALL_FLAGS = (
    "exclusive_required",
    "safe_mode_off_required",
    "unsafe_action_protection_off",
    "restart_required",
    "backup_required",
    "conflicts_with",
    "requires",
)


def create(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    command: CreateRelease,
    file: bytes,
    *,
    actor: Actor,
) -> Release:
    """A draft from a .cfe: its bytes are kept first, its row names them only afterwards."""
    extension = queries.extension_by_code(session, vendor_id, command.extension)
    parsed = read(file, limit=session.kit.settings.upload_max_bytes)
    if parsed.name != extension.onec_name:
        raise ArtifactNameMismatch(found=parsed.name, expected=extension.onec_name)
    release = _draft(session, extension, command, parsed, actor)
    stored = session.kit.artifacts.put([file])
    artifact = _artifact(session, extension, release, parsed, stored.sha256)
    _rules(session, extension, release, command.rules)
    audit.record(
        session,
        Action.RELEASE_CREATED,
        actor=actor,
        subject=release,
        extension=extension.code,
        version=release.version,
        file_version=release.file_version,
    )
    audit.record(
        session,
        Action.ARTIFACT_UPLOADED,
        actor=actor,
        subject=artifact,
        sha256=artifact.sha256,
        size=artifact.size,
    )
    return release


def publish(
    session: UnitOfWork, vendor_id: uuid.UUID, release_id: uuid.UUID, *, actor: Actor
) -> Release:
    """Makes a draft available; from here on its bytes and its version never change."""
    release = queries.release(session, vendor_id, release_id)
    if release.status == ReleaseStatus.PUBLISHED:
        return release
    _require_ready(session, release)
    release.status, release.published_by = ReleaseStatus.PUBLISHED, actor.label
    release.published_at = session.now()
    session.flush()
    touch(session, vendor_id)
    audit.record(
        session, Action.RELEASE_PUBLISHED, actor=actor, subject=release, version=release.version
    )
    return release


def read(file: bytes | mmap, *, limit: int) -> Cfe:
    """What the file says of itself; whatever is wrong with it is a refusal, never a crash."""
    if len(file) > limit:
        raise BodyTooLarge(max=limit)
    try:
        return read_cfe(file, Limits(file_size=limit))
    except BadCfe as error:
        raise ArtifactInvalid(
            reason=error.code, why=Sentence(error.text("ru"), error.text("en"))
        ) from None


def _draft(
    session: UnitOfWork,
    extension: Extension,
    command: CreateRelease,
    parsed: Cfe,
    actor: Actor,
) -> Release:
    version = command.version or _version_of(parsed)
    release = Release(
        id=new_id(),
        vendor_id=extension.vendor_id,
        created_at=session.now(),
        extension_id=extension.id,
        version=version,
        version_key=Version.parse(version).key,
        file_version=parsed.version,
        channel=command.channel,
        critical=command.critical,
        notes_ru=command.notes_ru,
        notes_en=command.notes_en,
        created_by=actor.label,
        **{flag: getattr(extension, flag) for flag in _INSTALL_FLAGS},
    )
    try:
        with session.savepoint():
            session.add(release)
    except IntegrityError:
        raise VersionExists(version=version) from None
    return release


def _version_of(parsed: Cfe) -> str:
    """The file's own version where it can be ordered; most files in the wild hold free text."""
    try:
        Version.parse(parsed.version)
    except VersionError:
        raise VersionNeeded from None
    return parsed.version


def _artifact(
    session: UnitOfWork, extension: Extension, release: Release, parsed: Cfe, sha256: str
) -> Artifact:
    artifact = Artifact(
        id=new_id(),
        vendor_id=release.vendor_id,
        created_at=session.now(),
        release_id=release.id,
        extension_id=extension.id,
        filename=file_name(extension, release),
        size=parsed.size,
        sha256=sha256,
        status=ArtifactStatus.READY,
        parsed_name=parsed.name,
        parsed_version=parsed.version,
        parsed_vendor=parsed.vendor,
        parsed_prefix=parsed.prefix,
        parsed_purpose=parsed.purpose_code,
        parsed_compatibility=parsed.compatibility,
        content_digest=parsed.content_digest,
    )
    try:
        with session.savepoint():
            session.add(artifact)
    except IntegrityError:
        raise ArtifactExists(version=_version_with(session, extension, sha256)) from None
    return artifact


def _version_with(session: UnitOfWork, extension: Extension, sha256: str) -> str | None:
    return session.scalar(
        select(Release.version)
        .join(Artifact, Artifact.release_id == Release.id)
        .where(Artifact.extension_id == extension.id, Artifact.sha256 == sha256)
    )


def file_name(extension: Extension, release: Release) -> str:
    """What people save the file as; the uploaded name is never used."""
    version = re.sub(r"[^0-9.]", "", release.version)
    return f"{extension.onec_name}_{version}.cfe"


def _rules(
    session: UnitOfWork, extension: Extension, release: Release, rows: Sequence[RuleRow]
) -> None:
    for number, row in enumerate(rows, start=1):
        rule = row.compiled()
        from_key, to_key = rule.version_keys
        session.add(
            CompatibilityRule(
                id=new_id(),
                vendor_id=release.vendor_id,
                created_at=session.now(),
                extension_id=extension.id,
                release_id=release.id,
                rules_version=release.rules_version,
                number=number,
                rule=row.document(),
                configuration_key=rule.configuration,
                from_key=from_key,
                to_key=to_key,
            )
        )
    session.flush()


def _require_ready(session: UnitOfWork, release: Release) -> None:
    if release.status != ReleaseStatus.DRAFT:
        raise ReleaseNotReady(missing=["draft"])
    missing = []
    artifact = queries.artifact_of(session, release.id)
    if artifact is None or artifact.status != ArtifactStatus.READY:
        missing.append("artifact")
    if not release.notes_ru:
        missing.append("notes_ru")
    rows = session.scalars(
        select(CompatibilityRule.rule).where(
            CompatibilityRule.release_id == release.id,
            CompatibilityRule.rules_version == release.rules_version,
        )
    )
    if not any(RuleRow.model_validate(row).effect is Effect.ALLOW for row in rows):
        missing.append("rules")
    if missing:
        raise ReleaseNotReady(missing=missing)
