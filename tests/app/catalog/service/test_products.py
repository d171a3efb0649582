"""Products, extensions and agreements."""

import hashlib

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.models import Extension, Product
from app.catalog.problems import CodeExists
from app.catalog.schemas.eulas import PublishEula
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.products import CreateProduct
from app.catalog.service import extensions, products
from app.kit.problems import NotFound
from tests.factories.world import make_world


def a_product(session, world, code="price-tags", **told):
    command = CreateProduct(code=code, name="Ценники", **told)
    return products.create_product(session, world.vendor.id, command, actor=SYSTEM)


def an_extension(session, world, **told):
    told = {
        "product": "warehouse-helper",
        "code": "labels",
        "onec_name": "Этикетки",
        "title_ru": "Этикетки",
    } | told
    command = CreateExtension.model_validate(told)
    return extensions.create_extension(session, world.vendor.id, command, actor=SYSTEM)


@pytest.mark.parametrize(
    ("told", "term"), [({"default_term": {"days": 30}}, {"days": 30}), ({}, {"perpetual": True})]
)
def test_a_product_is_sold_for_days_or_for_ever(world, session, told, term):
    made = a_product(session, world, **told)
    session.commit()
    session.expire_all()
    assert (made.default_term, made.status, made.after_expiry) == (term, "active", "keep_releases")
    assert (made.default_seats, made.seats_multiplied) == (None, True)


def test_a_code_is_taken_once_per_vendor(world, session):
    other = make_world(session, "OTHR")
    a_product(session, world)
    with pytest.raises(CodeExists):
        a_product(session, world)
    a_product(session, other)
    session.commit()
    found = session.scalars(select(Product).where(Product.code == "price-tags")).all()
    assert {row.vendor_id for row in found} == {world.vendor.id, other.vendor.id}


@pytest.mark.parametrize(
    "taken", [{"code": "warehouse-helper"}, {"onec_name": "СкладскойПомощник"}]
)
def test_an_extension_has_a_code_and_a_1c_name_of_its_own(world, session, taken):
    with pytest.raises(CodeExists):
        an_extension(session, world, **taken)
    assert len(session.scalars(select(Extension)).all()) == 1


def test_an_extension_hangs_on_the_vendor_s_own_product(world, session):
    other = make_world(session, "OTHR")
    a_product(session, other, "theirs")
    with pytest.raises(NotFound):
        an_extension(session, world, product="theirs")


@pytest.mark.parametrize(
    "told",
    [
        {"code": "Labels"},
        {"code": "-labels"},
        {"code": "x" * 64},
        {"code": "этикетки"},
        {"onec_name": "1Этикетки"},
        {"onec_name": "Эти кетки"},
        {"onec_name": "Э" * 129},
        {"onec_name": ""},
        {"title_ru": ""},
        {"docs_url": "http://example.com"},
        {"docs_url": "javascript:alert(1)"},
        {"purpose": "virus"},
        {"conflicts_with": ["Э" * 129]},
    ],
)
def test_another_extension_is_refused(told):
    base = {"product": "p", "code": "labels", "onec_name": "Этикетки", "title_ru": "Этикетки"}
    with pytest.raises(ValidationError):
        CreateExtension.model_validate(base | told)


def test_what_may_be_offered_has_a_version_that_only_grows(world, session):
    seen = []

    def version():
        return session.scalar(select(Vendor.catalogue_version).where(Vendor.id == world.vendor.id))

    for act in (lambda: an_extension(session, world), world.eula, world.release):
        act()
        session.commit()
        seen.append(version())
    assert seen == sorted(set(seen))


def test_an_agreement_keeps_the_hash_of_each_text(world, session):
    made = world.eula("Соглашение", text_en="Agreement")
    assert made.sha256_ru == hashlib.sha256("Соглашение".encode()).hexdigest()
    assert made.sha256_en == hashlib.sha256(b"Agreement").hexdigest()
    session.commit()
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "eula.published")).one()
    assert event.data["sha256"] == made.sha256_ru


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 100_001, "а\x00б"])
def test_another_text_is_no_agreement(text):
    with pytest.raises(ValidationError):
        PublishEula(product="warehouse-helper", text_ru=text)


def test_two_agreements_at_once_are_numbered_in_their_order(world, statements):
    """The vendor's row is locked before the last number is read, so the second one waits."""
    with statements() as run:
        world.eula()
    locked = next(place for place, told in enumerate(run) if told.startswith("UPDATE vendors"))
    read = next(place for place, told in enumerate(run) if "ORDER BY eulas.number DESC" in told)
    assert locked < read
