"""A session that ended while somebody filled a form in: nothing is done, nothing is lost."""

import json

import pytest

from app.cabinet import carrying
from tests.factories.people import HERE, a_person, hidden, said, user_of

pytestmark = pytest.mark.usefixtures("noon")
FORM = {
    "name": "Анна <b>",
    "locale": "en",
    "time_zone": "Asia/Tomsk",
    "theme": "dark",
    "density": "compact",
}


@pytest.fixture
def manager(world, session):
    made = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    return made


@pytest.fixture
def ended(browser, manager, clock):
    browser.sign_in(manager)
    clock.pass_(hours=9)
    return browser


def test_a_page_leads_to_signing_in_and_back(ended, manager):
    asked = ended.get("/customers?q=%D1%80%D0%BE%D0%BC")
    assert "/cabinet/sign-in" in str(asked.url)
    answer = ended.password(manager, **hidden(asked))
    assert str(answer.url).endswith("/cabinet/customers?q=%D1%80%D0%BE%D0%BC")


def test_a_form_waits_through_signing_in_and_is_sent_by_one_button(ended, manager, session):
    asked = ended.post("/profile", FORM)
    assert (asked.status_code, "The session has ended" in said(asked)) == (401, True)
    assert user_of(session, manager).name == "Person manager"
    answer = ended.password(manager, **hidden(asked))
    assert 'action="/cabinet/profile"' in answer.text
    assert hidden(answer) == FORM | {"vendor_id": ended.vendor_id}
    ended.post("/profile", hidden(answer))
    assert user_of(session, manager).name == "Анна <b>"


def test_a_form_waits_through_the_code_as_well(browser, owner, clock):
    browser.sign_in(owner)
    clock.pass_(hours=9)
    asked = browser.post("/profile", FORM)
    second = browser.password(owner, **hidden(asked))
    wrong = browser.post("/sign-in/code", hidden(second) | {"otp_code": "000000"})
    assert hidden(wrong)["carried"] == hidden(asked)["carried"]
    answer = browser.code(owner, **hidden(wrong))
    assert hidden(answer) == FORM | {"vendor_id": browser.vendor_id}


def test_a_wrong_password_keeps_the_form(ended, manager):
    asked = ended.post("/profile", FORM)
    wrong = ended.password(manager, "not this one at all", **hidden(asked))
    assert hidden(wrong)["carried"] == hidden(asked)["carried"]


def test_passwords_and_codes_of_any_kind_are_not_carried(ended, world):
    secrets = {"password": "one two three four", "current_password": "five six seven"}
    codes = {"otp_code": "123456", "key": world.code}
    asked = ended.post("/profile/password", secrets | codes | {"note": "kept"})
    assert json.loads(hidden(asked)["carried"])["fields"] == [
        ["vendor_id", ended.vendor_id],
        ["note", "kept"],
    ]
    for secret in (*secrets.values(), *codes.values()):
        assert secret not in asked.text


def test_a_form_that_is_too_large_is_dropped(ended, manager):
    asked = ended.post("/profile", FORM | {"note": "я" * 40_000})
    assert hidden(asked)["carried"] == ""
    assert str(ended.password(manager, **hidden(asked)).url).endswith("/cabinet")


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/", "//evil.example/", "/cabinet/../api", "/api/v1/offers",
        "/cabinet/%2e%2E/api", "/cabinet/a/..", "/cabinet//evil.example",
        "javascript:alert(1)", "/cabinet\\evil", "/cabinet/a\nb",
    ],
)  # fmt: skip
def test_a_form_goes_to_the_cabinet_only(path):
    assert carrying.unpack(json.dumps({"path": path, "fields": [["a", "b"]]})) is None


def test_a_foreign_address_is_dropped_at_sign_in(ended, manager):
    told = json.dumps({"path": "https://evil.example/", "fields": [["a", "b"]]})
    answer = ended.password(manager, carried=told)
    assert str(answer.url).endswith("/cabinet")
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", "nonsense", '{"path": 1, "fields": 2}', "[" * 999]
)
def test_what_is_no_form_is_nothing(told):
    assert carrying.unpack(told) is None


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(ended):
    headers = HERE | {"HX-Request": "true"}
    answer = ended.client.get("/cabinet/profile", headers=headers, follow_redirects=False)
    assert answer.headers["HX-Redirect"].startswith("/cabinet/sign-in")


def test_what_is_typed_stays_when_a_part_of_a_page_finds_the_session_ended(ended, world):
    typed = {"preset": "add_product", "name": "kept", "vendor_id": str(world.vendor.id)}
    headers = HERE | {"HX-Request": "true"}
    answer = ended.client.post("/cabinet/coupons/describe", data=typed, headers=headers)
    assert (answer.status_code, "HX-Redirect" in answer.headers) == (401, False)
    assert "what you filled in is kept" in said(answer)
    whole = ended.post("/coupons/generate", typed)
    assert ["name", "kept"] in json.loads(hidden(whole)["carried"])["fields"]


def test_the_vendor_of_a_form_is_the_vendor_of_the_session(browser, manager, session):
    browser.sign_in(manager)
    foreign = {"vendor_id": "0192f0c1-2f3a-7c11-8e4d-000000000000"}
    answer = browser.post("/profile", FORM | foreign)
    assert (answer.status_code, "another vendor" in said(answer)) == (409, True)
    assert user_of(session, manager).name == "Person manager"
