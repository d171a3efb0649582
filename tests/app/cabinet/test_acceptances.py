"""Accepted agreements: counted at the product, listed, and told of infobases and in stories."""

import pytest

from app.audit.actor import SYSTEM
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from tests.factories.people import Browser, a_person, said
from tests.factories.requests import Stage, make_stage


@pytest.fixture
def stage(session) -> Stage:
    """One agreement, accepted for one infobase."""
    made = make_stage(session)
    session.commit()
    return made


@pytest.fixture
def desk(browser: Browser, stage, session) -> Browser:
    """The owner of the stage's vendor."""
    person = a_person(session, stage.world.vendor.id)
    session.commit()
    return browser.sign_in(person)


def test_a_product_tells_how_often_its_agreement_was_accepted(desk, stage):
    card = f"/products/{stage.world.product.id}"
    assert f'{card}/acceptances?eula_id={stage.eula.id}">1<' in desk.get(f"{card}/agreements").text
    words = said(desk.get(f"{card}/acceptances?eula_id={stage.eula.id}"))
    assert "ООО «Василёк»" in words
    assert "№ 1 Анна Бухгалтерия" in words
    assert stage.world.key.hint in words
    assert "Nothing matches" in said(desk.get(f"{card}/acceptances?created_to=2020-01-01"))


def test_acceptances_of_another_product_are_not_listed(desk, stage, session):
    told = {"code": "other", "name": "Другой", "default_term": {"days": 9}, "default_seats": 1}
    vendor_id = stage.world.vendor.id
    other = create_product(session, vendor_id, CreateProduct(**told), actor=SYSTEM)
    session.commit()
    assert "Nobody has accepted" in said(desk.get(f"/products/{other.id}/acceptances"))


def test_a_customer_is_shown_it_beside_the_infobase(desk, stage):
    words = said(desk.get(f"/customers/{stage.world.customer.id}/infobases"))
    assert "accepted № 1" in words


@pytest.mark.parametrize("kind", ["key", "customer", "infobase"])
def test_a_story_tells_of_it(desk, stage, kind):
    ids = {
        "key": stage.world.key.id,
        "customer": stage.world.customer.id,
        "infobase": stage.seat.activation.infobase_id,
    }
    assert "Agreement accepted" in said(desk.get(f"/support/{kind}/{ids[kind]}"))
