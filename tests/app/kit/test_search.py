import pytest

from app.customers.models import Customer
from app.kit.search import matches, normalised, searched, words


@pytest.mark.parametrize(
    ("text", "same"), [("Ёлка", "елка"), ("ＡＢＣ", "abc"), ("СТРАẞE", "страsse"), (" а ", "а")]
)
def test_what_people_mean_by_the_same_is_the_same(text: str, same: str):
    assert normalised(text) == same


def test_signs_and_legal_forms_are_no_words():
    assert words('ООО «Ромашка-Плюс», "LLC"', None) == ["ромашка", "плюс"]


def test_a_row_keeps_each_word_once():
    assert searched("Ромашка", "ромашка 7707083893") == "ромашка 7707083893"


@pytest.mark.parametrize("text", ["", "  ", "ООО", "'&|!()"])
def test_no_words_find_nothing(text: str):
    assert matches(Customer.search_vector, "v", text) is None


def test_a_word_of_one_or_two_symbols_is_meant_as_a_whole():
    asked = matches(Customer.search_vector, "v", "ромаш 7 юг").right
    assert asked.clause.value.endswith("'ромаш':* & '7' & 'юг'")
