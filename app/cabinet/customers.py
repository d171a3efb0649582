"""Customers: the list, and what is done with a customer."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.customerlists import KIND, options
from app.cabinet.editing import faster
from app.cabinet.lists import Listing, asked, chosen_columns, given
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.customers import queries, service
from app.customers.schemas import BlockCustomer, CreateCustomer, UpdateCustomer
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, OnceDep, form
from app.licensing.queries import customers as holdings
from app.licensing.schemas.views import ListHolders
from app.licensing.service.customers import archive

router = pages("/customers")
Reader = Annotated[Viewer, Depends(Signed(Permission.CUSTOMERS_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CUSTOMERS_WRITE))]
_LINES = ("company", "contact_name", "phone", "email", "comment")
_OPTIONAL = (
    "tech_email",
    "inn",
    "external_ref1",
    "external_ref2",
    "distributor_id",
    "responsible",
)


@router.get("")
def customer_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The customers that the address asks for."""
    wish = asked(ListHolders, request)
    found = holdings.holders(session, viewer.vendor_id, wish)
    held = holdings.holdings(session, viewer.vendor_id, [row.id for row in found.rows])
    count = holdings.holders_count(session, viewer.vendor_id, wish)
    partners = queries.distributor_names(session, viewer.vendor_id)
    names = {str(one): name for one, name in partners.items()}
    listing = Listing(
        KIND,
        "/cabinet/customers",
        given(request),
        viewer.locale,
        found,
        count,
        names,
        chosen_columns(session, viewer, "customers"),
    )
    context = {"listing": listing, "held": held, "partners": partners}
    return page(request, viewer, "cabinet/customers/list.html", context)


@router.get("/new")
def new_customer(request: Request, session: ReadSessionDep, viewer: Writer) -> Response:
    """An empty form; after a refusal as it was filled in, with those who look alike."""
    filled = form(request, viewer.locale)
    alike = _alike(session, viewer, filled.value("inn"), filled.value("email"))
    context = {"form": filled, "alike": alike, **options(session, viewer.vendor_id)}
    return page(request, viewer, "cabinet/customers/new.html", context)


def _alike(session: ReadSessionDep, viewer: Viewer, inn: str, email: str) -> object:
    """Whoever has the same INN or e-mail; what no customer can have is not looked for."""
    wanted = [text.strip() if text.isprintable() else "" for text in (inn, email)]
    if not any(wanted):
        return ()
    return queries.similar(session, viewer.vendor_id, wanted[0] or None, wanted[1])


@router.post("/new")
def create_customer(
    request: Request, session: SessionDep, viewer: Writer, fields: FieldsDep, once: OnceDep
) -> Response:
    """A new customer; one that looks like another only on second thought."""
    wish = command(CreateCustomer, _told(fields))
    if not fields.has("anyway"):
        service.require_unlike(session, viewer.vendor_id, wish)
    made = service.create(session, viewer.vendor_id, wish, actor=viewer.actor)
    path = once.leads_to(f"/cabinet/customers/{made.id}")
    return go(request, path, N_("{company} is added"), company=made.company)


def _told(fields: Fields) -> dict[str, object]:
    """The fields of a customer; an empty one is nothing."""
    texts = {name: fields.text(name) for name in _LINES}
    tags = [tag for tag in (part.strip() for part in fields.text("tags").split(",")) if tag]
    return texts | fields.or_none(*_OPTIONAL) | {"tags": tags}


@router.get("/{customer_id}/edit")
def edit_customer(
    request: Request, session: ReadSessionDep, viewer: Writer, customer_id: uuid.UUID
) -> Response:
    """The customer's fields, with the version that a change builds on."""
    found = queries.customer(session, viewer.vendor_id, customer_id)
    now = {name: getattr(found, name) for name in (*_LINES, *_OPTIONAL)}
    now["tags"] = ", ".join(found.tags)
    filled = form(request, viewer.locale, now, version=found.row_version)
    context = {"customer": found, "form": filled, "now": now, **options(session, viewer.vendor_id)}
    context |= faster(request, session, viewer, "customer", found.id)
    return page(request, viewer, "cabinet/customers/edit.html", context)


@router.post("/{customer_id}/edit")
def update_customer(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    customer_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Changes the customer, unless somebody else did meanwhile."""
    wish = command(UpdateCustomer, fields.own(_told(fields)))
    version = fields.version()
    saved = service.update(
        session, viewer.vendor_id, customer_id, wish, version=version, actor=viewer.actor
    )
    return go(request, f"/cabinet/customers/{saved.id}", N_("Saved"))


@router.get("/{customer_id}/block")
def ask_to_block(
    request: Request, session: ReadSessionDep, viewer: Writer, customer_id: uuid.UUID
) -> Response:
    """What blocking would stop."""
    found = queries.customer(session, viewer.vendor_id, customer_id)
    seats = holdings.seats_of_customer(session, viewer.vendor_id, customer_id)
    held = holdings.holdings(session, viewer.vendor_id, [customer_id])
    context = {
        "customer": found,
        "seats": seats,
        "held": held,
        "form": form(request, viewer.locale),
    }
    return page(request, viewer, "cabinet/customers/block.html", context)


@router.post("/{customer_id}/block")
def block_customer(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    customer_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Stops every key of the customer."""
    wish = command(BlockCustomer, fields.given("reason"))
    service.block(session, viewer.vendor_id, customer_id, wish, actor=viewer.actor)
    return go(request, f"/cabinet/customers/{customer_id}", N_("The customer is blocked"))


@router.post("/{customer_id}/unblock")
def unblock_customer(
    request: Request, session: SessionDep, viewer: Writer, customer_id: uuid.UUID
) -> Response:
    """Lets the customer's keys work again."""
    service.unblock(session, viewer.vendor_id, customer_id, actor=viewer.actor)
    return go(request, f"/cabinet/customers/{customer_id}", N_("The customer's keys work again"))


@router.get("/{customer_id}/archive")
def ask_to_archive(
    request: Request, session: ReadSessionDep, viewer: Writer, customer_id: uuid.UUID
) -> Response:
    """What archiving means."""
    found = queries.customer(session, viewer.vendor_id, customer_id)
    context = {"customer": found, "form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/customers/archive.html", context)


@router.post("/{customer_id}/archive")
def archive_customer(
    request: Request, session: SessionDep, viewer: Writer, customer_id: uuid.UUID
) -> Response:
    """Puts the customer away."""
    archive(session, viewer.vendor_id, customer_id, actor=viewer.actor)
    return go(request, f"/cabinet/customers/{customer_id}", N_("The customer is archived"))
