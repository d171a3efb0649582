"""Products and their features: the list, one form that makes and changes them, the EULA."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.schemas import Permission
from app.audit import queries as audit
from app.cabinet.auth import Signed, Viewer
from app.cabinet.confirming import Confirmation
from app.cabinet.editing import faster
from app.cabinet.lists import Filter, Listing, ListKind, asked, given
from app.cabinet.states import LOOKS
from app.cabinet.templates import page
from app.catalog import queries
from app.catalog.models import Product
from app.catalog.queries import SoldProduct
from app.catalog.queries.eulas import eulas
from app.catalog.schemas.eulas import FindEulas, PublishEula
from app.catalog.schemas.products import CreateProduct, FindProducts, UpdateProduct
from app.catalog.service import products
from app.catalog.service.eulas import publish_eula
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.paging import Page
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, FormRoute, OnceDep, form

router = APIRouter(prefix="/products", route_class=FormRoute)
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]
_PATH = "/cabinet/products"
ARCHIVE = Confirmation(
    N_("Archive the product {name}?"),
    N_(
        "It can be put into no key and no coupon any more. Keys that have it keep it, and it can "
        "be taken back from the archive."
    ),
    N_("Archive the product"),
)
KIND = ListKind(
    filters=(
        Filter("status", N_("State"), {k: v.word for k, v in LOOKS["product"].items()}),
        Filter("external_guid", N_("Code in CRM")),
    )
)


@router.get("")
def product_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """What the vendor sells."""
    found = queries.products(session, viewer.vendor_id, asked(FindProducts, request))
    listing = Listing(KIND, _PATH, given(request), viewer.locale, found)
    return page(request, viewer, "cabinet/products/list.html", {"listing": listing})


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
    context = {"form": form(request, viewer.locale, first), **_offered(session, viewer, None)}
    return page(request, viewer, "cabinet/products/new.html", context)


@router.post("/new")
def create_product(
    request: Request, session: SessionDep, viewer: Writer, fields: FieldsDep, once: OnceDep
) -> Response:
    """Something new to sell."""
    told = _told(session, viewer, fields) | fields.given("code")
    wish = command(CreateProduct, told)
    made = products.create_product(session, viewer.vendor_id, wish, actor=viewer.actor)
    return go(request, once.leads_to(f"{_PATH}/{made.id}"), N_("{name} is added"), name=made.name)


def _told(session: KitSession, viewer: Viewer, fields: Fields) -> dict[str, Any]:
    """The fields of a product; the features that are ticked, each with its number."""
    told: dict[str, Any] = fields.given("name", "status", "trial_kind", "after_expiry")
    told |= fields.given("transfer_quota") | fields.or_none("external_guid", "default_seats")
    told["trial_days"] = None
    if told.get("trial_kind") == "calendar_days":
        told |= fields.or_none("trial_days")
    perpetual = fields.text("term") == "perpetual"
    told["default_term"] = {"perpetual": True} if perpetual else fields.given("days")
    told["seats_multiplied"] = fields.has("seats_multiplied")
    told["ends_trials"] = fields.all("ends_trials")
    known = {each.code for each in queries.features(session, viewer.vendor_id)}
    told["features"] = [
        {
            "feature": code,
            "quantity": fields.text(f"quantity-{code}").strip() or None,
            "multiplied": fields.has(f"multiplied-{code}"),
        }
        for code in fields.all("features")
        if code in known
    ]
    return told


def _offered(session: KitSession, viewer: Viewer, but: uuid.UUID | None) -> dict[str, object]:
    """Features and other products to choose from."""
    sold = queries.sold_products(session, viewer.vendor_id)
    return {
        "features": queries.features(session, viewer.vendor_id),
        "others": [each.product for each in sold if each.product.id != but],
    }


@router.get("/{product_id}")
def product_card(
    request: Request, session: ReadSessionDep, viewer: Reader, product_id: uuid.UUID
) -> Response:
    """One product: its form, its agreements, its history."""
    product = queries.product(session, viewer.vendor_id, product_id)
    (sold,) = queries.offerings(session, [product])
    where = Page(cursor=request.query_params.get("cursor"), filters={"": request.url.path})
    context = {
        "product": product,
        "sold": sold,
        "form": form(request, viewer.locale, _now(sold), version=product.row_version),
        "now": {"name": product.name, "external_guid": product.external_guid},
        "eulas": [
            row for row, _ in eulas(session, viewer.vendor_id, FindEulas(product=product.code)).rows
        ],
        "events": audit.history(session, viewer.vendor_id, "product", product.id, where),
        **_offered(session, viewer, product.id),
        **faster(request, session, viewer, "product", product.id),
    }
    return page(request, viewer, "cabinet/products/card.html", context)


def _now(sold: SoldProduct) -> dict[str, object]:
    """The product as its form shows it."""
    product: Product = sold.product
    term = product.default_term
    now: dict[str, object] = {
        name: getattr(product, name)
        for name in (
            "name",
            "status",
            "external_guid",
            "default_seats",
            "trial_kind",
            "trial_days",
            "after_expiry",
            "transfer_quota",
            "ends_trials",
        )
    }
    now |= {"term": "perpetual" if term.get("perpetual") else "days", "days": term.get("days")}
    now["seats_multiplied"] = "on" if product.seats_multiplied else None
    now["features"] = [feature.code for _, feature in sold.features]
    for link, feature in sold.features:
        now[f"quantity-{feature.code}"] = link.quantity
        now[f"multiplied-{feature.code}"] = "on" if link.multiplied else None
    return now


@router.get("/{product_id}/archive")
def ask_to_archive(
    request: Request, session: ReadSessionDep, viewer: Writer, product_id: uuid.UUID
) -> Response:
    """What an archived product can still do."""
    product = queries.product(session, viewer.vendor_id, product_id)
    filled = form(request, viewer.locale, version=product.row_version)
    context = ARCHIVE.context(filled, product.name, f"{_PATH}/{product_id}")
    trail = [(_PATH, N_("Products")), (f"{_PATH}/{product_id}", product.name)]
    more = {"trail": trail, "seats_lost": 0}
    return page(request, viewer, "cabinet/confirm.html", context | more)


@router.post("/{product_id}/archive")
def archive_product(
    request: Request, session: SessionDep, viewer: Writer, product_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Takes the product off sale."""
    wish, version = command(UpdateProduct, status="archived"), fields.version()
    products.update_product(
        session, viewer.vendor_id, product_id, wish, version=version, actor=viewer.actor
    )
    return go(request, f"{_PATH}/{product_id}", N_("The product is in the archive"))


