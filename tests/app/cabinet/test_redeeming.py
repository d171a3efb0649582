"""Activating a coupon in the cabinet: shown first, and a refusal says what to do instead."""

import re

import pytest
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.coupons.models import Coupon, Redemption
from app.coupons.schemas import DisableCoupon, UpdateCoupon
from app.coupons.service import coupons
from app.licensing.models import LicenseKey
from app.licensing.schemas import WithReason
from app.licensing.service.lifecycle import suspend
from tests.factories.people import Browser, a_person, hidden, said


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


@pytest.fixture
def code(world, session) -> str:
    """A coupon of one use."""
    [made] = world.coupon()
    session.commit()
    return made


def try_it(desk: Browser, world, code: str, **fields: str):
    """The dry run."""
    told = {"key": world.code, "coupon": code, "do": "check"}
    return desk.post("/coupons/redeem", told | fields)


def the_coupon(session) -> Coupon:
    return session.scalars(select(Coupon)).one()


def test_the_dry_run_tells_the_customer_the_state_and_every_change(desk, world, session, code):
    page = said(try_it(desk, world, code))
    assert world.customer.company in page
    assert "Now Becomes" in page
    assert session.scalars(select(Redemption)).all() == []


def test_the_same_coupon_on_the_same_key_is_told_as_done(desk, world, session, code):
    desk.post("/coupons/redeem", hidden(try_it(desk, world, code)) | {"do": "redeem"})
    again = try_it(desk, world, code)
    assert "This coupon was activated on this key on 20" in said(again)
    assert 'value="redeem"' not in again.text
    told = {"key": world.code, "coupon": code, "do": "redeem"}
    assert "was activated on this key on" in said(desk.post("/coupons/redeem", told))
    assert len(session.scalars(select(Redemption)).all()) == 1


def test_a_used_coupon_leads_to_its_redemption(desk, world, session, code):
    desk.post("/coupons/redeem", hidden(try_it(desk, world, code)) | {"do": "redeem"})
    other, text = world.another_key(world.another_customer())
    session.commit()
    page = try_it(desk, world, code, key=text)
    assert re.search(r"Used 1 of 1, \d{4}-\d\d-\d\d, customer ООО «Василёк»", said(page))
    assert f'href="/cabinet/license-keys/{world.key.id}/coupons"' in page.text
    assert other.id != world.key.id


def test_a_disabled_coupon_tells_since_when_and_why(desk, world, session, code):
    reason = DisableCoupon(reason="утекла партия")
    coupons.disable(session, world.vendor.id, the_coupon(session).id, reason, actor=SYSTEM)
    session.commit()
    page = try_it(desk, world, code)
    assert "утекла партия" in said(page)
    assert f'href="/cabinet/coupons/{the_coupon(session).id}"' in page.text
    assert "Enable it on its card" in said(page)


def test_an_expired_coupon_leads_to_its_end(desk, world, session, code):
    row, past = the_coupon(session), UpdateCoupon(valid_until="2020-01-31")
    version = row.row_version
    coupons.update_coupon(session, world.vendor.id, row.id, past, version=version, actor=SYSTEM)
    session.commit()
    page = try_it(desk, world, code)
    assert "2020" in said(page)
    assert f'href="/cabinet/coupons/{row.id}/edit"' in page.text


def test_a_coupon_without_effect_names_the_product_and_what_to_do_instead(desk, world, session):
    [first, second] = world.coupon(count=2, operations=[PERPETUAL])
    session.commit()
    desk.post("/coupons/redeem", hidden(try_it(desk, world, first)) | {"do": "redeem"})
    other, text = world.another_key(world.another_customer())
    page = try_it(desk, world, second)
    assert world.product.name in said(page)
    assert f"preset=replace_products&amp;key_id={world.key.id}" in page.text
    assert (other.id, text) != (world.key.id, world.code)


PERPETUAL = {"op": "add_product", "product": "warehouse-helper", "term": {"perpetual": True}}


def test_a_key_that_changed_is_shown_anew_and_asked_about_again(desk, world, session):
    [first, second] = world.coupon(count=2)
    session.commit()
    seen = hidden(try_it(desk, world, first))
    desk.post("/coupons/redeem", hidden(try_it(desk, world, second)) | {"do": "redeem"})
    again = desk.post("/coupons/redeem", seen | {"do": "redeem"})
    assert again.status_code == 409
    assert "preview again" in said(again)
    assert "Now Becomes" in said(again)
    assert len(session.scalars(select(Redemption)).all()) == 1


