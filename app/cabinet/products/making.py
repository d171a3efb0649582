"""Something new to sell."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.products.forms import features_told, main_told, offered, read, trial_told
from app.cabinet.products.lists import PATH
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog.schemas.products import CreateProduct
from app.catalog.service import products
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep, form

router = pages("/products")
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]


@router.get("/new")
def new_product(request: Request, session: ReadSessionDep, viewer: Writer) -> Response:
    """An empty form with the defaults of products."""
    first = {
        "status": "active",
        "term": "days",
        "days": "365",
        "seats_multiplied": "on",
        "trial_kind": "none",
        "after_expiry": "keep_releases",
        "transfer_quota": "3",
    }
    context = {"form": form(request, viewer.locale, first), **offered(session, viewer, None)}
    return page(request, viewer, "cabinet/products/new.html", context)


@router.post("/new")
def create_product(
    request: Request, session: SessionDep, viewer: Writer, fields: FieldsDep, once: OnceDep
) -> Response:
    """Something new to sell."""
    told = main_told(fields) | trial_told(fields) | features_told(session, viewer, fields)
    wish = read(CreateProduct, told | fields.given("code"))
    made = products.create_product(session, viewer.vendor_id, wish, actor=viewer.actor)
    return go(request, once.leads_to(f"{PATH}/{made.id}"), N_("{name} is added"), name=made.name)
