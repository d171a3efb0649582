"""Every form says for which vendor it is, and none passes that does not."""

import re
from pathlib import Path

import pytest

from app.kit.resources import folder
from tests.factories.people import Browser, said

FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>.*?</form>', re.DOTALL)
PERSONAL = re.compile(
    r'action="/cabinet/(vendor|sign-out|profile/language|profile/theme)"'
    r"|{% for name, value in (errand\.)?fields %}"
)
"""What is no matter of a vendor's, and forms that repeat the fields of another one."""
VISITORS = {"sign_in", "setup", "invite", "password"}
NEW = {"company": "ООО «Ромашка»", "email": "a@example.com"}


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


def test_every_form_says_for_which_vendor_it_is():
    forgetful, count = [], 0
    for path in sorted(Path(folder("templates")).rglob("*.html")):
        for form in FORM.findall(path.read_text("utf-8")):
            count += 1
            known = "hidden(" in form or 'name="vendor_id"' in form or PERSONAL.search(form)
            if not known and path.parent.name not in VISITORS:
                forgetful.append((path.name, form[:120]))
    assert forgetful == []
    assert count > 80


def test_a_form_that_says_no_vendor_changes_nothing(desk):
    desk.vendor_id = ""
    answer = desk.post("/customers/new", NEW)
    assert answer.status_code == 409
    assert "does not say for which vendor" in said(answer)


@pytest.mark.parametrize("first", [True, False])
def test_a_form_for_two_vendors_changes_nothing(desk, world, first):
    other = "0192f0c1-2f3a-7c11-8e4d-000000000000"
    both = [str(world.vendor.id), other]
    told = both if first else both[::-1]
    answer = desk.post("/customers/new", NEW | {"vendor_id": told})
    assert (answer.status_code, "another vendor" in said(answer)) == (409, True)


def test_a_form_for_the_own_vendor_passes(desk):
    assert "/cabinet/customers/" in str(desk.post("/customers/new", NEW).url)


def test_what_people_set_for_themselves_needs_no_vendor(desk):
    desk.vendor_id = ""
    assert desk.post("/profile/theme", {"theme": "dark", "back": "/cabinet"}).status_code == 200
    assert str(desk.post("/sign-out").url).endswith("/cabinet/sign-in")
