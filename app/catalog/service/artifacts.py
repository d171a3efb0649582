"""Files of drafts: the extension itself, of which is kept what was read, and documents."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import (
    Artifact,
    ArtifactKind,
    ArtifactStatus,
    Extension,
    Release,
    ReleaseStatus,
)
from app.catalog.problems import (
    ArtifactExists,
    ArtifactInvalid,
    ArtifactNameMismatch,
    ReleaseImmutable,
    VersionExists,
)
from app.catalog.queries import releases as reads
from app.catalog.service.files import Upload, claim
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import Problem, ValidationFailed
from app.kit.storage import Stored
from onec.cfe import Cfe
from onec.version import Version, VersionError

DOCUMENTS_MAX = 10


def rejected(
    session: UnitOfWork, subject: audit.HasSubject, problem: Problem, *, actor: Actor
) -> Problem:
    """The refusal of a file, with the event that outlives it."""
    problem.denied = audit.denial(
        session, Action.ARTIFACT_REJECTED, actor=actor, subject=subject, problem=type(problem)
    )
    return problem


def upload(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    keep: Callable[[], Upload],
    *,
    version: int,
    actor: Actor,
) -> Artifact:
    """Keeps a draft's file, before any transaction, and attaches it; a refused one is on record."""
    try:
        kept = keep()
    except ArtifactInvalid as problem:
        release = held_draft(session, vendor_id, release_id, version, field="artifact")
        raise rejected(session, release, problem, actor=actor) from None
    return attach(session, vendor_id, release_id, kept, version=version, actor=actor)


def attach(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    upload: Upload,
    *,
    version: int | None = None,
    actor: Actor,
) -> Artifact:
    """Makes this the file of a draft, whose version it tells unless somebody named one.

    The same bytes again change nothing; other bytes take the place of those that were there.
    """
    claim(session, upload.stored)
    release = held_draft(session, vendor_id, release_id, version, field="artifact")
    extension = reads.extension_of(session, release)
    present = queries.artifact_of(session, release.id)
    if present is not None and present.sha256 == upload.stored.sha256:
        return _given_back(session, present, actor)
    try:
        require_name(extension, upload.cfe)
        if present is not None:
            session.delete(present)
            session.flush()
        _prefill(session, release, upload.cfe)
        artifact = _row(session, extension, release, upload, actor)
    except (ArtifactNameMismatch, ArtifactExists, VersionExists) as problem:
        raise rejected(session, release, problem, actor=actor) from None
    _note(session, artifact, actor)
    return artifact


def _given_back(session: UnitOfWork, artifact: Artifact, actor: Actor) -> Artifact:
    """The file as it is; bytes that were lost, and are kept again now, need no quarantine."""
    if artifact.status == ArtifactStatus.QUARANTINED:
        artifact.status = ArtifactStatus.READY
        session.flush()
        _note(session, artifact, actor)
    return artifact


def held_draft(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    version: int | None,
    *,
    field: str,
) -> Release:
    """The draft, locked; RELEASE_IMMUTABLE with the field that only drafts can change."""
    release = queries.release(session, vendor_id, release_id)
    session.hold(release, version)
    if release.status != ReleaseStatus.DRAFT:
        raise ReleaseImmutable(field=field)
    return release


def require_name(extension: Extension, parsed: Cfe) -> None:
    """Refuses the file of another extension: the infobase would get a second one."""
    if parsed.name != extension.onec_name:
        raise ArtifactNameMismatch(found=parsed.name, expected=extension.onec_name)


def version_of(parsed: Cfe) -> str | None:
    """The file's own version where it can be ordered; most files in the wild hold free text."""
    try:
        Version.parse(parsed.version)
    except VersionError:
        return None
    return parsed.version


def _prefill(session: UnitOfWork, release: Release, parsed: Cfe) -> None:
    found = None if release.version else version_of(parsed)
    try:
        with session.savepoint():
            release.file_version = parsed.version
            flag_modified(release, "file_version")  # the files belong to the release's version
            if found is not None:
                release.version, release.version_key = found, Version.parse(found).key
    except IntegrityError:
        raise VersionExists(version=found) from None


