"""The list of coupons narrowed and exported; coupons sent to customers."""

import re

import pytest
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.coupons.models import Coupon, CouponBatch
from tests.factories.people import Browser, a_person, hidden, said


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


@pytest.fixture
def three_batches(world, session):
    """A product, a trial of another product, and the other product within a replacement."""
    other = CreateProduct(code="other", name="Другой", default_term={"days": 30}, default_seats=1)
    create_product(session, world.vendor.id, other, actor=SYSTEM)
    term = {"term": {"days": 5}}
    world.coupon(name="продажа", invoice_number="42")
    trial = {"op": "start_trial", "product": "other", "days": 5, "if_used": "extend"}
    world.coupon(name="триал", operations=[trial])
    after = [{"product": "other"} | term]
    replace = {"op": "replace_products", "after": after}
    world.coupon(name="замена", operations=[replace], bound_key_id=world.key.id)
    session.commit()


@pytest.mark.usefixtures("three_batches")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", {"продажа", "триал", "замена"}),
        ("preset=extend_trial", {"триал"}),
        ("product=other", {"триал", "замена"}),
        ("product=warehouse-helper", {"продажа"}),
        ("product=other&preset=replace_products", {"замена"}),
        ("invoice_number=42", {"продажа"}),
        ("created_from=2020-01-01&created_to=2999-01-01", {"продажа", "триал", "замена"}),
        ("created_to=2020-01-01", set()),
    ],
)
def test_coupons_are_found_by_what_they_are_for(desk, asked, found):
    page = desk.get(f"/coupons?{asked}")
    assert page.status_code == 200
    assert set(re.findall(r"/coupons/batches/[^\"]+\">([^<]+)<", page.text)) == found


@pytest.mark.parametrize("asked", ["preset=x", "product=%27", "created_from=x"])
def test_a_filter_that_is_none_is_refused(desk, asked):
    assert desk.get(f"/coupons?{asked}").status_code == 422


@pytest.mark.usefixtures("three_batches")
def test_the_export_has_hints_and_no_codes(desk, world, session):
    [code] = world.coupon(name="=1+1")
    session.commit()
    path = "/coupons/export?preset=add_product"
    answer = desk.post(path, hidden(desk.get(path)) | {"format": "csv"})
    assert "продажа" in answer.text
    assert "'=1+1" in answer.text
    assert "триал" not in answer.text
    assert code not in answer.text
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "list.exported")).one()
    assert event.data["rows"] == 2


def test_a_coupon_goes_to_the_customer_once(desk, world, session, box, work):
    [code] = world.coupon()
    session.commit()
    coupon = session.scalars(select(Coupon)).one()
    path = f"/coupons/{coupon.id}/send"
    page = desk.get(path)
    assert code not in page.text
    sent = hidden(page) | {"customer_id": str(world.customer.id), "to": "email", "locale": "ru"}
    assert "The letter is queued" in said(desk.post(path, sent))
    assert "This was done before" in said(desk.post(path, sent))
    assert "queued" in said(desk.get(f"/coupons/{coupon.id}"))
    assert work() == 1
    assert code in box.text()
    assert "sent" in said(desk.get(f"/coupons/{coupon.id}"))


def test_a_batch_goes_to_one_customer(desk, world, session, box, work):
    fields = {"preset": "add_product", "rows-0-product": "warehouse-helper", "rows-0-term": "days"}
    fields |= {"rows-0-days": "9", "count": "2", "max_redemptions": "1", "do": "create"}
    assert "Send to the customer" in said(desk.post("/coupons/generate", fields))
    batch = session.scalars(select(CouponBatch)).one()
    path = f"/coupons/batches/{batch.id}/send"
    refused = desk.post(path, hidden(desk.get(path)))
    assert refused.status_code == 422
    done = desk.post(path, hidden(refused) | {"customer_id": str(world.customer.id)})
    assert "The letter is queued" in said(done)
    work()
    assert box.letters[0]["To"] == world.customer.email


def test_without_a_mail_server_the_page_says_so(desk, world, session):
    world.coupon()
    session.commit()
    coupon = session.scalars(select(Coupon)).one()
    path = f"/coupons/{coupon.id}/send"
    answer = desk.post(path, hidden(desk.get(path)) | {"customer_id": str(world.customer.id)})
    assert answer.status_code == 409
    assert "Mail is not set up" in said(answer)


def test_support_sends_no_codes(browser, world, session):
    person = a_person(session, world.vendor.id, "support")
    world.coupon()
    session.commit()
    coupon = session.scalars(select(Coupon)).one()
    assert browser.sign_in(person).get(f"/coupons/{coupon.id}/send").status_code == 403


@pytest.mark.parametrize("name", ["coupons", "license-keys"])
def test_a_longer_code_to_look_for_leaves_the_address(desk, world, session, name):
    world.coupon()
    session.commit()
    found = desk.get(f"/{name}?hint=%20{world.code}&status=active")
    assert str(found.url).endswith(f"/{name}?hint={world.code[-5:]}&status=active")
    assert world.code not in found.text
