"""Licence agreements of the vendor's products."""

import hashlib

import pytest

TEXT = {"product": "warehouse-helper", "text_ru": "Соглашение", "text_en": "Agreement"}


@pytest.fixture
def eula(crm):
    """One agreement."""
    return crm.post("/eulas", **TEXT).json()


def test_an_agreement_has_a_number_and_the_hash_of_each_text(crm, events):
    answer = crm.post("/eulas", **TEXT, effective_from="2026-12-01")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["number"], made["effective_from"]) == (1, "2026-12-01")
    for text, digest in (("text_ru", "sha256_ru"), ("text_en", "sha256_en")):
        assert made[text] == TEXT[text]
        assert made[digest] == hashlib.sha256(TEXT[text].encode()).hexdigest()
    assert crm.get(f"/eulas/{made['id']}").json() == made
    told = {"product": "warehouse-helper", "sha256": made["sha256_ru"]}
    assert events(made["id"]) == [("eula.published", told)]


def test_the_next_one_has_the_next_number(crm, eula):
    other = crm.post("/eulas", **TEXT | {"text_ru": "Новое соглашение"}).json()
    assert (eula["number"], other["number"]) == (1, 2)
    shown = [
        {name: each[name] for name in each if not name.startswith("text_")}
        for each in (other, eula)
    ]
    assert crm.pages("/eulas", limit=1) == [[each] for each in shown]
    assert crm.pages("/eulas", product="nothing") == [[]]


@pytest.mark.parametrize("english", ["Agreement", None])
@pytest.mark.usefixtures("eula")
def test_a_text_that_is_an_agreement_already_is_no_next_one(crm, english):
    refused = crm.post("/eulas", **TEXT | {"text_en": english})
    assert (refused.status_code, refused.json()["code"]) == (409, "EULA_UNCHANGED")
    assert refused.json()["params"] == {"number": 1}
    assert len(crm.get("/eulas").json()["data"]) == 1
    assert crm.post("/eulas", **TEXT | {"text_en": "Better English"}).status_code == 201


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_it_never_changes(crm, eula, method):
    answer = crm.send(method, f"/eulas/{eula['id']}", json={"text_ru": "Другое"})
    assert answer.json()["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"text_ru": ""}, "/text_ru"),
        ({"text_ru": "Я" * 100_001}, "/text_ru"),
        ({"effective_from": "завтра"}, "/effective_from"),
    ],
)
def test_a_wrong_member_is_named(crm, wrong, pointer):
    answer = crm.post("/eulas", **TEXT | wrong)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_product_has_to_exist(crm):
    assert crm.post("/eulas", **TEXT | {"product": "unknown"}).status_code == 404


def test_what_one_has_already_is_not_sent_again(crm, eula):
    for place in ("/eulas", f"/eulas/{eula['id']}"):
        told = crm.get(place).headers["etag"]
        again = crm.send("GET", place, headers={"If-None-Match": told})
        assert (again.status_code, again.content) == (304, b"")


def test_reading_is_not_writing(automation):
    assert automation("owner", "catalog.read").post("/eulas", **TEXT).status_code == 403
