"""Lines of releases behind the vendor's products."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, CHANGE_REFUSALS, LIST_REFUSALS, Listed, listed, tag
from app.api.auth import TOKEN_REFUSALS, IfMatch, Scoped, row_version
from app.api.routers import of_vendors
from app.catalog.models import Extension
from app.catalog.problems import CodeExists
from app.catalog.queries import extensions as queries
from app.catalog.queries.extensions import Line
from app.catalog.schemas.extensions import (
    CreateExtension,
    ExtensionView,
    FindExtensions,
    ImageView,
    UpdateExtension,
)
from app.catalog.service import extensions as service
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import InUse, NotFound, ValidationFailed, problems

router = of_vendors("/extensions", ConditionalRoute)
Reader = Annotated[Principal, Depends(Scoped(Permission.CATALOG_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.CATALOG_WRITE))]


@router.get("", responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_extensions(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindExtensions, Query()],
    request: Request,
    response: Response,
) -> Listed[ExtensionView]:
    """A page of extensions, newest first."""
    found = queries.extensions(session, caller.vendor_id, asked)
    return listed(request, response, found, _view)


@router.post(
    "",
    status_code=201,
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound, CodeExists, *ONCE_REFUSALS),
)
def create_extension(
    session: SessionDep, caller: Writer, _: Once, command: CreateExtension, response: Response
) -> ExtensionView:
    """A new extension; its code never changes."""
    made = service.create_extension(session, caller.vendor_id, command, actor=caller.actor)
    return _one(session, made, response)


@router.get(
    "/{extension_id}",
    responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, NotFound, ValidationFailed),
)
def get_extension(
    session: ReadSessionDep, caller: Reader, extension_id: uuid.UUID, response: Response
) -> ExtensionView:
    """One extension."""
    return _one(session, queries.extension(session, caller.vendor_id, extension_id), response)


@router.patch(
    "/{extension_id}",
    responses=problems(*TOKEN_REFUSALS, NotFound, *CHANGE_REFUSALS, CodeExists, InUse),
)
def update_extension(
    session: SessionDep,
    caller: Writer,
    extension_id: uuid.UUID,
    command: UpdateExtension,
    response: Response,
    if_match: IfMatch = None,
) -> ExtensionView:
    """Changes the members that are given; with `published` false nothing of it is offered."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    made = service.update_extension(
        session, vendor_id, extension_id, command, version=version, actor=caller.actor
    )
    return _one(session, made, response)


def _one(session: KitSession, extension: Extension, response: Response) -> ExtensionView:
    tag(response, extension.row_version)
    [line] = queries.described(session, [extension])
    return _view(line)


def _view(line: Line) -> ExtensionView:
    logo = line.logo
    more = {
        "product": line.product,
        "trial_product": line.trial_product,
        "logo": ImageView.model_validate(logo) if logo else None,
        "screenshots": [ImageView.model_validate(each) for each in line.screenshots],
    }
    return ExtensionView.model_validate(line.extension).model_copy(update=more)
