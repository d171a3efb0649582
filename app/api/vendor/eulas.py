"""Licence agreements of the vendor's products."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.routers import of_vendors
from app.catalog import queries
from app.catalog.models import Eula, Product
from app.catalog.problems import EulaUnchanged
from app.catalog.queries import eulas as reads
from app.catalog.schemas.eulas import EulaView, EulaWithTexts, FindEulas, PublishEula
from app.catalog.service import eulas as service
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import NotFound, ValidationFailed, problems

router = of_vendors("/eulas", ConditionalRoute)
Reader = Annotated[Principal, Depends(Scoped(Permission.CATALOG_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.CATALOG_WRITE))]


@router.get("", responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_eulas(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindEulas, Query()],
    request: Request,
    response: Response,
) -> Listed[EulaView]:
    """A page of agreements without their texts, newest first."""
    found = reads.eulas(session, caller.vendor_id, asked)
    return listed(request, response, found, lambda pair: EulaView.model_validate(_told(*pair)))


@router.post(
    "",
    status_code=201,
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound, EulaUnchanged, *ONCE_REFUSALS),
)
def publish_eula(
    session: SessionDep, caller: Writer, _: Once, command: PublishEula
) -> EulaWithTexts:
    """The product's next agreement; it can never change again."""
    made = service.publish_eula(session, caller.vendor_id, command, actor=caller.actor)
    return _whole(made, queries.product(session, caller.vendor_id, made.product_id))


@router.get(
    "/{eula_id}", responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, NotFound, ValidationFailed)
)
def get_eula(session: ReadSessionDep, caller: Reader, eula_id: uuid.UUID) -> EulaWithTexts:
    """One agreement with its texts."""
    return _whole(*queries.eula_with_product(session, caller.vendor_id, eula_id))


def _whole(eula: Eula, product: Product) -> EulaWithTexts:
    texts = {"text_ru": eula.text_ru, "text_en": eula.text_en}
    return EulaWithTexts.model_validate(_told(eula, product) | texts)


def _told(eula: Eula, product: Product) -> dict[str, object]:
    columns = ("id", "number", "sha256_ru", "sha256_en", "effective_from", "created_at")
    return {name: getattr(eula, name) for name in columns} | {"product": product.code}