def _row(
    session: UnitOfWork, extension: Extension, release: Release, upload: Upload, actor: Actor
) -> Artifact:
    parsed = upload.cfe
    artifact = Artifact(
        id=new_id(),
        vendor_id=release.vendor_id,
        created_at=session.now(),
        release_id=release.id,
        extension_id=extension.id,
        filename=file_name(extension, release),
        size=upload.stored.size,
        sha256=upload.stored.sha256,
        status=ArtifactStatus.READY,
        uploaded_by=actor.label,
        contents=contents_of(parsed),
        **_read_from(parsed),
    )
    try:
        with session.savepoint():
            session.add(artifact)
    except IntegrityError:
        other = reads.release_with(session, extension, upload.stored.sha256)
        raise ArtifactExists(*((other.version, other.id) if other else ())) from None
    return artifact


def _read_from(parsed: Cfe) -> Mapping[str, str]:
    return {
        "parsed_name": parsed.name,
        "parsed_version": parsed.version,
        "parsed_vendor": parsed.vendor,
        "parsed_prefix": parsed.prefix,
        "parsed_purpose": parsed.purpose_code,
        "parsed_compatibility": parsed.compatibility,
        "content_digest": parsed.content_digest,
        "root_uuid": parsed.root_uuid,
    }


def contents_of(parsed: Cfe) -> dict[str, Any]:
    """What the artifact keeps of a file for comparisons and for people."""
    return {
        "format": parsed.format,
        "synonym": dict(parsed.synonym),
        "keep_mapping": parsed.keep_mapping,
        "warnings": [{"code": each.code, "ru": each.ru, "en": each.en} for each in parsed.warnings],
        "objects": [
            {
                "kind": item.kind,
                "uuid": item.uuid,
                "name": item.name,
                "origin": item.origin.value,
                "digest": item.digest if item.changes_structure else "",
                "data": item.changes_structure,
            }
            for item in parsed.objects
        ],
    }


def file_name(extension: Extension, release: Release) -> str:
    """What people save the file as; the uploaded name is never used."""
    version = re.sub(r"[^0-9.]", "", release.version)
    return f"{extension.onec_name}_{version}.cfe" if version else f"{extension.onec_name}.cfe"


def add_document(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    filename: str,
    stored: Stored,
    *,
    actor: Actor,
) -> Artifact:
    """Something to read beside a draft's file; the same bytes again are the same document."""
    claim(session, stored)
    release = held_draft(session, vendor_id, release_id, None, field="documents")
    present = reads.documents(session, release)
    for artifact in present:
        if artifact.sha256 == stored.sha256:
            return artifact
    if not stored.size or len(present) >= DOCUMENTS_MAX:
        message = N_("A release has at most ten documents, and none of them is empty")
        raise ValidationFailed.at({"": ("documents", message)})
    artifact = Artifact(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        release_id=release.id,
        extension_id=release.extension_id,
        kind=ArtifactKind.DOC,
        filename=filename,
        size=stored.size,
        sha256=stored.sha256,
        status=ArtifactStatus.READY,
        uploaded_by=actor.label,
    )
    session.add(artifact)
    flag_modified(release, "file_version")
    session.flush()
    _note(session, artifact, actor)
    return artifact


def delete_document(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    document_id: uuid.UUID,
    *,
    version: int,
    actor: Actor,
) -> None:
    """Takes a document off a draft; the bytes stay until somebody clears the store."""
    release = held_draft(session, vendor_id, release_id, version, field="documents")
    artifact = reads.document(session, release, document_id)
    session.delete(artifact)
    flag_modified(release, "file_version")
    session.flush()
    audit.record(
        session,
        Action.RELEASE_UPDATED,
        actor=actor,
        subject=release,
        removed=artifact.filename,
        sha256=artifact.sha256,
    )


def _note(session: UnitOfWork, artifact: Artifact, actor: Actor) -> None:
    audit.record(
        session,
        Action.ARTIFACT_UPLOADED,
        actor=actor,
        subject=artifact,
        kind=artifact.kind,
        sha256=artifact.sha256,
        size=artifact.size,
    )
