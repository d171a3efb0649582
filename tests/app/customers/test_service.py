"""Making a customer."""

import pytest
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.customers import queries, service
from app.customers.models import Customer
from app.customers.problems import CustomerExists
from app.customers.schemas import CreateCustomer
from app.kit.problems import NotFound
from tests.factories.world import make_world


def made(session, world, **more):
    command = CreateCustomer(company="ООО «Ромашка»", email="buyer@example.com", **more)
    return service.create(session, world.vendor.id, command, actor=SYSTEM)


def test_a_customer_is_kept_with_its_event(session, world):
    customer = made(session, world, inn="7700123459", external_ref1="CRM-1")
    session.commit()
    session.expire_all()
    kept = queries.customer(session, world.vendor.id, customer.id)
    assert (kept.company, kept.inn, kept.status) == ("ООО «Ромашка»", "7700123459", "active")
    event = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == customer.id)).one()
    assert event.action == "customer.created"


def test_a_reference_of_the_crm_names_one_customer_of_a_vendor(session, world):
    made(session, world, external_ref1="CRM-1")
    with pytest.raises(CustomerExists):
        made(session, world, external_ref1="CRM-1")


def test_customers_without_a_reference_and_those_of_other_vendors_do_not_collide(session, world):
    other = make_world(session, "OTHR")
    for owner in (world, world, other):
        made(session, owner)
    made(session, world, external_ref1="CRM-1")
    made(session, other, external_ref1="CRM-1")
    session.commit()
    named = select(Customer).where(Customer.external_ref1 == "CRM-1")
    assert len(session.scalars(named).all()) == 2


def test_another_vendor_s_customer_is_absent(session, world):
    other = make_world(session, "OTHR")
    with pytest.raises(NotFound):
        queries.customer(session, world.vendor.id, other.customer.id)
