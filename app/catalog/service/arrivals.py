"""Releases that begin with their file: what it says of itself fills the draft."""

import uuid
from collections.abc import Callable

from app.audit.actor import Actor
from app.catalog.models import Extension, Release
from app.catalog.problems import (
    ArtifactExists,
    ArtifactInvalid,
    ArtifactNameMismatch,
    VersionExists,
)
from app.catalog.queries import extensions as lines
from app.catalog.queries import releases as reads
from app.catalog.schemas.releases import CreateDraft
from app.catalog.service import artifacts, drafts
from app.catalog.service.files import Upload
from app.kit.db import UnitOfWork


def draft_from_file(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    extension_id: uuid.UUID,
    keep: Callable[[], Upload],
    *,
    version: str | None = None,
    actor: Actor,
) -> Release:
    """A draft with its file; without `version` it has the file's own, if that can be ordered.

    A refused file is on record with its extension: there is no release that it could belong to.
    """
    extension = lines.extension(session, vendor_id, extension_id)
    try:
        upload = keep()
        _require_new(session, extension, upload)
        wish = CreateDraft(
            extension=extension.code, version=version or artifacts.version_of(upload.cfe)
        )
        release = drafts.create_draft(session, vendor_id, wish, actor=actor)
    except (ArtifactInvalid, ArtifactNameMismatch, ArtifactExists, VersionExists) as problem:
        raise artifacts.rejected(session, extension, problem, actor=actor) from None
    artifacts.attach(session, vendor_id, release.id, upload, actor=actor)
    return release


def _require_new(session: UnitOfWork, extension: Extension, upload: Upload) -> None:
    artifacts.require_name(extension, upload.cfe)
    other = reads.release_with(session, extension, upload.stored.sha256)
    if other is not None:
        raise ArtifactExists(other.version, other.id)
