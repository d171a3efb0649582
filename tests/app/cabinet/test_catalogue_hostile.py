"""Every text field of the catalogue's forms survives what people and programs may put into it."""

import pytest

from tests.capabilities import first_of
from tests.factories.people import Browser, hidden
from tests.factories.publishing import RULE, a_draft

TEXTS = {
    "markup": '"><script>alert(1)</script>',
    "control": "a\x00b\x1b",
    "direction": "\u202eabc\u2066",
    "long": "x" * 10_001,
    "formula": "=HYPERLINK(1)",
    "digits": "\u0661\u0662.\uff11",
    "dots": "-,;.*…",
}
EXTENSION = ("code", "onec_name", "title_ru", "description_ru", "docs_url", "requires", "product")
RELEASE = ("number", "channel", "notes_ru", "min_from_version", "eula_id", "post_install_steps_ru")
RULES = (
    "configuration_name",
    "version_from",
    "version_to",
    "excluded",
    "tested_to",
    "platform_min",
    "platform_excluded",
    "min_compatibility_mode",
    "infobase_kind",
    "note",
    "effect",
)
ENVIRONMENT = ("configuration_name", "configuration_version", "platform_version", "key", "channel")


@pytest.fixture
def desk(browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


@pytest.fixture
def forms(desk, world):
    """Addresses with their hidden fields, and the fields that people type into."""
    card = a_draft(desk, world)
    rules = {f"rules-0-{name}": "" for name in RULES}
    return [
        ("/extensions/new", {}, EXTENSION),
        (f"/extensions/{world.extension.id}/edit", {}, EXTENSION),
        (card, {}, RELEASE),
        (f"{card}/compatibility", RULE | {"do": "save"}, tuple(rules)),
        (f"{card}/compatibility", {"do": "miko"}, ("miko_list",)),
        (f"{card}/audience", {"do": "test", "configuration_name": "Розница"}, ENVIRONMENT),
        (f"{card}/publish", {"do": "publish"}, ("typed", "rollout_percent")),
        (f"{card}/withdraw", {}, ("typed", "withdrawn_reason_ru", "advice", "rollback_to_id")),
    ]


@pytest.mark.parametrize("kind", first_of(*TEXTS))
def test_a_field_is_refused_or_shown_as_text(desk, forms, kind):
    text = TEXTS[kind]
    for path, fixed, names in forms:
        carried = hidden(desk.get(path))
        for name in names:
            answer = desk.post(path, carried | fixed | {name: text})
            assert answer.status_code in {200, 404, 409, 422}, (path, name, answer.status_code)
            assert "<script>alert" not in answer.text


@pytest.mark.parametrize("kind", TEXTS)
def test_an_address_is_refused_or_finds_nothing(desk, kind):
    for name in ("q", "product", "published", "cursor"):
        answer = desk.get("/extensions", params={name: TEXTS[kind]})
        assert answer.status_code in {200, 400, 414, 422}, name
        assert "<script>alert" not in answer.text