@router.post("/{product_id}")
def update_product(
    request: Request, session: SessionDep, viewer: Writer, product_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Changes the product, or takes it back from the archive."""
    restores = {"status": "active"} if fields.text("do") == "active" else None
    told = restores or fields.own(_told(session, viewer, fields))
    wish, version = command(UpdateProduct, told), fields.version()
    products.update_product(
        session, viewer.vendor_id, product_id, wish, version=version, actor=viewer.actor
    )
    return go(request, f"{_PATH}/{product_id}", N_("Saved"))


@router.get("/{product_id}/eula")
def new_eula(
    request: Request, session: ReadSessionDep, viewer: Writer, product_id: uuid.UUID
) -> Response:
    """The next agreement, beginning with the text of the last one."""
    product = queries.product(session, viewer.vendor_id, product_id)
    known = eulas(session, viewer.vendor_id, FindEulas(product=product.code)).rows
    last = known[0][0] if known else None
    first = {"text_ru": last.text_ru, "text_en": last.text_en} if last else {}
    context = {"product": product, "form": form(request, viewer.locale, first)}
    return page(request, viewer, "cabinet/products/eula.html", context)


@router.post("/{product_id}/eula")
def publish_product_eula(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    product_id: uuid.UUID,
    fields: FieldsDep,
    once: OnceDep,
) -> Response:
    """Publishes the agreement: nobody changes it afterwards."""
    product = queries.product(session, viewer.vendor_id, product_id)
    told = fields.given("text_ru", "text_en", "effective_from")
    wish = command(PublishEula, told, product=product.code)
    publish_eula(session, viewer.vendor_id, wish, actor=viewer.actor)
    return go(request, once.leads_to(f"{_PATH}/{product_id}"), N_("The agreement is published"))
