"""What may be told of a customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.customers.schemas import CreateCustomer


def customer(**told):
    return CreateCustomer(**{"company": "ООО «Ромашка»", "email": "buyer@example.com", **told})


@pytest.mark.parametrize("inn", ["7700123459", "770012345606"])
def test_a_taxpayer_number_has_sound_control_digits(inn):
    assert customer(inn=inn).inn == inn


@pytest.mark.parametrize(
    "inn",
    [
        "7700123450",
        "770012345600",
        "770012345616",
        "77001234590",
        "770012345",
        "",
        "７７００１２３４５９",
    ],
)
def test_another_taxpayer_number_is_refused(inn):
    with pytest.raises(ValidationError):
        customer(inn=inn)


@given(st.integers(0, 9), st.integers(0, 9))
def test_every_single_typo_of_a_company_s_number_is_found(place, digit):
    inn = "7700123459"
    typo = inn[:place] + str(digit) + inn[place + 1 :]
    if typo == inn:
        assert customer(inn=typo).inn == inn
    else:
        with pytest.raises(ValidationError):
            customer(inn=typo)


@pytest.mark.parametrize(
    "told",
    [
        {"company": ""},
        {"company": "  "},
        {"company": "я" * 201},
        {"company": "а\x00б"},
        {"company": "ООО \u202eкшамоР"},
        {"email": "buyer"},
        {"email": ""},
        {"tech_email": "@example.com"},
        {"phone": "1" * 51},
        {"external_ref1": ""},
        {"external_ref1": "х" * 101},
        {"comment": "х" * 10_001},
    ],
)
def test_a_text_out_of_bounds_is_refused(told):
    with pytest.raises(ValidationError):
        customer(**told)


def test_a_name_is_kept_composed_and_trimmed():
    decomposed = "  Сои\u0306ка  "
    assert customer(company=decomposed).company == "Сойка"


def test_a_note_on_a_customer_may_have_ten_thousand_symbols_and_lines():
    note = "Просили звонить после обеда.\n" * 300
    assert customer(comment=note).comment == note.strip()
