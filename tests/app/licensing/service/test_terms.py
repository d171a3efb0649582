"""Terms at the edges of months and of the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.licensing.schemas import Term
from app.licensing.service.algebra.rights import extended, first_end

LAST = date.max


@pytest.mark.parametrize(
    ("today", "days", "end"),
    [
        ("2026-01-31", 1, "2026-02-01"),
        ("2026-01-31", 28, "2026-02-28"),
        ("2026-01-31", 31, "2026-03-03"),
        ("2028-01-31", 29, "2028-02-29"),
        ("2028-01-31", 31, "2028-03-02"),
        ("2026-12-31", 365, "2027-12-31"),
        ("9999-01-31", 334, "9999-12-31"),
        ("9999-01-31", 335, "9999-12-31"),
        ("9999-12-31", 36_500, "9999-12-31"),
    ],
)
def test_days_from_the_end_of_a_month_are_days_up_to_the_year_9999(today, days, end):
    day, term = date.fromisoformat(today), Term(days=days)
    assert first_end(term, day) == extended(day, term, day) == date.fromisoformat(end)


@pytest.mark.parametrize("term", [{"months": 1}, {"days": 31, "months": 1}, {"years": 1}])
def test_a_term_of_months_is_refused_and_not_guessed(term):
    with pytest.raises(ValidationError):
        Term.model_validate(term)


@pytest.mark.parametrize("days", [0, -1, -36_500, 36_501, 2**31])
def test_no_term_has_zero_negative_or_endless_days(days):
    with pytest.raises(ValidationError):
        Term(days=days)


def test_a_perpetual_term_extended_is_perpetual():
    for term in (Term(days=365), Term(until=date(2026, 12, 31)), Term(perpetual=True)):
        assert extended(None, term, date(2026, 11, 22)) is None


@given(st.dates(), st.dates(), st.integers(1, 36_500))
def test_an_extension_is_counted_from_the_later_of_end_and_today(end, today, days):
    after = extended(end, Term(days=days), today)
    assert after == min(max(end, today), LAST - timedelta(days=days)) + timedelta(days=days)
