"""What the vendor sells."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, CHANGE_REFUSALS, LIST_REFUSALS, Listed, listed, tag
from app.api.auth import TOKEN_REFUSALS, IfMatch, Scoped, row_version
from app.api.routers import of_vendors
from app.catalog import queries
from app.catalog.models import Product
from app.catalog.problems import CodeExists
from app.catalog.queries import SoldProduct
from app.catalog.schemas.products import (
    CreateProduct,
    FindProducts,
    ProductFeatureView,
    ProductView,
    UpdateProduct,
)
from app.catalog.service import products as service
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import InUse, NotFound, ValidationFailed, problems

router = of_vendors("/products")
Reader = Annotated[Principal, Depends(Scoped(Permission.CATALOG_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.CATALOG_WRITE))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_products(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindProducts, Query()],
    request: Request,
    response: Response,
) -> Listed[ProductView]:
    """A page of products, newest first."""
    found = queries.products(session, caller.vendor_id, asked)
    return listed(request, response, found, _view)


@router.post(
    "",
    status_code=201,
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound, CodeExists, *ONCE_REFUSALS),
)
def create_product(
    session: SessionDep, caller: Writer, _: Once, command: CreateProduct, response: Response
) -> ProductView:
    """A new product; its code never changes."""
    made = service.create_product(session, caller.vendor_id, command, actor=caller.actor)
    return _one(session, made, response)


@router.get("/{product_id}", responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed))
def get_product(
    session: ReadSessionDep, caller: Reader, product_id: uuid.UUID, response: Response
) -> ProductView:
    """One product with its features."""
    found = queries.product(session, caller.vendor_id, product_id)
    return _one(session, found, response)


@router.patch(
    "/{product_id}",
    responses=problems(*TOKEN_REFUSALS, NotFound, *CHANGE_REFUSALS, CodeExists, InUse),
)
def update_product(
    session: SessionDep,
    caller: Writer,
    product_id: uuid.UUID,
    command: UpdateProduct,
    response: Response,
    if_match: IfMatch = None,
) -> ProductView:
    """Changes the members that are given; `status` archived takes the product off sale."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    made = service.update_product(
        session, vendor_id, product_id, command, version=version, actor=caller.actor
    )
    return _one(session, made, response)


def _one(session: KitSession, product: Product, response: Response) -> ProductView:
    tag(response, product.row_version)
    [sold] = queries.offerings(session, [product])
    return _view(sold)


def _view(sold: SoldProduct) -> ProductView:
    features = [
        ProductFeatureView.model_validate(
            {
                "feature": feature.code,
                "name": feature.name,
                "quantity": link.quantity,
                "unit": link.unit,
                "multiplied": link.multiplied,
            }
        )
        for link, feature in sold.features
    ]
    more = {"features": features, "extensions": list(sold.extensions)}
    return ProductView.model_validate(sold.product).model_copy(update=more)