def test_from_its_card_a_coupon_is_activated_without_being_shown(desk, world, session, code):
    row = the_coupon(session)
    card = desk.get(f"/coupons/{row.id}")
    there = re.search(r'href="/cabinet(/coupons/redeem\?coupon_id=[^"]*)"', card.text)[1]
    form = desk.get(there)
    told = hidden(form) | {"key": world.code, "do": "check"}
    tried = desk.post("/coupons/redeem", told)
    assert code not in form.text + tried.text
    done = desk.post("/coupons/redeem", hidden(tried) | {"do": "redeem"})
    assert "The coupon is activated" in said(done)
    assert "coupon.revealed" not in session.scalars(select(AuditEvent.action)).all()


def test_no_link_is_shown_to_those_who_may_not_follow_it(browser, world, session, code):
    person = a_person(session, world.vendor.id, "auditor", factor=False)
    session.commit()
    page = browser.sign_in(person).get(f"/coupons/{the_coupon(session).id}")
    assert page.status_code == 200
    for act in ("/redeem", "/disable", "/edit", "/reveal", "/generate", "/send"):
        assert act not in page.text.partition("<main")[2]
    assert code not in page.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("DEMOUPD-AAAAA-AAAAA-AAAAA-AAAAA", "The coupon is mistyped, check each group"),
        ("x", "The coupon is mistyped, check each group"),
    ],
)
def test_a_refused_coupon_stays_in_its_field_with_the_refusal_under_it(desk, world, typed, told):
    page = try_it(desk, world, typed)
    assert page.status_code == 422
    assert 'id="coupon-wrong"' in page.text
    assert f'name="coupon" type="text" value="{typed}"' in page.text
    assert f'name="key" type="text" value="{world.code}"' in page.text
    assert told in said(page)
    assert "COUPON_MALFORMED" not in said(page)
    assert "vendor with the request number" not in said(page)


def test_a_code_in_the_other_field_is_told_what_it_is(desk, world, code):
    desk.post("/profile/language", {"locale": "ru"})
    as_coupon = try_it(desk, world, world.code)
    assert "Это лицензионный ключ, а не купон" in said(as_coupon)
    as_key = try_it(desk, world, code, key=code)
    assert (as_key.status_code, 'id="key-wrong"' in as_key.text) == (422, True)
    assert "Это купон, а не лицензионный ключ" in said(as_key)


def test_nobody_of_the_vendor_is_sent_to_the_vendor(desk, world, session, code):
    desk.post("/coupons/redeem", hidden(try_it(desk, world, code)) | {"do": "redeem"})
    _, text = world.another_key(world.another_customer())
    session.commit()
    desk.post("/profile/language", {"locale": "ru"})
    first = try_it(desk, world, code, key=text)
    other = session.scalars(select(LicenseKey).where(LicenseKey.id != world.key.id)).one()
    ids = {"key_id": str(other.id), "coupon": code}
    for page in (first, desk.post("/coupons/redeem", ids | {"do": "redeem"})):
        assert page.status_code == 409
        assert re.search(r"Использован 1 из 1, \d\d\.\d\d\.\d{4}, клиент ООО «Василёк»", said(page))
        assert "Обратитесь к вендору" not in said(page)
        assert f'value="{code}"' in page.text


def test_a_key_that_stands_still_leads_to_its_card(desk, world, session, code):
    why = WithReason(reason="не оплачен")
    suspend(session, world.vendor.id, world.key.id, why, actor=SYSTEM)
    session.commit()
    page = try_it(desk, world, code)
    assert 'id="key-wrong"' in page.text
    assert f'href="/cabinet/license-keys/{world.key.id}"' in page.text
    assert "Make the key work again" in said(page)


def test_a_coupon_that_was_activated_here_is_told_in_the_past(desk, world, code):
    desk.post("/profile/language", {"locale": "ru"})
    desk.post("/coupons/redeem", hidden(try_it(desk, world, code)) | {"do": "redeem"})
    again = said(try_it(desk, world, code))
    assert re.search(r"Этот купон уже активирован на этом ключе \d\d\.\d\d\.\d{4}", again)
    for page in (again, said(desk.get(f"/license-keys/{world.key.id}/coupons"))):
        assert "Складской помощник добавлен" in page
        assert re.search(r"Срок: до \d\d\.\d\d\.\d{4}", page)
        assert "добавится" not in page
