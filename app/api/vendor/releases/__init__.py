"""Releases of the vendor's extensions: drafts, their files and rules, and their life."""

import uuid
from typing import Annotated

from fastapi import Query, Request, Response

from app.accounts.schemas import Permission
from app.api.answers import BODY_REFUSALS, CHANGE_REFUSALS, LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, IfMatch, require, row_version
from app.api.routers import of_vendors
from app.api.vendor.releases import files, life, rules
from app.api.vendor.releases.views import AnswerDep, Either, Reader, Writer, card, view
from app.catalog import queries as catalog
from app.catalog.models import ReleaseStatus
from app.catalog.problems import ReleaseImmutable, ReleaseWithdrawn, VersionExists
from app.catalog.queries import releases as queries
from app.catalog.schemas.releases import ChangeRelease, CreateDraft, FindReleases
from app.catalog.schemas.views import ReleaseCard, ReleaseView
from app.catalog.service import drafts
from app.catalog.service import releases as service
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import (
    Conflict,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    ValidationFailed,
    problems,
)

router = of_vendors("/releases", ConditionalRoute)
for part in (files, life, rules):
    router.routes.extend(part.router.routes)


@router.get("", responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_releases(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindReleases, Query()],
    request: Request,
    response: Response,
) -> Listed[ReleaseView]:
    """A page of releases, drafts included, newest first."""
    found = queries.releases(session, caller.vendor_id, asked)
    return listed(request, response, found, view)


@router.post(
    "",
    status_code=201,
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound, VersionExists, *ONCE_REFUSALS),
)
def create_release(
    session: SessionDep,
    caller: Writer,
    _: Once,
    command: CreateDraft,
    answer: AnswerDep,
) -> ReleaseCard:
    """A draft with the newest release's rules and the extension's install flags."""
    made = drafts.create_draft(session, caller.vendor_id, command, actor=caller.actor)
    return card(session, made, answer)


@router.get(
    "/{release_id}", responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, NotFound, ValidationFailed)
)
def get_release(
    session: ReadSessionDep,
    caller: Reader,
    release_id: uuid.UUID,
    answer: AnswerDep,
) -> ReleaseCard:
    """One release with what was read from its file, and what to look at."""
    found = catalog.release(session, caller.vendor_id, release_id)
    return card(session, found, answer)


@router.patch(
    "/{release_id}",
    responses=problems(
        *TOKEN_REFUSALS,
        NotFound,
        *CHANGE_REFUSALS,
        VersionExists,
        ReleaseImmutable,
        ReleaseWithdrawn,
        Conflict,
    ),
)
def update_release(
    session: SessionDep,
    caller: Either,
    release_id: uuid.UUID,
    command: ChangeRelease,
    answer: AnswerDep,
    if_match: IfMatch = None,
) -> ReleaseCard:
    """Changes a draft (catalog.write), or what is said of a published one (releases.publish)."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    found = catalog.release(session, vendor_id, release_id)
    is_draft = found.status == ReleaseStatus.DRAFT
    require(caller, Permission.CATALOG_WRITE if is_draft else Permission.RELEASES_PUBLISH)
    change = drafts.update_draft if is_draft else service.amend
    made = change(session, vendor_id, release_id, command, version=version, actor=caller.actor)
    return card(session, made, answer)


@router.delete(
    "/{release_id}",
    status_code=204,
    responses=problems(
        *TOKEN_REFUSALS,
        NotFound,
        ValidationFailed,
        PreconditionRequired,
        PreconditionFailed,
        ReleaseImmutable,
    ),
)
def delete_release(
    session: SessionDep, caller: Writer, release_id: uuid.UUID, if_match: IfMatch = None
) -> None:
    """Removes a draft; what was published once stays."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    drafts.delete_draft(session, vendor_id, release_id, version=version, actor=caller.actor)
