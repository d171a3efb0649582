"""Nobody is shown a way to what their role may not do."""

import re
from html import unescape

import pytest

from tests.capabilities import first_of
from tests.factories.people import a_person

LINK = re.compile(r'<a [^>]*href="/cabinet(/[^"#]*)"')
FORM = re.compile(r'<form [^>]*method="post"[^>]*>.*?</form>', re.DOTALL)
HARMLESS = ("/columns", "/audience")
"""Forms that change nothing of the vendor's: which columns are shown, what a tester answers."""


@pytest.fixture
def pages(world, session, installer) -> list[str]:
    """Lists and cards of sales and catalogue, each with something in it."""
    coupons = world.coupon(count=2)
    release = world.release()
    session.commit()
    installer.redeem(coupons[0])
    installer.activate()
    lists = ["customers", "license-keys", "coupons", "coupons/batches", "distributors"]
    lists += ["products", "features", "extensions", "configurations"]
    product, extension = f"products/{world.product.id}", f"extensions/{world.extension.id}"
    key, card = f"license-keys/{world.key.id}", f"releases/{release.id}"
    tabs = [f"{key}/{name}" for name in ("seats", "coupons", "history")]
    tabs += [f"{product}/{name}" for name in ("features", "trial", "agreements", "extensions")]
    tabs += [f"{card}/{name}" for name in ("compatibility", "audience", "publish", "history")]
    return [
        f"/{path}"
        for path in (*lists, f"customers/{world.customer.id}", key, product, extension, card, *tabs)
    ]


@pytest.mark.parametrize("role", first_of("auditor", "support", "release", "manager"))
def test_no_link_leads_where_the_role_may_not_go(browser, world, session, pages, role):
    person = a_person(session, world.vendor.id, role)
    session.commit()
    desk = browser.sign_in(person)
    found: set[str] = set(pages)
    closed = set()
    for path in pages:
        answer = desk.get(path)
        if answer.status_code == 403:
            closed.add(path)
            continue
        own = answer.text.partition("<main")[2]
        links = {unescape(link) for link in LINK.findall(own)}
        found |= {link for link in links if not link.endswith("/file")}
    refused = [path for path in sorted(found - closed) if desk.get(path).status_code == 403]
    assert refused == []


@pytest.mark.parametrize("role", ["auditor"])
def test_who_only_reads_meets_no_form_that_changes_anything(browser, world, session, pages, role):
    person = a_person(session, world.vendor.id, role)
    session.commit()
    desk = browser.sign_in(person)
    for path in pages:
        own = desk.get(path).text.partition("<main")[2]
        forms = [form for form in FORM.findall(own) if not any(each in form for each in HARMLESS)]
        assert forms == [], path
