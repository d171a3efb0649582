"""`podkluch key issue`: a code that is shown once and kept nowhere."""

import pytest

from tests.app.cli.leaks import traces
from wire import codes


@pytest.fixture(params=["id", "external_ref1"])
def issued(request, podkluch, customer):
    """A key of the customer, named by our id or by the vendor's own number."""
    return podkluch.json("key", "issue", "--customer", customer[request.param])


def test_the_code_is_a_sound_one_of_the_vendor(issued):
    code = codes.normalise(issued["code"], codes.CodeKind.KEY)
    assert code.text == issued["code"]
    assert code.text.startswith("VEKT-")
    assert issued["hint"] == code.hint
    assert issued["customer"] == "ООО «Ромашка»"


def test_people_are_told_that_it_is_shown_only_now(podkluch, customer):
    shown = podkluch("key", "issue", "--customer", customer["id"]).stdout
    assert shown.startswith("Ключ выпущен\n")
    assert "Полный код показан только сейчас" in shown


def test_the_code_is_left_nowhere(podkluch, customer, stored):
    code = podkluch.json("key", "issue", "--customer", customer["id"])["code"]
    assert traces(stored, podkluch.data, code) == []
    assert traces(stored, podkluch.data, codes.normalise(code, codes.CodeKind.KEY).hint) != []


@pytest.mark.parametrize("reference", ["01a20000-0000-7000-8000-000000000000", "нет такого"])
def test_an_unknown_customer_is_refused(podkluch, customer, reference):
    del customer
    problem = podkluch.json("key", "issue", "--customer", reference, "--lang", "en", code=1)
    assert problem["code"] == "NOT_FOUND"
    assert problem["detail"] == "There is no customer with this id or reference"


def test_another_vendors_customer_does_not_exist(podkluch, customer):
    podkluch("vendor", "create", "--slug", "other", "--name", "Другой", "--prefix", "OTHR")
    for reference in (customer["id"], customer["external_ref1"]):
        arguments = ("--vendor", "other", "--customer", reference)
        assert podkluch.json("key", "issue", *arguments, code=1)["code"] == "NOT_FOUND"


def test_a_reference_that_looks_like_an_id_is_found_too(podkluch, vendor):
    del vendor
    reference = "01a20000-0000-7000-8000-000000000000"
    arguments = ("--company", "Ромашка", "--email", "a@example.com", "--external-ref1", reference)
    podkluch("customer", "create", *arguments)
    podkluch("key", "issue", "--customer", reference)
