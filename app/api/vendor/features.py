"""Options that products carry."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, CHANGE_REFUSALS, LIST_REFUSALS, Listed, listed, tag
from app.api.auth import TOKEN_REFUSALS, IfMatch, Scoped, row_version
from app.api.routers import of_vendors
from app.catalog import queries
from app.catalog.problems import CodeExists
from app.catalog.schemas.features import (
    CatalogFeatureView,
    CreateFeature,
    FindFeatures,
    UpdateFeature,
)
from app.catalog.service import features as service
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import InUse, NotFound, ValidationFailed, problems

router = of_vendors("/features")
Reader = Annotated[Principal, Depends(Scoped(Permission.CATALOG_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.CATALOG_WRITE))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_features(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindFeatures, Query()],
    request: Request,
    response: Response,
) -> Listed[CatalogFeatureView]:
    """A page of features, newest first."""
    found = queries.feature_page(session, caller.vendor_id, asked)
    return listed(request, response, found, CatalogFeatureView.model_validate)


@router.post(
    "",
    status_code=201,
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, CodeExists, *ONCE_REFUSALS),
)
def create_feature(
    session: SessionDep, caller: Writer, _: Once, command: CreateFeature, response: Response
) -> CatalogFeatureView:
    """A new feature; its code never changes."""
    made = service.create_feature(session, caller.vendor_id, command, actor=caller.actor)
    tag(response, made.row_version)
    return CatalogFeatureView.model_validate(made)


@router.get("/{feature_id}", responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed))
def get_feature(
    session: ReadSessionDep, caller: Reader, feature_id: uuid.UUID, response: Response
) -> CatalogFeatureView:
    """One feature."""
    found = queries.feature(session, caller.vendor_id, feature_id)
    tag(response, found.row_version)
    return CatalogFeatureView.model_validate(found)


@router.patch(
    "/{feature_id}", responses=problems(*TOKEN_REFUSALS, NotFound, *CHANGE_REFUSALS, InUse)
)
def update_feature(
    session: SessionDep,
    caller: Writer,
    feature_id: uuid.UUID,
    command: UpdateFeature,
    response: Response,
    if_match: IfMatch = None,
) -> CatalogFeatureView:
    """Changes the members that are given; a `retired` feature goes into no further product."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    made = service.update_feature(
        session, vendor_id, feature_id, command, version=version, actor=caller.actor
    )
    tag(response, made.row_version)
    return CatalogFeatureView.model_validate(made)
