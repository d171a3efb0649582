"""Beginning a release with its file, and putting another file in its place."""

import uuid
from collections.abc import Mapping

from fastapi import Request, Response

from app.cabinet.auth import Viewer
from app.cabinet.releases.frames import PATH, Writer, frame
from app.cabinet.releases.numbers import numbered, renumbered
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.cabinet.uploads import SentCfeDep, UploadRoute
from app.catalog import queries as catalog
from app.catalog.models import Extension
from app.catalog.problems import ArtifactExists, ArtifactNameMismatch, VersionExists
from app.catalog.queries import extensions as lines
from app.catalog.queries import releases as reads
from app.catalog.schemas.releases import CreateDraft
from app.catalog.service import arrivals, artifacts
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, OnceDep, form, refusal

router = pages(route_class=UploadRoute)


@router.get("/extensions/{extension_id}/releases/new")
def new_release(
    request: Request, session: ReadSessionDep, viewer: Writer, extension_id: uuid.UUID
) -> Response:
    """The form for a file; after a refusal with the way to what stands in its way."""
    extension = lines.extension(session, viewer.vendor_id, extension_id)
    context = {
        "extension": extension,
        "form": form(request, viewer.locale),
        "most": session.kit.settings.upload_max_bytes >> 20,
        "newest": reads.newest(session, extension),
        **_elsewhere(request, session, viewer, extension),
    }
    return page(request, viewer, "cabinet/releases/new.html", context)


def _elsewhere(
    request: Request, session: KitSession, viewer: Viewer, extension: Extension
) -> Mapping[str, object]:
    """The right extension of a refused file, or the release that it repeats."""
    nowhere: dict[str, object] = {"right": None, "rename": "", "repeated": None}
    refused = refusal(request)
    problem = refused.problem if refused else None
    match problem:
        case ArtifactNameMismatch():
            name = str(problem.params["found"])
            right = lines.named(session, viewer.vendor_id, name)
            free = right is None and not lines.has_releases(session, extension)
            return nowhere | {"right": right, "rename": name if free else ""}
        case ArtifactExists(release_id=uuid.UUID() as release_id):
            return nowhere | {"repeated": catalog.release(session, viewer.vendor_id, release_id)}
        case VersionExists():
            version = str(problem.params["version"])
            return nowhere | {"repeated": reads.of_version(session, extension.id, version)}
    return nowhere


@router.post("/extensions/{extension_id}/releases/new")
def upload_release(
    request: Request,
    viewer: Writer,
    extension_id: uuid.UUID,
    sent: SentCfeDep,
    session: SessionDep,
    once: OnceDep,
) -> Response:
    """A draft with what the file says of itself."""
    number = _number(sent.fields)
    made = arrivals.draft_from_file(
        session,
        viewer.vendor_id,
        extension_id,
        sent.take,
        version=number,
        actor=viewer.actor,
    )
    there = once.leads_to(f"{PATH}/{made.id}")
    return go(request, there, N_("The file is sound. Check the draft"))


def _number(fields: Fields) -> str | None:
    try:
        return command(CreateDraft, numbered(fields), extension="x").version
    except ValidationFailed as problem:
        raise renumbered(problem) from None


@router.get("/releases/{release_id}/replace")
def ask_for_another_file(
    request: Request, session: ReadSessionDep, viewer: Writer, release_id: uuid.UUID
) -> Response:
    """The form for the draft's next file."""
    found = frame(session, viewer, release_id, "main")
    filled = form(request, viewer.locale, version=found.release.row_version)
    most = session.kit.settings.upload_max_bytes >> 20
    context = found.context() | {"form": filled, "most": most}
    return page(request, viewer, "cabinet/releases/replace.html", context)


@router.post("/releases/{release_id}/replace")
def replace_file(
    request: Request,
    viewer: Writer,
    release_id: uuid.UUID,
    sent: SentCfeDep,
    session: SessionDep,
) -> Response:
    """Puts the file into the draft instead of the one that was there."""
    artifacts.upload(
        session,
        viewer.vendor_id,
        release_id,
        sent.take,
        version=sent.fields.version(),
        actor=viewer.actor,
    )
    return go(request, f"{PATH}/{release_id}", N_("The draft has the new file"))
