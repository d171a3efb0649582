"""The first owner, made by whoever opens a fresh server."""

import pytest
from sqlalchemy import select

from app.accounts.models import Membership, User, Vendor
from tests.factories.people import PASSWORD, said

OWNER = {"name": "Анна", "email": "Anna@Example.com", "password": PASSWORD}
VENDOR = {"vendor-name": "ООО «Вектор»", "vendor-slug": "vector", "vendor-prefix": "VEKT"}


def test_a_fresh_server_makes_its_owner_and_goes_on_to_the_second_factor(browser, session):
    browser.post("/setup", OWNER | VENDOR)
    assert str(browser.get("/users").url).endswith("/profile/second-factor")
    [(user, member, vendor)] = session.execute(
        select(User, Membership, Vendor)
        .join(Membership, Membership.user_id == User.id)
        .join(Vendor, Vendor.id == Membership.vendor_id)
    )
    assert (user.email, user.status, member.role) == ("anna@example.com", "active", "owner")
    assert (vendor.slug, vendor.prefix) == ("vector", "VEKT")
    assert PASSWORD not in user.password_hash


@pytest.mark.usefixtures("world")
def test_a_vendor_that_is_there_gets_its_owner(browser, world, session):
    assert world.vendor.name in said(browser.get("/setup"))
    browser.post("/setup", OWNER)
    [member] = session.scalars(select(Membership))
    assert (member.vendor_id, member.role) == (world.vendor.id, "owner")


def test_the_prefix_may_be_typed_in_small_letters(browser, session):
    browser.post("/setup", OWNER | VENDOR | {"vendor-prefix": " vekt "})
    assert session.scalars(select(Vendor.prefix)).all() == ["VEKT"]


@pytest.mark.parametrize("path", ["", "/customers", "/sign-in"])
def test_while_there_is_nobody_every_page_leads_to_the_first_owner(browser, path):
    assert str(browser.get(path).url).endswith("/setup")


def test_a_visitor_chooses_the_language_once(browser):
    assert "The first owner" in said(browser.get("/setup"))
    assert "Первый владелец" in said(browser.get("/setup?lang=ru"))
    assert "Первый владелец" in said(browser.get("/setup"))
    assert "Заполните поле" in said(browser.post("/setup", OWNER | VENDOR | {"name": ""}))


def test_nobody_is_made_twice(browser, session):
    browser.post("/setup", OWNER | VENDOR)
    browser.forget()
    answer = browser.post("/setup", OWNER | VENDOR | {"email": "eve@example.com"})
    assert str(answer.url).endswith("/sign-in")
    assert len(session.scalars(select(User)).all()) == 1
    assert str(browser.get("/setup").url).endswith("/sign-in")


@pytest.mark.parametrize(
    ("field", "value", "said_so"),
    [
        ("password", "short", "12 to 128 characters"),
        ("password", "Password2026!!", "first that are tried"),
        ("password", "anna@example.com", "resembles the e-mail"),
        ("email", "no address", "does not fit"),
        ("vendor-prefix", "vek1", "Four capital Latin letters, such as DEMO"),
        ("email", "", "This field is required"),
        ("name", "", "This field is required"),
    ],
)
def test_what_does_not_fit_is_said_and_the_rest_kept(browser, session, field, value, said_so):
    answer = browser.post("/setup", OWNER | VENDOR | {field: value})
    assert (answer.status_code, said_so in said(answer)) == (422, True)
    assert "vector" in answer.text
    assert PASSWORD not in answer.text
    assert session.scalars(select(Vendor)).all() == []
