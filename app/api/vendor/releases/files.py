"""The files of drafts: the .cfe, and documents beside it."""

import uuid
from typing import Annotated

from fastapi import Depends, Header, Query

from app.api.auth import TOKEN_REFUSALS, IfMatch, row_version
from app.api.routers import of_vendors
from app.api.vendor.releases.views import AnswerDep, Writer, card
from app.catalog import queries as catalog
from app.catalog.problems import (
    ArtifactExists,
    ArtifactInvalid,
    ArtifactNameMismatch,
    ReleaseImmutable,
    VersionExists,
)
from app.catalog.schemas.releases import NameDocument
from app.catalog.schemas.views import DocumentView, ReleaseCard
from app.catalog.service import artifacts as service
from app.catalog.service.files import keep_cfe
from app.delivery.problems import DigestMismatch
from app.kit.db import SessionDep
from app.kit.problems import (
    ANY_TIME,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    ValidationFailed,
    problems,
)
from app.kit.storage import Incoming
from app.kit.uploads import BYTES, UPLOAD_REFUSALS, Received, is_told_as

router = of_vendors("/releases")
_UPLOAD = (
    *TOKEN_REFUSALS,
    NotFound,
    *UPLOAD_REFUSALS,
    *ANY_TIME,  # the same status as that of a silent store, which would hide them
    ValidationFailed,
    ReleaseImmutable,
)
_CHANGE = (PreconditionRequired, PreconditionFailed)


def _checked(
    incoming: Received,
    repr_digest: Annotated[
        str | None, Header(description="`sha-256=:…:` of the bytes (RFC 9530)")
    ] = None,
) -> Incoming:
    """What arrived, if it is what the sender says it is."""
    if not is_told_as(repr_digest, incoming.sha256):
        raise DigestMismatch
    return incoming


File = Annotated[Incoming, Depends(_checked, scope="function")]


@router.put(
    "/{release_id}/artifact",
    openapi_extra=BYTES,
    responses=problems(
        *_UPLOAD,
        *_CHANGE,
        ArtifactInvalid,
        ArtifactNameMismatch,
        ArtifactExists,
        VersionExists,
        DigestMismatch,
    ),
)
def put_artifact(
    session: SessionDep,
    caller: Writer,
    release_id: uuid.UUID,
    file: File,
    answer: AnswerDep,
    if_match: IfMatch = None,
) -> ReleaseCard:
    """Makes these bytes the draft's .cfe; answers what was read from it."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    store, limit = session.kit.artifacts, session.kit.settings.upload_max_bytes
    service.upload(
        session,
        vendor_id,
        release_id,
        lambda: keep_cfe(store, file, limit=limit),
        version=version,
        actor=caller.actor,
    )
    return card(session, catalog.release(session, vendor_id, release_id), answer)


@router.post(
    "/{release_id}/documents",
    status_code=201,
    openapi_extra=BYTES,
    responses=problems(*_UPLOAD, DigestMismatch),
)
def add_document(
    session: SessionDep,
    caller: Writer,
    release_id: uuid.UUID,
    named: Annotated[NameDocument, Query()],
    file: File,
) -> DocumentView:
    """One more document of a draft, ten at most; the same bytes again are the same document."""
    stored = session.kit.artifacts.keep(file)
    made = service.add_document(
        session, caller.vendor_id, release_id, named.filename, stored, actor=caller.actor
    )
    return DocumentView.model_validate(made)


@router.delete(
    "/{release_id}/documents/{document_id}",
    status_code=204,
    responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed, *_CHANGE, ReleaseImmutable),
)
def delete_document(
    session: SessionDep,
    caller: Writer,
    release_id: uuid.UUID,
    document_id: uuid.UUID,
    if_match: IfMatch = None,
) -> None:
    """Takes a document off a draft, on top of the release's version."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    service.delete_document(
        session, vendor_id, release_id, document_id, version=version, actor=caller.actor
    )
