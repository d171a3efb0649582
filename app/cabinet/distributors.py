"""Distributors: partners who bring customers and sell coupons."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.editing import faster
from app.cabinet.lists import Filter, Listing, ListKind, asked, chosen_columns, given
from app.cabinet.routers import pages
from app.cabinet.states import LOOKS
from app.cabinet.templates import page
from app.coupons.queries import partner_sums
from app.customers import queries, service
from app.customers.schemas import CreateDistributor, FindDistributors, UpdateDistributor
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, OnceDep, form

router = pages("/distributors")
Reader = Annotated[Viewer, Depends(Signed(Permission.CUSTOMERS_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CUSTOMERS_WRITE))]
_PATH = "/cabinet/distributors"
KIND = ListKind(
    filters=(
        Filter("status", N_("State"), {k: v.word for k, v in LOOKS["distributor"].items()}),
        Filter("external_guid", N_("Code in CRM")),
    ),
    columns=(
        ("email", N_("E-mail")),
        ("external_guid", N_("Code in CRM")),
        ("customers", N_("Customers")),
        ("coupons", N_("Coupons in 90 days")),
    ),
)


@router.get("")
def distributor_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The partners, with what they brought."""
    found = queries.distributors(session, viewer.vendor_id, asked(FindDistributors, request))
    sums = partner_sums(session, viewer.vendor_id, [row.id for row in found.rows])
    listing = Listing(
        KIND,
        _PATH,
        given(request),
        viewer.locale,
        found,
        chosen=chosen_columns(session, viewer, "distributors"),
    )
    context = {"listing": listing, "sums": sums}
    return page(request, viewer, "cabinet/distributors/list.html", context)


@router.get("/new")
def new_distributor(request: Request, viewer: Writer) -> Response:
    """An empty form."""
    context = {"form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/distributors/new.html", context)


@router.post("/new")
def create_distributor(
    request: Request, session: SessionDep, viewer: Writer, fields: FieldsDep, once: OnceDep
) -> Response:
    """A new partner."""
    wish = command(CreateDistributor, _told(fields))
    made = service.create_distributor(session, viewer.vendor_id, wish, actor=viewer.actor)
    return go(request, once.leads_to(_PATH), N_("{name} is added"), name=made.name)


def _told(fields: Fields) -> dict[str, object]:
    texts: dict[str, object] = {name: fields.text(name) for name in ("name", "email")}
    return texts | fields.or_none("external_guid")


@router.get("/{distributor_id}")
def edit_distributor(
    request: Request, session: ReadSessionDep, viewer: Reader, distributor_id: uuid.UUID
) -> Response:
    """The partner's fields; with their version for those who may change them."""
    found = queries.distributor(session, viewer.vendor_id, distributor_id)
    names = ("name", "external_guid") + (("email",) if viewer.sees_contacts else ())
    now = {name: getattr(found, name) for name in names}
    filled = form(request, viewer.locale, now, version=found.row_version)
    sums = partner_sums(session, viewer.vendor_id, [found.id])
    context = {"distributor": found, "form": filled, "now": now, "sums": sums}
    context |= faster(request, session, viewer, "distributor", found.id)
    return page(request, viewer, "cabinet/distributors/card.html", context)


@router.post("/{distributor_id}")
def update_distributor(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    distributor_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Changes, archives or takes back from the archive."""
    act = fields.text("do")
    told = {"status": act} if act in {"archived", "active"} else fields.own(_told(fields))
    wish, version = command(UpdateDistributor, told), fields.version()
    service.update_distributor(
        session, viewer.vendor_id, distributor_id, wish, version=version, actor=viewer.actor
    )
    return go(request, _PATH, N_("Saved"))
