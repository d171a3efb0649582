"""Reads of customers and distributors."""

import contextlib
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from app.accounts import queries as accounts
from app.customers.models import Customer, CustomerStatus, Distributor, DistributorStatus
from app.customers.problems import CustomerArchived
from app.customers.schemas import FindCustomers, FindDistributors, ListCustomers
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import N_
from app.kit.paging import Order, Page, Rows, created_within, in_order, newest_first, oldest_first
from app.kit.problems import NotFound
from app.kit.search import CANDIDATES, matches, words

_OPEN = (Customer.company, Customer.inn, Customer.external_ref1, Customer.external_ref2)
"""What whoever may read customers sees of them."""
_EQUAL = ("inn", "external_ref1", "email", "status", "distributor_id", "responsible")


def customer(session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    """One customer of the vendor."""
    found = session.scalar(
        select(Customer).where(Customer.vendor_id == vendor_id, Customer.id == customer_id)
    )
    if found is None:
        raise NotFound
    return found


def open_customer(session: UnitOfWork, vendor_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    """A customer to give a key to; it stays open until the commit, for archiving waits."""
    found = customer(session, vendor_id, customer_id)
    session.refresh(found, with_for_update={"read": True})
    if found.status == CustomerStatus.ARCHIVED:
        raise CustomerArchived
    return found


def open_customers(
    session: UnitOfWork, vendor_id: uuid.UUID, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Customer]:
    """Those of the ids that are open customers of the vendor; they stay open until the commit."""
    found = session.scalars(
        select(Customer)
        .where(
            Customer.vendor_id == vendor_id,
            Customer.id.in_(ids),
            Customer.status != CustomerStatus.ARCHIVED,
        )
        .order_by(Customer.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in found}


def looked_for(
    session: KitSession,
    vendor_id: uuid.UUID,
    asked: FindCustomers,
    among: Select[uuid.UUID] | None = None,
) -> Select[Customer]:
    """The customers that somebody looks for, of some ids; the words have an index of their own."""
    query = select(Customer).where(Customer.vendor_id == vendor_id)
    if among is not None:
        query = query.where(Customer.id.in_(among))
    for name in _EQUAL:
        value = getattr(asked, name, None)
        if value is not None:
            query = query.where(getattr(Customer, name) == value)
    if asked.q is not None:
        query = query.where(Customer.id.in_(mentioning(vendor_id, asked.q)))
    zone = accounts.vendor(session, vendor_id).time_zone
    return created_within(query, Customer.created_at, asked, zone)


def mentioning(vendor_id: uuid.UUID, text: str) -> Select[uuid.UUID]:
    """Some of the customers with these words: what more there is would not be looked through."""
    found = matches(Customer.search_vector, vendor_id, text)
    named = (
        select(Customer.id)
        .where(Customer.vendor_id == vendor_id, false() if found is None else found)
        .limit(CANDIDATES)
        .cte("named")
        .prefix_with("MATERIALIZED")  # else every customer is asked by itself
    )
    return select(named.c.id)


def listed(
    session: KitSession,
    vendor_id: uuid.UUID,
    asked: ListCustomers,
    among: Select[uuid.UUID] | None = None,
) -> Rows[Customer]:
    """A page of the customers that a person looks for; by time where days are asked for."""
    query, page = looked_for(session, vendor_id, asked, among), Page.of(asked)
    if asked.sort == "-created_at" or page.is_of_days:
        return newest_first(session, query, Customer.id, page)
    if asked.sort == "created_at":
        return oldest_first(session, query, Customer.id, page)
    order = Order(Customer.name_norm, Customer.id, descending=asked.sort == "-company")
    return in_order(session, query, order, page)


def similar(
    session: KitSession,
    vendor_id: uuid.UUID,
    inn: str | None,
    email: str,
    *,
    but: uuid.UUID | None = None,
) -> Sequence[Customer]:
    """Other customers, not archived, with the same INN or e-mail: a few of them."""
    same = or_(false(), *([Customer.email == email] if email else []))
    if inn:
        same |= Customer.inn == inn
    query = select(Customer).where(
        Customer.vendor_id == vendor_id, Customer.status != CustomerStatus.ARCHIVED, same
    )
    if but is not None:
        query = query.where(Customer.id != but)
    return session.scalars(query.order_by(Customer.id).limit(5)).all()


def distributor_names(session: KitSession, vendor_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """The distributors who bring customers, by name."""
    rows = session.execute(
        select(Distributor.id, Distributor.name)
        .where(Distributor.vendor_id == vendor_id, Distributor.status == DistributorStatus.ACTIVE)
        .order_by(Distributor.name, Distributor.id)
    )
    return {first: second for first, second in rows}  # noqa: C416 - rows are no pairs


def customers(session: KitSession, vendor_id: uuid.UUID, asked: FindCustomers) -> Rows[Customer]:
    """A page of the vendor's customers, merged and archived ones too."""
    query = looked_for(session, vendor_id, asked)
    if asked.q is not None:  # contacts are not for everybody, not even to be guessed
        told = func.concat_ws(" ", *_OPEN)
        query = query.where(*(_folded(told).contains(word) for word in words(asked.q)))
    return newest_first(session, query, Customer.id, Page.of(asked))


def _folded(text: ColumnElement[str]) -> ColumnElement[str]:
    """As words that are looked for are."""
    return func.translate(func.lower(text), "ё", "е")


def doubles(session: KitSession, one: Customer) -> tuple[bool, bool]:
    """Whether another customer, not archived, has the same INN; whether one has the e-mail."""

    def another(same: ColumnElement[bool]) -> bool:
        found = select(Customer.id).where(
            Customer.vendor_id == one.vendor_id,
            Customer.id != one.id,
            Customer.status != CustomerStatus.ARCHIVED,
            same,
        )
        return session.scalar(found.limit(1)) is not None

    has_inn = one.inn is not None
    return has_inn and another(Customer.inn == one.inn), another(Customer.email == one.email)


def family(vendor_id: uuid.UUID, customer_id: uuid.UUID) -> Select[uuid.UUID]:
    """The ids of a customer and of all that were merged into it, at whatever remove."""
    tree = (
        select(Customer.id)
        .where(Customer.vendor_id == vendor_id, Customer.id == customer_id)
        .cte("family", recursive=True)
    )
    tree = tree.union(
        select(Customer.id)
        .join(tree, Customer.merged_into_id == tree.c.id)
        .where(Customer.vendor_id == vendor_id)
    )
    return select(tree.c.id)


def customer_by_reference(session: KitSession, vendor_id: uuid.UUID, text: str) -> Customer:
    """The vendor's customer by our id or by the vendor's own reference, which may be a UUID too."""
    named = Customer.external_ref1 == text
    with contextlib.suppress(ValueError):
        named |= Customer.id == uuid.UUID(text)
    found = session.scalars(select(Customer).where(Customer.vendor_id == vendor_id, named)).first()
    if found is None:
        raise NotFound(N_("There is no customer with this id or reference"))
    return found


def distributor(
    session: KitSession, vendor_id: uuid.UUID, distributor_id: uuid.UUID
) -> Distributor:
    """One distributor of the vendor."""
    found = session.scalar(
        select(Distributor).where(
            Distributor.vendor_id == vendor_id, Distributor.id == distributor_id
        )
    )
    if found is None:
        raise NotFound
    return found


def distributors(
    session: KitSession, vendor_id: uuid.UUID, asked: FindDistributors
) -> Rows[Distributor]:
    """A page of the vendor's distributors, archived ones too."""
    query = select(Distributor).where(Distributor.vendor_id == vendor_id)
    if asked.external_guid is not None:
        query = query.where(Distributor.external_guid == asked.external_guid)
    if asked.status is not None:
        query = query.where(Distributor.status == asked.status)
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query, Distributor.created_at, asked, zone)
    return newest_first(session, query, Distributor.id, Page.of(asked))


def is_attached(session: KitSession, one: Distributor) -> bool:
    """Whether a customer that is not archived came through this distributor."""
    found = select(Customer.id).where(
        Customer.vendor_id == one.vendor_id,
        Customer.distributor_id == one.id,
        Customer.status != CustomerStatus.ARCHIVED,
    )
    return session.scalar(found.limit(1)) is not None
