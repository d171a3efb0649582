"""Hostile text in every text field of every form: refused clearly, or shown as text."""

from itertools import product

import pytest
from httpx2 import Response

from app.kit.config import Settings
from tests.browser.pages import FIXED, PAGES, VARIANTS
from tests.browser.site import furnish
from tests.factories.markup import FormMarkup, forms_of
from tests.factories.people import Browser
from tests.factories.prepared import prepared

MARKUP = "=1+1\"'><script>alert(1)</script>{{7*7}}&lt;"
TEXTS = {
    "markup": MARKUP,
    "control": "a\x00b\x1bc\x07d",
    "direction": "\u202eabc\u2066d\u200f",
    "long": "x" * 10_001,
}
PARTS, LEAST = 4, 20
REFUSED = 422
ANSWERS = {200, 404, 409, REFUSED}


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Of a server whose people have no second factor."""
    return Settings(environment="test", data=tmp_path, totp_required=False)


@pytest.fixture
def site(session):
    """One thing of every kind."""
    made = prepared(session, furnish)
    session.commit()
    return made


@pytest.fixture
def desk(browser: Browser, site) -> Browser:
    """Its owner at work."""
    browser.come_with(site.cookies["light-en"])
    return browser


def opened(desk: Browser, path: str, place: int) -> FormMarkup | None:
    """A form of a page as it is now; none if the page has lost it by what was sent before."""
    found = forms_of(desk.get(path).text)
    return found[place] if place < len(found) else None


def faults(desk: Browser, path: str, place: int) -> dict[str, str]:
    """By the field: what is wrong with the answers to hostile texts in it."""
    found, form = {}, opened(desk, path, place)
    for name, (kind, told) in product(form.typed, TEXTS.items()):
        answer = desk.post(form.goes(path), form.sent(**{name: told}))
        if fault := fault_of(answer, name, told):
            found[f"{name} {kind}"] = fault
        if answer.status_code != REFUSED:
            form = opened(desk, path, place)
        if form is None:
            break
    return found


SAID = ("error-summary", "Nothing was found")
"""What a refusal shows: the search has an answer where other forms have errors."""


def fault_of(answer: Response, name: str, told: str) -> str:
    """What is wrong with an answer, or nothing."""
    page, is_refused = answer.text, answer.status_code == REFUSED
    faults = {
        f"answered {answer.status_code}": answer.status_code not in ANSWERS,
        "is markup of the page": "<script>alert" in page,
        "is escaped twice": "&amp;lt;script" in page or "&amp;amp;" in page,
        "was run as a template": "49&" in page,
        "is refused without a word": is_refused and not any(map(page.count, SAID)),
        "is lost after the refusal": is_refused and told == MARKUP and is_lost(page, name),
    }
    return ", ".join(text for text, is_so in faults.items() if is_so)


def is_lost(page: str, name: str) -> bool:
    """Whether the field is there again without what was typed; secrets are never repeated."""
    again = [each for each in forms_of(page) if name in each.typed]
    secret = name.endswith("password") or name == "otp_code"
    return bool(again) and not secret and MARKUP not in dict(again[0].fields)[name]


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_a_field_of_any_form_is_refused_or_shown_as_text(desk, site, part):
    wrong, count = {}, 0
    for template in (*PAGES, *VARIANTS)[part::PARTS]:
        path = template.format(**site.ids, **FIXED).removeprefix("/cabinet")
        for place, form in enumerate(forms_of(desk.get(path).text)):
            count += len(form.typed)
            wrong |= {f"{path} {told}": why for told, why in faults(desk, path, place).items()}
    assert wrong == {}
    assert count > LEAST
