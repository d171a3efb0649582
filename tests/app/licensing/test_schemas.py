"""Terms and operations as JSON has them."""

from datetime import date
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app.licensing.schemas import AddProduct, IssueKey, Term


def operation(**told):
    return AddProduct.model_validate({"product": "warehouse-helper", "term": {"days": 30}, **told})


@pytest.mark.parametrize(
    ("term", "kept"),
    [
        ({"days": 1}, Term(days=1)),
        ({"days": 36_500}, Term(days=36_500)),
        ({"until": "2026-12-31"}, Term(until=date(2026, 12, 31))),
        ({"perpetual": True}, Term(perpetual=True)),
    ],
)
def test_a_term_is_days_a_date_or_for_ever(term, kept):
    assert Term.model_validate(term) == kept


@pytest.mark.parametrize(
    "term",
    [
        {},
        {"days": 0},
        {"days": -1},
        {"days": 36_501},
        {"days": 2**31},
        {"days": 2**63},
        {"days": 1.5},
        {"days": None},
        {"until": "2026-02-30"},
        {"until": "31.12.2026"},
        {"until": "2026-06-30T23:59:60Z"},
        {"perpetual": False},
        {"perpetual": "yes"},
        {"days": 30, "until": "2026-12-31"},
        {"days": 30, "perpetual": True},
        {"days": 30, "months": 1},
        {"months": 1},
    ],
)
def test_another_term_is_refused(term):
    with pytest.raises(ValidationError):
        Term.model_validate(term)


@pytest.mark.parametrize(
    "told",
    [
        {"quantity": 0},
        {"quantity": 100_001},
        {"seats": 0},
        {"seats": 100_001},
        {"channel": "nightly"},
        {"if_present": "replace"},
        {"op": "remove_product"},
        {"product": "Склад"},
        {"updates": {"perpetual": True}},
        {"updates": {"days": 0}},
        {"feature": "scanner"},
    ],
)
def test_another_operation_is_refused(told):
    with pytest.raises(ValidationError):
        operation(**told)


def test_absent_seats_are_not_null_seats():
    assert not operation().unlimited_seats
    assert operation(seats=None).unlimited_seats
    assert not operation(seats=1).unlimited_seats


@pytest.mark.parametrize("told", [{}, {"seats": None}, {"seats": 5, "channel": "rc"}])
def test_a_stored_operation_reads_back_as_it_was(told):
    first = operation(**told)
    again = AddProduct.model_validate(first.stored())
    assert again == first
    assert again.unlimited_seats == first.unlimited_seats
    assert first.stored()["op"] == "add_product"


def test_a_comment_of_a_key_may_have_a_thousand_symbols():
    assert len(IssueKey(customer_id=uuid4(), comment="х" * 1_000).comment) == 1_000
    with pytest.raises(ValidationError):
        IssueKey(customer_id=uuid4(), comment="х" * 1_001)
