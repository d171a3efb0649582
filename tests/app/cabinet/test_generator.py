"""The generator tells what comes out before anything is made."""

import re

import pytest
from sqlalchemy import select

from app.coupons.models import Coupon, CouponBatch, Redemption
from tests.factories.people import Browser, hidden, said

ROW = {
    "preset": "add_product",
    "rows-0-product": "warehouse-helper",
    "rows-0-term": "days",
    "rows-0-days": "365",
    "rows-0-seats_kind": "",
    "count": "1",
    "max_redemptions": "1",
}


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


@pytest.fixture
def ten_seats(desk, world) -> None:
    """The product is sold with ten seats, which the multiplier multiplies."""
    sell(desk, world, "10")


def sell(desk: Browser, world, seats: str) -> None:
    path = f"/products/{world.product.id}"
    told = {"name": "Помощник", "term": "days", "days": "365", "default_seats": seats}
    told |= {"transfer_quota": "3", "after_expiry": "block", "seats_multiplied": "on"}
    assert desk.post(path, hidden(desk.get(path)) | told).is_success


def held(desk, world, **row: str):
    """The generator for the world's key, with the row of what it holds."""
    page = desk.get(f"/coupons/generate?preset=replace_products&key_id={world.key.id}")
    told = {"preset": "replace_products", "bound_key_id": str(world.key.id)}
    told |= {"rows-0-product": world.product.code, "rows-0-term": "until"}
    return page, told | row


@pytest.mark.usefixtures("ten_seats")
def test_the_multiplier_says_what_it_comes_to(desk):
    page = desk.post("/coupons/generate", ROW | {"rows-0-quantity": "3", "do": "describe"})
    assert "seats: 3 × 10 = 30" in said(page)
    part = desk.post("/coupons/describe/0", ROW | {"rows-0-quantity": "5"})
    assert "seats: 5 × 10 = 50" in said(part)
    assert "<html" not in part.text
    own = ROW | {"rows-0-quantity": "5", "rows-0-seats_kind": "number", "rows-0-seats": "7"}
    assert "= 50" not in said(desk.post("/coupons/describe/0", own))


def test_a_product_that_multiplies_nothing_has_no_multiplier(desk, world):
    sell(desk, world, "")
    part = desk.post("/coupons/describe/0", ROW)
    assert "nothing to multiply" in said(part)
    assert "rows-0-quantity" not in part.text
    for odd in ("-1", "7", "999999999999"):
        assert desk.post(f"/coupons/describe/{odd}", ROW).status_code == 200


def test_a_reusable_coupon_of_a_trial_is_for_a_million_and_can_be_fewer(desk):
    told = {"preset": "extend_trial", "rows-0-product": "warehouse-helper", "rows-0-days": "14"}
    told |= {"count": "1", "max_redemptions": "1", "reusable": "on"}
    page = desk.post("/coupons/generate", told | {"do": "describe"})
    assert 'value="1000000"' in page.text
    fewer = desk.post("/coupons/generate", told | {"max_redemptions": "500", "do": "describe"})
    assert 'value="500"' in fewer.text
    assert "500 customers" in said(
        desk.post("/coupons/describe", told | {"max_redemptions": "500"})
    )


def test_a_coupon_is_bound_to_a_key_by_its_code_or_to_a_customer_by_words(desk, world, session):
    page = desk.post("/coupons/generate", ROW | {"key": world.code, "do": "bind"})
    assert f'name="bound_key_id" value="{world.key.id}"' in page.text
    assert world.code not in page.text
    wrong = desk.post("/coupons/generate", ROW | {"key": "x", "do": "bind"})
    assert (wrong.status_code, 'id="key-wrong"' in wrong.text) == (422, True)
    words = {"find_customer": world.customer.company[:8], "do": "find"}
    found = desk.post("/coupons/generate", ROW | words)
    assert f'name="bind_customer" value="{world.customer.id}"' in found.text
    bound = desk.post("/coupons/generate", ROW | {"bind_customer": str(world.customer.id)})
    assert f'name="bound_customer_id" value="{world.customer.id}"' in bound.text
    free = desk.post("/coupons/generate", ROW | hidden(bound) | {"do": "unbind"})
    assert 'name="bound_customer_id" value=""' in free.text
    assert session.scalars(select(CouponBatch)).all() == []


def test_a_replacement_shows_now_and_then_and_can_be_activated_at_once(
    desk, world, session, installer
):
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon)
    page, told = held(desk, world)
    assert "What the key holds now" in said(page)
    until = page.text.partition('id="rows-0-until"')[2].partition('value="')[2].partition('"')[0]
    told |= {"rows-0-until": until, "rows-0-seats_kind": "number", "rows-0-seats": "25"}
    live = said(desk.post("/coupons/describe", told))
    assert "“Складской помощник, 3 seats”" in live
    assert "becomes “Складской помощник, 25 seats”" in live
    check = desk.post("/coupons/generate", told | {"activate": "on", "do": "check"})
    assert "What becomes of the key" in said(check)
    assert "It is activated at once" in said(check)
    assert "25" in said(check)
    fields = hidden(check) | told | {"activate": "on", "do": "create"}
    made = desk.post("/coupons/generate", fields)
    assert "The coupon is made and used" in said(made)
    assert len(session.scalars(select(Redemption)).all()) == 2


def test_a_replacement_that_changes_nothing_is_refused_before_it_is_made(
    desk, world, session, installer
):
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon)
    page, _ = held(desk, world)
    fields = {
        name: value
        for name, value in hidden(page).items()
        if name in {"preset", "bound_key_id", "vendor_id"}
    }
    rest = desk.post("/coupons/generate", fields | same_row(page) | {"do": "check"})
    assert rest.status_code == 409
    assert "the coupon would do nothing" in said(rest)
    assert len(session.scalars(select(Coupon)).all()) == 1


def same_row(page) -> dict[str, str]:
    """The first row of the form as the page filled it."""
    own = page.text.partition("<main")[2]
    told = {}
    for tag in re.findall(r"<input[^>]*name=\"rows-0-[^>]*>", own):
        name = re.search(r'name="([^"]*)"', tag)[1]
        value = re.search(r'value="([^"]*)"', tag)
        if 'type="radio"' in tag or 'type="checkbox"' in tag:
            if " checked" in tag:
                told[name] = value[1]
        elif value and value[1]:
            told[name] = value[1]
    for select_tag in re.findall(r"<select.*?</select>", own, re.DOTALL):
        name = re.search(r'name="([^"]*)"', select_tag)[1]
        chosen = re.search(r'value="([^"]*)" selected', select_tag)
        if name.startswith("rows-0-"):
            told[name] = chosen[1] if chosen else ""
    return told
