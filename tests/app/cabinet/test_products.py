"""Products in the cabinet: a card with a tab for each part, archived and never deleted."""

import pytest
from sqlalchemy import select

from app.catalog.models import Feature, Product
from app.catalog.queries import offerings
from tests.factories.people import Browser, a_person, hidden, said

NEW = {
    "name": "Ценники",
    "code": "labels",
    "term": "days",
    "days": "365",
    "seats_multiplied": "on",
    "trial_kind": "calendar_days",
    "trial_days": "14",
    "after_expiry": "keep_releases",
    "transfer_quota": "3",
}
TABS = ("", "/features", "/trial", "/agreements", "/extensions", "/history")


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


@pytest.fixture
def path(world) -> str:
    """The product's card."""
    return f"/products/{world.product.id}"


@pytest.fixture
def feature(desk, session) -> Feature:
    """An option to sell."""
    told = hidden(desk.get("/features")) | {"code": "users", "name": "Пользователи"}
    assert desk.post("/features", told).is_success
    return session.scalars(select(Feature).where(Feature.code == "users")).one()


def row(session, world) -> Product:
    return session.get_one(Product, world.product.id, populate_existing=True)


def test_a_product_is_made_with_everything_at_once(desk):
    made = desk.post("/products/new", hidden(desk.get("/products/new")) | NEW)
    assert (made.status_code, "Ценники is added" in said(made)) == (200, True)
    assert 'value="14"' in desk.get(f"{made.url.path.removeprefix('/cabinet')}/trial").text


def test_wrong_numbers_are_told_at_their_fields_and_kept(desk, feature, path):
    told = NEW | {"days": "0", "features": feature.code, f"quantity-{feature.code}": "x"}
    answer = desk.post("/products/new", hidden(desk.get("/products/new")) | told)
    assert answer.status_code == 422
    for name in ("days", f"quantity-{feature.code}"):
        assert f'href="#{name}"' in answer.text
        assert f'id="{name}"' in answer.text
    trial = hidden(desk.get(f"{path}/trial")) | {"trial_kind": "calendar_days"}
    refused = desk.post(f"{path}/trial", trial | {"trial_days": "999"})
    assert (refused.status_code, 'value="999"' in refused.text) == (422, True)


def test_each_tab_changes_its_own_part_and_leaves_the_others(desk, world, session, feature, path):
    before = row(session, world).name
    trial = {"trial_kind": "calendar_days", "trial_days": "30"}
    assert desk.post(f"{path}/trial", hidden(desk.get(f"{path}/trial")) | trial).is_success
    picked = {"features": feature.code, f"quantity-{feature.code}": "5"}
    assert desk.post(f"{path}/features", hidden(desk.get(f"{path}/features")) | picked).is_success
    kept = row(session, world)
    assert (kept.trial_kind, kept.trial_days, kept.name) == ("calendar_days", 30, before)
    (sold,) = offerings(session, [kept])
    [(link, found)] = sold.features
    assert (found.code, link.quantity, link.multiplied) == (feature.code, 5, False)


def test_two_people_at_one_product_choose_field_by_field(desk, world, session, feature, path):
    carried, tab = hidden(desk.get(f"{path}/features")), f"{path}/features"
    theirs = {"features": feature.code, f"quantity-{feature.code}": "7"}
    assert desk.post(tab, carried | theirs).is_success
    mine = {"features": feature.code, f"quantity-{feature.code}": "9"}
    mine |= {f"multiplied-{feature.code}": "on"}
    answer = desk.post(tab, carried | mine)
    assert answer.status_code == 409
    assert "you changed this in another window" in said(answer)
    assert "Yours: 9 Saved now: 7" in said(answer)
    picks = {f"pick-quantity-{feature.code}": "theirs", f"pick-multiplied-{feature.code}": "mine"}
    assert desk.post(tab, hidden(answer) | mine | picks).is_success
    (sold,) = offerings(session, [row(session, world)])
    [(link, _)] = sold.features
    assert (link.quantity, link.multiplied) == (7, True)


def test_a_product_is_archived_after_a_page_with_the_count_and_comes_back(
    desk, world, session, installer, path
):
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon)
    asked = desk.get(f"{path}/archive")
    assert "1 key holds it" in said(asked)
    held = desk.post(f"{path}/archive", hidden(asked))
    assert (held.status_code, "published extensions" in said(held)) == (409, True)
    line = f"/extensions/{world.extension.id}/edit"
    told = {"product": world.product.code, "onec_name": world.extension.onec_name}
    told |= {"title_ru": "Помощник", "purpose": "patch"}
    assert desk.post(line, hidden(desk.get(line)) | told).is_success
    assert "The product is archived" in said(desk.post(f"{path}/archive", hidden(asked)))
    back = hidden(desk.get(path))
    assert "sold again" in said(desk.post(f"{path}/restore", back))
    assert row(session, world).status == "active"


def test_a_retired_feature_is_given_no_more(desk, feature, path):
    here = f"/features/{feature.id}"
    told = {"name": feature.name, "retired": "on"}
    assert desk.post(here, hidden(desk.get(here)) | told).is_success
    assert f'value="{feature.code}"' not in desk.get(f"{path}/features").text
    assert f'value="{feature.code}"' not in desk.get("/coupons/generate").text


def test_the_list_counts_keys_and_the_card_its_agreements(desk, world, session, installer, path):
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon)
    assert 'data-label="Keys">1<' in desk.get("/products").text
    told = {"text_ru": "Соглашение\nвторая строка", "effective_from": "2026-01-01"}
    done = desk.post(f"{path}/eula", hidden(desk.get(f"{path}/eula")) | told)
    assert "The agreement is published" in said(done)
    assert 'data-label="Accepted for infobases">0<' in done.text


@pytest.mark.parametrize("tab", TABS)
def test_readers_see_every_tab_and_no_button_of_an_act(browser, world, session, path, tab):
    person = a_person(session, world.vendor.id, "support", factor=False)
    session.commit()
    page = browser.sign_in(person).get(f"{path}{tab}")
    own = page.text.partition("<main")[2]
    assert page.status_code == 200
    assert "<form" not in own
    assert "/edit" not in own
    assert "/archive" not in own
