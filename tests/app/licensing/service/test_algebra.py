"""What `add_product` makes of a product in a key."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.licensing.problems import ProductAlreadyPresent, TermPassed
from app.licensing.schemas import AddProduct
from app.licensing.service.algebra import KeyState, ProductFacts, Rights, apply
from app.licensing.service.algebra.rights import rank
from tests.factories.clock import TODAY, day
from wire.extensions import Channel

ABSENT = None
PAID = Rights("active", day(-100), day(30), None, 3, (), Channel.STABLE, is_trial=False)
TRIAL = Rights("active", day(-5), day(9), None, 10, (), Channel.BETA, is_trial=True)


def product(**changes):
    told = {"code": "warehouse-helper", "name": "Складской помощник", "default_seats": 3}
    return ProductFacts(**{**told, **changes})


def operation(days=365, **told):
    term = {"product": "warehouse-helper", "term": {"days": days}}
    return AddProduct.model_validate({**term, **told})


def add_product(rights, operation, of, today):
    """What `operation` makes of a product in an otherwise empty key."""
    state = KeyState({of.code: rights} if rights else {})
    [change] = apply(state, operation, {of.code: of}, today)
    return change.after


def applied(rights=ABSENT, *, of=None, **told):
    return add_product(rights, operation(**told), of or product(), TODAY)


# Absent


def test_days_are_counted_from_today():
    assert applied(days=1).valid_until == date(2026, 11, 23)
    assert applied(days=36_500).valid_until == date(2126, 10, 29)


def test_a_date_is_taken_as_it_stands():
    assert applied(term={"until": "2026-12-31"}).valid_until == date(2026, 12, 31)


def test_today_is_a_term_and_yesterday_is_not():
    assert applied(term={"until": TODAY.isoformat()}).valid_until == TODAY
    with pytest.raises(TermPassed) as refused:
        applied(term={"until": day(-1).isoformat()})
    assert refused.value.params == {"until": day(-1)}


def test_updates_until_a_past_date_are_refused_too():
    with pytest.raises(TermPassed):
        applied(updates={"until": day(-1).isoformat()})


def test_for_ever_has_no_end():
    assert applied(term={"perpetual": True}).valid_until is None


def test_what_is_absent_is_created_with_every_right_of_the_operation():
    assert applied(seats=5, channel="rc", updates={"days": 10}) == Rights(
        "active", TODAY, day(365), day(10), 5, (), Channel.RC, is_trial=False
    )


def test_updates_that_are_not_named_follow_the_term():
    assert applied().updates_until is None


@pytest.mark.parametrize(
    ("told", "of", "seats"),
    [
        ({}, {}, 3),
        ({"quantity": 4}, {}, 12),
        ({"quantity": 4}, {"seats_multiplied": False}, 3),
        ({"quantity": 4}, {"default_seats": None}, None),
        ({"seats": 7, "quantity": 4}, {}, 7),
        ({"seats": None}, {}, None),
    ],
)
def test_seats_are_those_given_else_the_product_s_by_quantity(told, of, seats):
    assert applied(of=product(**of), **told).seats == seats


def test_a_withdrawn_product_counts_as_absent():
    withdrawn = replace(PAID, status="withdrawn", seats=None, channel=Channel.DEV)
    assert applied(withdrawn) == applied(ABSENT)


# Present


def test_days_extend_from_the_end():
    assert applied(PAID, days=10).valid_until == day(40)


def test_days_extend_from_today_where_the_end_is_past():
    assert applied(replace(PAID, valid_until=day(-40)), days=10).valid_until == day(10)


@pytest.mark.parametrize(("until", "end"), [(10, 30), (30, 30), (50, 50)])
def test_a_date_extends_only_forward(until, end):
    assert applied(PAID, term={"until": day(until).isoformat()}).valid_until == day(end)


def test_for_ever_stays_for_ever():
    endless = replace(PAID, valid_until=None)
    assert applied(endless, days=10).valid_until is None
    assert applied(PAID, term={"perpetual": True}).valid_until is None


def test_the_calendar_ends_and_does_not_overflow():
    late = replace(PAID, valid_until=date(9999, 12, 1), updates_until=date(9999, 12, 30))
    after = applied(late, days=36_500)
    assert (after.valid_until, after.updates_until) == (date.max, date.max)


def test_refuse_refuses_what_is_there_and_creates_what_is_not():
    with pytest.raises(ProductAlreadyPresent) as refused:
        applied(PAID, if_present="refuse")
    assert refused.value.params == {"product": "Складской помощник"}
    assert applied(ABSENT, if_present="refuse").valid_until == day(365)
    assert applied(replace(PAID, status="withdrawn"), if_present="refuse").status == "active"


def test_a_suspended_product_takes_the_operation_and_stays_suspended():
    after = applied(replace(PAID, status="suspended"), days=10)
    assert (after.status, after.valid_until) == ("suspended", day(40))


@pytest.mark.parametrize(
    ("had", "given_seats", "has"), [(3, 5, 5), (5, 3, 5), (None, 5, None), (5, None, None)]
)
def test_of_two_numbers_of_seats_the_larger_stays(had, given_seats, has):
    assert applied(replace(PAID, seats=had), seats=given_seats).seats == has


@pytest.mark.parametrize(
    ("had", "given_channel", "has"),
    [("stable", "rc", "rc"), ("beta", "rc", "beta"), ("dev", "dev", "dev")],
)
def test_of_two_channels_the_less_ripe_stays(had, given_channel, has):
    assert applied(replace(PAID, channel=Channel(had)), channel=given_channel).channel == has


@pytest.mark.parametrize(
    ("valid", "updates", "told", "window"),
    [
        pytest.param(30, None, {}, None, id="follow the term, and go on following"),
        pytest.param(30, 20, {}, 30, id="are extended by the term"),
        pytest.param(30, -20, {}, 10, id="are extended from today where they ended"),
        pytest.param(30, 20, {"updates": {"days": 5}}, 25, id="are extended by their own days"),
        pytest.param(30, None, {"updates": {"days": 5}}, 35, id="get an end of their own"),
        pytest.param(None, None, {"updates": {"days": 5}}, None, id="that never end never will"),
        pytest.param(None, 20, {}, 30, id="of what is for ever are extended too"),
        pytest.param(30, 20, {"term": {"perpetual": True}}, None, id="of a term for ever end not"),
        pytest.param(30, 50, {"updates": {"until": "2026-11-25"}}, 50, id="are never cut"),
    ],
)
def test_updates(valid, updates, told, window):
    rights = replace(PAID, valid_until=at(valid), updates_until=at(updates))
    assert applied(rights, **{"days": 10, **told}).updates_until == at(window)


def at(shift):
    return None if shift is None else day(shift)


# A trial


def test_a_trial_becomes_paid_with_a_term_counted_anew():
    assert applied(TRIAL, days=30, seats=12, channel="beta") == Rights(
        "active", TODAY, day(30), None, 12, (), Channel.BETA, is_trial=False
    )


def test_a_trial_becomes_paid_also_where_what_is_present_is_refused():
    assert applied(TRIAL, if_present="refuse").is_trial is False


def test_a_suspended_trial_becomes_paid_and_stays_suspended():
    assert applied(replace(TRIAL, status="suspended")).status == "suspended"


# Properties

dates = st.dates(TODAY - timedelta(days=4_000), TODAY + timedelta(days=40_000))
ends = st.none() | dates
terms = (
    st.builds(lambda days: {"days": days}, st.integers(1, 36_500))
    | st.builds(lambda until: {"until": until.isoformat()}, dates)
    | st.just({"perpetual": True})
)
seats = st.none() | st.integers(1, 100_000)
channels = st.sampled_from(Channel)


@st.composite
def operations(draw):
    told = {"term": draw(terms), "quantity": draw(st.integers(1, 20)), "channel": draw(channels)}
    updates = draw(st.none() | terms)
    if updates and "perpetual" not in updates:
        told["updates"] = updates
    if draw(st.booleans()):
        told["seats"] = draw(seats)
    return operation(**told)


paid = st.builds(
    Rights,
    status=st.sampled_from(["active", "suspended"]),
    starts_on=dates,
    valid_until=ends,
    updates_until=ends,
    seats=seats,
    features=st.just(()),
    channel=channels,
    is_trial=st.just(value=False),
)


def least(end):
    """A missing limit is further than any."""
    return end or date.max


@given(paid, operations())
def test_no_operation_ever_shortens_a_right(before, change):
    try:
        after = add_product(before, change, product(), TODAY)
    except TermPassed:
        return
    assert least(after.valid_until) >= least(before.valid_until)
    assert least(after.updates_until or after.valid_until) >= least(
        before.updates_until or before.valid_until
    )
    assert (after.seats or 10**9) >= (before.seats or 10**9)
    assert rank(after.channel) >= rank(before.channel)
    assert (after.status, after.is_trial) == (before.status, False)
    assert after.starts_on == before.starts_on


@given(paid, operations(), operations())
def test_what_is_refused_is_refused_wherever_it_stands(before, one, other):
    def run(*changes):
        rights = before
        for change in changes:
            rights = add_product(rights, change, product(), TODAY)
        return rights

    outcomes = []
    for order in ((one, other), (other, one)):
        try:
            run(*order)
            outcomes.append("done")
        except TermPassed:
            outcomes.append("refused")
    assert outcomes[0] == outcomes[1]


def test_order_matters():
    days, until = operation(days=100), operation(term={"until": day(200).isoformat()})

    def end(*changes):
        rights = ABSENT
        for change in changes:
            rights = add_product(rights, change, product(), TODAY)
        return rights.valid_until

    assert end(days, until) == day(200)
    assert end(until, days) == day(300)


def test_a_snapshot_names_every_right():
    assert PAID.snapshot() == {
        "status": "active",
        "starts_on": "2026-08-14",
        "valid_until": "2026-12-22",
        "updates_until": None,
        "seats": 3,
        "features": [],
        "channel": "stable",
        "is_trial": False,
    }
