"""Columns that a person chose are theirs, on every visit and in every browser."""

import pytest

from tests.factories.people import Browser, a_person


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


def head(desk: Browser, name: str) -> str:
    return desk.get(f"/{name}").text.partition("<thead>")[2].partition("</thead>")[0]


@pytest.mark.parametrize(
    ("name", "kept", "gone"),
    [
        ("customers", "inn", ">Agent"),
        ("license-keys", "seats", ">Nearest"),
        ("coupons", "used", ">Batch"),
        ("products", "code", ">Trial"),
        ("extensions", "keys", ">Newest"),
    ],
)
def test_a_choice_of_columns_stays_with_the_person(desk, session, world, name, kept, gone):
    world.coupon()
    other = a_person(session, world.vendor.id, "manager")
    session.commit()
    assert gone in head(desk, name)
    back = f"/cabinet/{name}?created_from=2020-01-01"
    done = desk.post(f"/{name}/columns", {"columns": [kept, "x"], "back": back})
    assert str(done.url).endswith(back)
    assert gone not in head(desk, name)
    mine = desk.cookie
    desk.forget()
    assert gone in head(desk.sign_in(other), name)
    desk.come_with(mine)
    assert gone not in head(desk, name)


@pytest.mark.parametrize("back", ["https://example.com/", "//example.com", "/cabinet/../x", ""])
def test_after_the_choice_nobody_is_led_elsewhere(desk, back):
    done = desk.post("/customers/columns", {"back": back})
    assert str(done.url).endswith("/cabinet/customers")


def test_a_list_without_a_choice_has_none(desk):
    assert desk.post("/nowhere/columns", {}).status_code == 404
