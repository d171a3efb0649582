"""From one page to the next: what was done leads to what comes after it."""

import re

import pytest
from sqlalchemy import select

from app.accounts.service import mailing
from app.coupons.models import Coupon, CouponBatch
from tests.factories.people import Browser, a_person, hidden, said

ROW = {"preset": "add_product", "rows-0-product": "warehouse-helper", "rows-0-term": "days"}
ROW |= {"rows-0-days": "365", "count": "1", "max_redemptions": "1", "do": "create"}


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the Russian cabinet."""
    browser.sign_in(owner).post("/profile/language", {"locale": "ru"})
    return browser


def body(page) -> str:
    return page.text.partition("<main")[2]


def test_a_fresh_key_leads_to_a_coupon_for_it(desk, world):
    fields = hidden(desk.get("/license-keys/issue"))
    page = desk.post("/license-keys/issue", fields | {"customer_id": str(world.customer.id)})
    assert "Создать купон для этого ключа" in said(page)
    there = re.search(r'href="/cabinet(/coupons/generate\?key_id=[^"]*)"', page.text)[1]
    form = desk.get(there)
    assert hidden(form)["bound_key_id"] in there
    assert world.customer.company in said(form)
    assert "один раз" not in said(page)


def test_a_fresh_coupon_is_activated_without_being_copied(desk, world):
    made = desk.post("/coupons/generate", ROW | {"bound_key_id": str(world.key.id)})
    [code] = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", made.text, re.DOTALL)[1].split()
    assert code not in "".join(re.findall(r'(?:href|action)="[^"]*"', made.text))
    own = made.text.partition('action="/cabinet/coupons/redeem"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', own))
    assert fields["key_id"] == str(world.key.id)
    tried = desk.post("/coupons/redeem", fields | {"do": "check"})
    done = desk.post("/coupons/redeem", hidden(tried) | {"do": "redeem"})
    assert "Купон активирован" in said(done)


def test_a_coupon_for_any_key_is_carried_into_the_form(desk):
    made = desk.post("/coupons/generate", ROW)
    own = made.text.partition('action="/cabinet/coupons/redeem"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', own))
    page = desk.post("/coupons/redeem", fields | {"do": "open"})
    assert f'name="coupon" type="text" value="{fields["coupon"]}"' in page.text


def test_a_key_and_its_story_lead_to_each_other(desk, world):
    card, story = f"/license-keys/{world.key.id}", f"/support/key/{world.key.id}"
    assert f'href="/cabinet{story}"' in body(desk.get(card))
    assert "Почему не ставится?" in said(desk.get(card))
    assert f'href="/cabinet{card}"' in body(desk.get(story))


def test_a_product_leads_to_its_extension_and_a_release_to_those_who_get_it(desk, world, session):
    release = world.release()
    session.commit()
    product = body(desk.get(f"/products/{world.product.id}"))
    assert f'href="/cabinet/extensions/new?product={world.product.code}"' in product
    page = body(desk.get(f"/releases/{release.id}/publish"))
    assert 'href="/cabinet/license-keys/issue"' in page
    assert f'href="/cabinet/releases/{release.id}/audience"' in page


def test_the_history_of_a_key_and_of_its_customer_tells_everything(desk, world, session, installer):
    codes = world.coupon(count=1) + world.coupon(count=1)
    session.commit()
    for code in codes:
        installer.redeem(code)
    for path in (f"/license-keys/{world.key.id}", f"/customers/{world.customer.id}"):
        page = said(desk.get(f"{path}/history"))
        assert page.count("Купон активирован") == 2
        assert "Ключ выпущен" in page
        assert page.index("Купон активирован") < page.index("Ключ выпущен")
    other, _ = world.another_key(world.another_customer())
    session.commit()
    assert "Купон активирован" not in said(desk.get(f"/license-keys/{other.id}/history"))


def test_a_long_history_goes_on_behind_its_fifty_events(desk, world):
    for _ in range(51):
        desk.post(f"/license-keys/{world.key.id}/reveal", {"cause": "checking"})
    first = desk.get(f"/license-keys/{world.key.id}/history")
    there = re.search(r'href="\?cursor=([^"]*)"', first.text)[1]
    second = desk.get(f"/license-keys/{world.key.id}/history?cursor={there}")
    assert "Ключ выпущен" not in said(first)
    assert "Ключ выпущен" in said(second)
    assert desk.get(f"/license-keys/{world.key.id}/history?cursor=x").status_code == 400


def test_without_mail_the_letter_is_refused_on_opening(desk, browser, world, session):
    world.coupon()
    session.commit()
    coupon = session.scalars(select(Coupon)).one()
    assert not mailing.can_send(session, world.vendor.id)
    paths = (f"/license-keys/{world.key.id}/send", f"/coupons/{coupon.id}/send")
    for path in paths:
        page = body(desk.get(path))
        assert 'href="/cabinet/settings/mail"' in page
        assert "Отправить письмо" not in page
    manager = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    browser.forget()
    browser.sign_in(manager)
    for path in paths:
        page = desk.get(path)
        assert (page.status_code, "/cabinet/settings/mail" in page.text) == (200, False)


@pytest.mark.usefixtures("box")
def test_nobody_is_offered_a_coupon_before_a_search(desk, world, session):
    world.coupon()
    session.commit()
    path = f"/coupons/{session.scalars(select(Coupon)).one().id}/send"
    assert 'name="customer_id"' not in desk.get(path).text
    assert "Сначала найдите клиента" in said(desk.get(path))
    found = desk.get(f"{path}?q=Василёк").text
    assert f'value="{world.customer.id}"' in found
    assert "checked" not in found.partition('name="customer_id"')[2].partition(">")[0]


def test_the_second_batch_of_a_day_has_a_number(desk, session):
    for _ in range(3):
        desk.post("/coupons/generate", ROW)
    first, second, third = session.scalars(select(CouponBatch.name).order_by(CouponBatch.id))
    assert re.fullmatch(r"Добавить продукт, \d\d\.\d\d\.\d{4}", first)
    assert (second, third) == (f"{first} (2)", f"{first} (3)")
