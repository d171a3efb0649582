"""A key's products replaced by a coupon: told alike before, in the preview and afterwards."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.coupons.models import Coupon, Redemption
from app.kit.clock import local_date
from app.licensing.models import Entitlement
from tests.factories.people import Browser, hidden, said


@pytest.fixture
def desk(browser: Browser, owner, world, session, installer) -> Browser:
    """A Russian owner; the world's key holds the product with three seats."""
    [code] = world.coupon()
    session.commit()
    installer.redeem(code)
    browser.sign_in(owner).post("/profile/language", {"locale": "ru"})
    return browser


@pytest.fixture
def row(session, world, desk) -> dict[str, str]:
    """The generator's form with what the key holds."""
    assert desk.session is session
    held = session.scalars(select(Entitlement)).one()
    return {
        "preset": "replace_products",
        "bound_key_id": str(world.key.id),
        "rows-0-product": world.product.code,
        "rows-0-quantity": "1",
        "rows-0-channel": "stable",
        "rows-0-seats_kind": "number",
        "rows-0-seats": "3",
        "rows-0-term": "until",
        "rows-0-until": held.valid_until.isoformat(),
        "rows-0-features_kind": "own",
    }


def sentence(page) -> str:
    return re.search(r'class="sentence"><strong>([^<]*)<', page.text)[1]


def test_the_live_sentence_and_the_preview_are_one(desk, world, row):
    more = row | {"rows-0-seats": "5"}
    live = sentence(desk.post("/coupons/describe", more))
    told = "«Складской помощник, 3 места» станет «Складской помощник, 5 мест»"
    assert f"Купон заменит состав ключа …{world.code[-5:]} (ООО «Василёк»): {told}" in live
    first = desk.get(f"/coupons/generate?preset=replace_products&key_id={world.key.id}")
    assert "«Складской помощник, 3 места» станет «Складской помощник, 3 места»" in sentence(first)
    preview = desk.post("/coupons/generate", more | {"do": "check"})
    assert sentence(preview) == live
    assert said(preview).count(told) == 1


def test_several_operations_are_listed_and_one_is_not(desk, world):
    two = {"preset": "custom", "count": "1", "do": "check"}
    for number, days in enumerate(("30", "60")):
        one = {"op": "extend_term", "product": world.product.code, "term": "days", "days": days}
        two |= {f"rows-{number}-{name}": value for name, value in one.items()}
    assert "Операции по порядку" in said(desk.post("/coupons/generate", two))
    one = {name: value for name, value in two.items() if not name.startswith("rows-1")}
    assert "Операции по порядку" not in said(desk.post("/coupons/generate", one))


@pytest.mark.parametrize("step", ["check", "create"])
def test_a_coupon_that_changes_nothing_is_not_made(desk, session, row, step):
    page = desk.post("/coupons/generate", row | {"do": step})
    assert page.status_code == 409
    assert "Состав не меняется — купон ничего не сделает" in said(page)
    assert 'value="3"' in page.text
    assert len(session.scalars(select(Coupon)).all()) == 1


def test_days_from_activation_may_change_something_on_another_day(desk, row):
    days = row | {"rows-0-term": "days", "rows-0-days": "365", "do": "check"}
    assert desk.post("/coupons/generate", days).status_code == 200


def test_the_button_says_that_the_key_changes_at_once(desk, world, session, row):
    more = row | {"rows-0-seats": "5"}
    preview = desk.post("/coupons/generate", more | {"activate": "on", "do": "check"})
    assert f"Создать купон и сразу изменить ключ …{world.code[-5:]}" in said(preview)
    plain = desk.post("/coupons/generate", more | {"do": "check"})
    assert "сразу изменить ключ" not in said(plain)
    made = desk.post("/coupons/generate", hidden(preview) | {"do": "create"})
    assert f"Купон создан и сразу использован: ключ …{world.code[-5:]} изменён" in said(made)
    assert "Складской помощник изменён Места: − 3 → + 5" in said(made)
    assert "можно использовать" not in said(made)
    assert f'href="/cabinet/license-keys/{world.key.id}"' in made.text
    assert len(session.scalars(select(Redemption)).all()) == 2


def test_a_batch_that_is_made_is_told_in_the_past_with_its_seats(desk, world, session):
    day = local_date(session.now(), world.vendor.time_zone) + timedelta(days=30)
    told = {"preset": "add_product", "rows-0-product": world.product.code, "count": "3"}
    told |= {"rows-0-term": "days", "rows-0-days": "365", "valid_until": day.isoformat()}
    preview = desk.post("/coupons/generate", told | {"do": "check"})
    assert "на 3 места на 365 дней" in sentence(preview)
    assert "Количество купонов 3" in said(preview)
    made = desk.post("/coupons/generate", hidden(preview) | {"do": "create"})
    assert "Создано 3 купона, каждый можно использовать 1 раз" in sentence(made)
    assert "Будет создано" not in said(made)
