"""Files that come with forms: whoever sends one is known before a byte of it is read."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app.accounts.service import viewers
from app.cabinet import cookies
from app.cabinet.auth import HalfSignedIn, Viewer, caller
from app.cabinet.interruptions import CodeFirst, SignInFirst
from app.catalog.problems import ArtifactInvalid
from app.catalog.service.files import Upload, keep_cfe
from app.kit.db import Kit
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed
from app.kit.storage import Incoming, Stored
from app.kit.web.forms import Fields, FieldsDep, FormRoute
from app.kit.web.origin import require_own

_PIECE = 1 << 20


class UploadRoute(FormRoute):
    """A route whose form holds a file; strangers are sent away before it arrives."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def known_first(request: Request) -> Response:
            if request.method == "POST":
                await run_in_threadpool(_require_known, request)
            return await handle(request)

        return known_first


def _require_known(request: Request) -> None:
    require_own(request)
    state, secret = request.app.state, cookies.read(request)
    found = secret and viewers.identify(state.engine, state.kit, secret, caller(request))
    if isinstance(found, HalfSignedIn):
        raise CodeFirst
    if not isinstance(found, Viewer):
        raise SignInFirst


def file_of(fields: Fields, name: str = "file") -> UploadFile:
    """The file that was chosen; VALIDATION_FAILED if none was."""
    file = fields.files.get(name)
    if file is None or not (file.filename or file.size):
        raise ValidationFailed.at({f"/{name}": ("missing", N_("Choose a file"))})
    return file


@contextmanager
def _arrived(kit: Kit, fields: Fields) -> Iterator[Incoming]:
    source = file_of(fields).file
    with kit.artifacts.receiving(kit.settings.upload_max_bytes) as arriving:
        while piece := source.read(_PIECE):
            arriving.write(piece)
        yield arriving.finish()


@dataclass(frozen=True, slots=True)
class SentCfe:
    """A .cfe that came with a form and was read before any transaction."""

    fields: Fields
    upload: Upload | None
    problem: ArtifactInvalid | None = None

    def take(self) -> Upload:
        """What was kept; ARTIFACT_INVALID if the reader refused it."""
        if self.upload is None:
            raise self.problem or ArtifactInvalid
        return self.upload


def _sent_cfe(request: Request, fields: FieldsDep) -> SentCfe:
    kit: Kit = request.app.state.kit
    limit = kit.settings.upload_max_bytes
    with _arrived(kit, fields) as incoming:
        try:
            return SentCfe(fields, keep_cfe(kit.artifacts, incoming, limit=limit))
        except ArtifactInvalid as problem:
            return SentCfe(fields, None, problem)


SentCfeDep = Annotated[SentCfe, Depends(_sent_cfe)]
"""For an UploadRoute, after its viewer in the signature."""


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A document that came with a form and is kept."""

    filename: str
    stored: Stored


def _sent_document(request: Request, fields: FieldsDep) -> SentDocument:
    kit: Kit = request.app.state.kit
    with _arrived(kit, fields) as incoming:
        return SentDocument(file_of(fields).filename or "", kit.artifacts.keep(incoming))


SentDocumentDep = Annotated[SentDocument, Depends(_sent_document)]
