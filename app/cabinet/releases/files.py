"""Files of a release: the .cfe to check it, and documents beside it."""

import uuid
from urllib.parse import quote

from fastapi import Request, Response

from app.cabinet.releases.frames import PATH, Reader, Writer, frame
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.cabinet.uploads import SentDocumentDep, UploadRoute
from app.catalog import queries as catalog
from app.catalog.models import Artifact
from app.catalog.queries import releases as reads
from app.catalog.schemas.releases import NameDocument
from app.catalog.service import artifacts
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import NotFound, command
from app.kit.streaming import Stream
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form

router = pages("/releases", UploadRoute)


def _sent(session: KitSession, file: Artifact) -> Response:
    headers = {
        "Content-Length": str(file.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename)}",
    }
    return Stream(session.kit.artifacts.read(file.sha256), 200, headers)


@router.get("/{release_id}/file")
def file_to_check(session: ReadSessionDep, viewer: Reader, release_id: uuid.UUID) -> Response:
    """The bytes as agents get them."""
    release = catalog.release(session, viewer.vendor_id, release_id)
    file = catalog.artifact_of(session, release.id)
    if file is None:
        raise NotFound
    return _sent(session, file)


@router.get("/{release_id}/documents")
def documents(
    request: Request, session: ReadSessionDep, viewer: Writer, release_id: uuid.UUID
) -> Response:
    """What there is to read, and the form for one more."""
    found = frame(session, viewer, release_id, "main")
    filled = form(request, viewer.locale, version=found.release.row_version)
    most = session.kit.settings.upload_max_bytes >> 20
    context = found.context() | {"form": filled, "most": most}
    return page(request, viewer, "cabinet/releases/documents.html", context)


@router.post("/{release_id}/documents")
def add_document(
    request: Request,
    viewer: Writer,
    release_id: uuid.UUID,
    sent: SentDocumentDep,
    session: SessionDep,
) -> Response:
    """One more document of a draft."""
    name = command(NameDocument, {"filename": sent.filename}).filename
    artifacts.add_document(
        session, viewer.vendor_id, release_id, name, sent.stored, actor=viewer.actor
    )
    return go(request, f"{PATH}/{release_id}/documents", N_("The document is added"))


@router.get("/{release_id}/documents/{document_id}")
def document(
    session: ReadSessionDep, viewer: Reader, release_id: uuid.UUID, document_id: uuid.UUID
) -> Response:
    """The document itself."""
    release = catalog.release(session, viewer.vendor_id, release_id)
    return _sent(session, reads.document(session, release, document_id))


@router.post("/{release_id}/documents/{document_id}")
def remove_document(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    release_id: uuid.UUID,
    document_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Takes a document off a draft."""
    artifacts.delete_document(
        session,
        viewer.vendor_id,
        release_id,
        document_id,
        version=fields.version(),
        actor=viewer.actor,
    )
    return go(request, f"{PATH}/{release_id}/documents", N_("The document is removed"))
